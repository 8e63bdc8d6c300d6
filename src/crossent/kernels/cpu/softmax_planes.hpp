// Positions that lie side by side, one plane of them per class: vectors run along the positions.
#pragma once

#include "softmax_tile.hpp"

namespace crossent::CROSSENT_ISA {

// n planes of logits z and of probabilities p (where M needs them) with the classes' weights w.
template <class A>
struct PlaneBlock {
  Block<const A> z, p;
  const A* w;
  int n;
};

// Every class of the block is read twice, the second time from L1.
// With `keep` the exponentials, measured from the block's own origin, go to the planes `kept`.
template <class A, Mass M, bool stats, bool keep = false>
inline void scan_plane_block(const PlaneBlock<A>& planes, const Smoothed<A>& smoothed, bool first, Tile<A>& tile,
                             A* kept = nullptr) {
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  for (int t = 0; t < tile.span.n; t += kLanes<A>) {
    State<A> state;
    for (int c = 0; c < planes.n; ++c) state.max = max(load(planes.z.data + c * planes.z.stride + t), state.max);
    const Vec<A> origin = state.origin();
    Sums<A, M, stats> sums;
    A near[kPlaneBlock * kLanes<A>];
    A* const here = keep ? kept + t : near;
    constexpr int step = keep ? kPlaneStride : kLanes<A>;
    for (int c = 0; c < planes.n; ++c) {
      const Vec<A> e =
          sums.add(origin, load(planes.z.data + c * planes.z.stride + t), reads_w ? splat(planes.w[c]) : Vec<A>{},
                   reads_p ? load(planes.p.data + c * planes.p.stride + t) : Vec<A>{}, smoothed);
      store(here + c * step, e);
    }
    state.rest = sums.sum - 1;
    const Ints<A> sure = (sums.sum >= 1) & (sums.sum < 2);
    if (any<A>(sure)) {
      // Without the largest, which is 1 and alone; in two chains, for one would wait for itself.
      Vec<A> below[2] = {};
      for (int c = 0; c < planes.n; ++c) {
        const Vec<A> e = load(here + c * step);
        below[c & 1] += e < 1 ? e : Vec<A>{};
      }
      state.rest = sure ? below[0] + below[1] : state.rest;
    }
    state.distance = sums.distance;
    state.mass = M == Mass::uniform ? splat(A(planes.n)) : sums.mass;
    state.spread = sums.spread;
    if (!first) {
      State<A> before = tile.get(t);
      before.merge(state);
      state = before;
    }
    tile.put(t, state);
  }
}

template <class A>
inline void start_highest(Tile<A>& tile) {
  for (int t = 0; t < kTile; ++t) {
    tile.prediction[t] = 0;
    tile.highest[t] = -__builtin_inf();
  }
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

// What the gradients of a tile's positions are made of.
template <class A>
struct Slopes {
  A max[kTile], scale[kTile], taken[kTile];
};

// From the logits, or with `keep` from the exponentials that a scan has left in the planes `kept`.
template <class A, Mass M, bool keep = false>
inline void write_plane_block(const PlaneBlock<A>& planes, int n, const Smoothed<A>& smoothed, const Slopes<A>& slopes,
                              A cap, Block<A> out, const A* kept = nullptr) {
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  for (int t = 0; t < n; t += kLanes<A>) {
    const Slope<A> slope{load(slopes.max + t), load(slopes.scale + t), load(slopes.taken + t)};
    for (int c = 0; c < planes.n; ++c) {
      const Vec<A> z = load(planes.z.data + c * planes.z.stride + t);
      const Vec<A> w = reads_w ? splat(planes.w[c]) : Vec<A>{};
      const Vec<A> p = reads_p ? load(planes.p.data + c * planes.p.stride + t) : Vec<A>{};
      const Vec<A> grad = keep ? slope.template from_kept<M>(load(kept + c * kPlaneStride + t), w, p, smoothed)
                               : slope.template at<M>(z, w, p, smoothed);
      store(out.data + c * out.stride + t, cap == 0 ? grad : grad * (1 - (z / cap) * (z / cap)));
    }
  }
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

}  // namespace crossent::CROSSENT_ISA
