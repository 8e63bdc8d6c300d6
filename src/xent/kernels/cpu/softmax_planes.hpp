// Positions that lie side by side, one plane of them per class: vectors run along the positions.
#pragma once

#include "softmax_tile.hpp"

namespace xent::XENT_ISA {

// n planes of logits z and of probabilities p (where M needs them) with the classes' weights w.
template <class A>
struct PlaneBlock {
  Block<const A> z, p;
  const A* w;
  int n;
};

// `count` vectors of positions from t: every class of the block is read twice, the second time from L1.
template <class A, Mass M, bool stats, int count>
inline void scan_vectors(const PlaneBlock<A>& planes, int t, const Smoothed<A>& smoothed, bool first, Tile<A>& tile) {
  constexpr int lanes = kLanes<A>;
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  State<A> state[count];
  for (int c = 0; c < planes.n; ++c)
    for (int j = 0; j < count; ++j)
      state[j].max = max(load(planes.z.data + c * planes.z.stride + t + j * lanes), state[j].max);
  Vec<A> origin[count];
  for (int j = 0; j < count; ++j) origin[j] = state[j].origin();
  Sums<A, M, stats> sums[count];
  for (int c = 0; c < planes.n; ++c) {
    const Vec<A> w = reads_w ? splat(planes.w[c]) : Vec<A>{};
    for (int j = 0; j < count; ++j) {
      const Vec<A> z = load(planes.z.data + c * planes.z.stride + t + j * lanes);
      const Vec<A> p = reads_p ? load(planes.p.data + c * planes.p.stride + t + j * lanes) : Vec<A>{};
      sums[j].add(origin[j], z, w, p, smoothed);
    }
  }
  for (int j = 0; j < count; ++j) {
    state[j].sum = sums[j].sum;
    state[j].distance = sums[j].distance;
    state[j].mass = M == Mass::uniform ? splat(A(planes.n)) : sums[j].mass;
    state[j].spread = sums[j].spread;
    if (!first) {
      State<A> before = tile.get(t + j * lanes);
      before.merge(state[j]);
      state[j] = before;
    }
    tile.put(t + j * lanes, state[j]);
  }
}

template <class A, Mass M, bool stats>
inline void scan_plane_block(const PlaneBlock<A>& planes, const Smoothed<A>& smoothed, bool first, Tile<A>& tile) {
  constexpr int lanes = kLanes<A>, count = 4;
  int t = 0;
  for (; t + lanes * count <= tile.span.n; t += lanes * count)
    scan_vectors<A, M, stats, count>(planes, t, smoothed, first, tile);
  for (; t < tile.span.n; t += lanes) scan_vectors<A, M, stats, 1>(planes, t, smoothed, first, tile);
}

// Follow the first class of the highest logit, a NaN being the highest; c is the number of the first plane.
template <class A>
inline void follow_highest(const PlaneBlock<A>& planes, int64_t c, Tile<A>& tile) {
  for (int t = 0; t < tile.span.n; t += kLanes<A>) {
    Vec<A> best = load(tile.highest + t);
    Ints<A> which = bit_cast<Ints<A>>(load(reinterpret_cast<const A*>(tile.prediction + t)));
    for (int k = 0; k < planes.n; ++k) {
      const Vec<A> z = load(planes.z.data + k * planes.z.stride + t);
      const Ints<A> better = (z > best) | ((z != z) & (best == best));
      best = better ? z : best;
      which = better ? Ints<A>{} + Int<A>(c + k) : which;
    }
    store(tile.highest + t, best);
    std::memcpy(tile.prediction + t, &which, sizeof(which));
  }
}

// Slopes of the tile's positions; positions without `counts` get no gradient.
template <class A>
struct Slopes {
  A max[kTile], scale[kTile], taken[kTile];
};

template <class A, Mass M, int count>
inline void write_vectors(const PlaneBlock<A>& planes, int t, const Smoothed<A>& smoothed, const Slopes<A>& slopes,
                          A cap, Block<A> out) {
  constexpr int lanes = kLanes<A>;
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  Slope<A> slope[count];
  for (int j = 0; j < count; ++j)
    slope[j] = {load(slopes.max + t + j * lanes), load(slopes.scale + t + j * lanes),
                load(slopes.taken + t + j * lanes)};
  for (int c = 0; c < planes.n; ++c) {
    const Vec<A> w = reads_w ? splat(planes.w[c]) : Vec<A>{};
    for (int j = 0; j < count; ++j) {
      const Vec<A> z = load(planes.z.data + c * planes.z.stride + t + j * lanes);
      const Vec<A> p = reads_p ? load(planes.p.data + c * planes.p.stride + t + j * lanes) : Vec<A>{};
      Vec<A> grad = slope[j].template at<M>(z, w, p, smoothed);
      if (cap != 0) grad *= 1 - (z / cap) * (z / cap);
      store(out.data + c * out.stride + t + j * lanes, grad);
    }
  }
}

template <class A, Mass M>
inline void write_plane_block(const PlaneBlock<A>& planes, int n, const Smoothed<A>& smoothed, const Slopes<A>& slopes,
                              A cap, Block<A> out) {
  constexpr int lanes = kLanes<A>, count = 4;
  int t = 0;
  for (; t + lanes * count <= n; t += lanes * count) write_vectors<A, M, count>(planes, t, smoothed, slopes, cap, out);
  for (; t < n; t += lanes) write_vectors<A, M, 1>(planes, t, smoothed, slopes, cap, out);
}

// The gradient to the probabilities: g · w_c · (lse − z_c), where g includes 1 − ε.
template <class A>
inline void write_plane_target(const PlaneBlock<A>& planes, int n, const A* max, const A* log_sum, const A* g,
                               Block<A> out) {
  for (int c = 0; c < planes.n; ++c) {
    const A w = planes.w ? planes.w[c] : A(1);
    for (int t = 0; t < n; t += kLanes<A>) {
      const Vec<A> z = load(planes.z.data + c * planes.z.stride + t);
      const Vec<A> lift = load(log_sum + t) + (load(max + t) - z);
      store(out.data + c * out.stride + t, w == 0 ? Vec<A>{} : load(g + t) * w * lift);
    }
  }
}

}  // namespace xent::XENT_ISA
