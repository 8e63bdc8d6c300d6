// Positions whose classes lie side by side: vectors run along the classes.
#pragma once

#include "softmax_tile.hpp"

namespace xent::XENT_ISA {

// Beside n adjacent logits z: class weights w and probabilities p, where M needs them.
template <class A>
struct RowBlock {
  const A *z, *w, *p;
  int n;
};

template <class A, Mass M, bool stats>
inline State<A> scan_row_block(const RowBlock<A>& row, const Smoothed<A>& smoothed) {
  constexpr int lanes = kLanes<A>;
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  const int whole = row.n & ~(lanes - 1), rest = row.n - whole;

  // Two chains, for one would wait for itself. (A single sum does not: an exponential is longer than an addition.)
  Vec<A> high = splat(A(-__builtin_inf())), other = high;
  int c = 0;
  for (; c + 2 * lanes <= whole; c += 2 * lanes) {
    high = max(load(row.z + c), high);
    other = max(load(row.z + c + lanes), other);
  }
  if (c < whole) high = max(load(row.z + c), high);
  if (rest) other = max(load_part(row.z + whole, rest, A(-__builtin_inf())), other);

  State<A> state;
  state.max = splat(reduce_max<A>(max(high, other)));
  const Vec<A> origin = state.origin();
  Sums<A, M, stats> sums;
  for (c = 0; c < whole; c += lanes)
    sums.add(origin, load(row.z + c), reads_w ? load(row.w + c) : Vec<A>{}, reads_p ? load(row.p + c) : Vec<A>{},
             smoothed);
  if (rest) {
    Sums<A, M, stats> last;
    last.add(origin, load_part(row.z + whole, rest, A(0)), reads_w ? load_part(row.w + whole, rest, A(0)) : Vec<A>{},
             reads_p ? load_part(row.p + whole, rest, A(0)) : Vec<A>{}, smoothed);
    sums += last.first(rest);
  }

  state.sum = splat(reduce_add<A>(sums.sum));
  if constexpr (M != Mass::none) state.distance = splat(reduce_add<A>(sums.distance));
  if constexpr (M == Mass::uniform) state.mass = splat(A(row.n));
  if constexpr (M >= Mass::classes) state.mass = splat(reduce_add<A>(sums.mass));
  if constexpr (stats) state.spread = splat(reduce_add<A>(sums.spread));
  return state;
}

// The first class of the highest logit, a NaN being the highest; `high` is the largest that is a number.
template <class A>
inline int first_highest(const A* z, int n, A high) {
  int found = -1;
  for (int c = 0; c < n; ++c) {
    if (z[c] != z[c]) return c;
    if (found < 0 && z[c] == high) found = c;
  }
  return found < 0 ? 0 : found;
}

template <class A, Mass M>
inline void write_row_block(const RowBlock<A>& row, const Slope<A>& slope, const Smoothed<A>& smoothed, A cap, A* out) {
  constexpr int lanes = kLanes<A>;
  constexpr bool reads_p = M == Mass::probabilities;
  const bool reads_w = M == Mass::classes || (reads_p && smoothed.weighted);
  const int whole = row.n & ~(lanes - 1), rest = row.n - whole;
  const auto capped = [&](Vec<A> z, Vec<A> grad) { return cap == 0 ? grad : grad * (1 - (z / cap) * (z / cap)); };
  for (int c = 0; c < whole; c += lanes) {
    const Vec<A> z = load(row.z + c);
    store(out + c, capped(z, slope.template at<M>(z, reads_w ? load(row.w + c) : Vec<A>{},
                                                  reads_p ? load(row.p + c) : Vec<A>{}, smoothed)));
  }
  if (rest) {
    const Vec<A> z = load_part(row.z + whole, rest, A(0));
    const Vec<A> w = reads_w ? load_part(row.w + whole, rest, A(0)) : Vec<A>{};
    const Vec<A> p = reads_p ? load_part(row.p + whole, rest, A(0)) : Vec<A>{};
    store_part(out + whole, capped(z, slope.template at<M>(z, w, p, smoothed)), rest);
  }
}

// The gradient to the probabilities: g · w_c · (lse − z_c), where g includes 1 − ε.
template <class A>
inline void write_row_target(const RowBlock<A>& row, Vec<A> max, Vec<A> log_sum, Vec<A> g, A* out) {
  for (int c = 0; c < row.n; c += kLanes<A>) {
    const int n = int(smaller(kLanes<A>, row.n - c));
    const Vec<A> z = load_part(row.z + c, n, A(0)), w = row.w ? load_part(row.w + c, n, A(0)) : splat(A(1));
    store_part(out + c, w == 0 ? Vec<A>{} : g * w * (log_sum + (max - z)), n);
  }
}

}  // namespace xent::XENT_ISA
