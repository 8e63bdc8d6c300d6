// A tile of positions of a softmax loss: its labels, what one pass over its logits gathers, and what follows from that.
//
//   max = max_c z_c   sum = Σ_c exp(z_c − max)   mass = Σ_c a_c   distance = Σ_c a_c · (max − z_c)
//   spread = Σ_c exp(z_c − max) · (max − z_c)
// lse − z_c is always formed as log(sum) + (max − z_c): exact where |z| ~ 1e30. Of the sum the largest logit's 1 is left
// out, and a row whose class is nearly sure has all digits of the rest, of log1p(rest), and of 1 − p = rest / sum.
#pragma once

#include "tensor.hpp"

namespace crossent::CROSSENT_ISA {

// What the pass over the logits weighs them with: nothing, 1, the class weights, or the target's probabilities; and, in
// the gradient of an entropy, themselves.
enum class Mass { none, uniform, classes, probabilities, logits };

template <class A>
struct State {
  Vec<A> max = splat(A(-__builtin_inf())), rest = splat(A(-1)), distance = {}, mass = {}, spread = {};

  Vec<A> sum() const { return rest + 1; }
  // Whether the largest logit has more than half of the softmax.
  Ints<A> sure() const { return (rest >= 0) & (rest < 1); }
  Vec<A> log_sum() const {
    const Vec<A> plain = log<A>(sum());
    return any<A>(sure()) ? (sure() ? log1p_unit<A>(rest) : plain) : plain;
  }

  // What exponents and distances are measured from; where all logits are −inf so far, 0.
  Vec<A> origin() const { return max == -__builtin_inf() ? Vec<A>{} : max; }

  // The state of the union of two sets of classes.
  void merge(const State& other) {
    const Vec<A> high = crossent::CROSSENT_ISA::max(max, other.max);
    const State both{high};
    const Vec<A> sum = this->sum(), other_sum = other.sum();
    const Vec<A> rise = both.origin() - max, other_rise = both.origin() - other.max;
    const Vec<A> fade = exp_down<A>(-rise), other_fade = exp_down<A>(-other_rise);
    spread = fading(spread, sum, rise, fade) + fading(other.spread, other_sum, other_rise, other_fade);
    rest = max == high ? rest + other_sum * other_fade : other.rest + sum * fade;
    distance = farther(distance, mass, max, rise) + farther(other.distance, other.mass, other.max, other_rise);
    mass += other.mass;
    max = high;
  }

 private:
  static Vec<A> fading(Vec<A> spread, Vec<A> sum, Vec<A> rise, Vec<A> fade) {
    return fade == 0 ? Vec<A>{} : fade * (spread + sum * rise);
  }
  // Where all were −inf, the distance is 0 or infinite already.
  static Vec<A> farther(Vec<A> distance, Vec<A> mass, Vec<A> max, Vec<A> rise) {
    return max == -__builtin_inf() ? distance : distance + mass * rise;
  }
};

// The target's mass q = w · ((1 − ε) · p + ε / C) of probabilities p.
template <class A>
struct Smoothed {
  A keep, share;  // 1 − ε and ε / C
  bool weighted;

  Vec<A> operator()(Vec<A> p, Vec<A> w) const {
    const Vec<A> q = p * keep + share;
    return weighted ? q * w : q;
  }
};

// Sums over classes, lane by lane. 0 · ∞ counts as 0: a class without mass costs nothing.
template <class A, Mass M, bool stats>
struct Sums {
  Vec<A> sum = {}, distance = {}, mass = {}, spread = {};

  // One class per lane, or the same class of one position per lane; w and p are read where M needs them. Returns the
  // exponentials.
  Vec<A> add(Vec<A> origin, Vec<A> z, Vec<A> w, Vec<A> p, const Smoothed<A>& smoothed) {
    const Vec<A> below = origin - z, e = exp_down<A>(-below);
    sum += e;
    if constexpr (stats) spread += e == 0 ? Vec<A>{} : e * below;
    if constexpr (M == Mass::uniform) distance += below;
    if constexpr (M >= Mass::classes) {
      const Vec<A> q = M == Mass::classes ? w : smoothed(p, w);
      mass += q;
      distance += q == 0 ? Vec<A>{} : q * below;
    }
    return e;
  }

  Sums first(int n) const {
    return {first_lanes<A>(sum, n), first_lanes<A>(distance, n), first_lanes<A>(mass, n), first_lanes<A>(spread, n)};
  }

  void operator+=(const Sums& other) {
    sum += other.sum;
    if constexpr (M != Mass::none) distance += other.distance;
    if constexpr (M >= Mass::classes) mass += other.mass;
    if constexpr (stats) spread += other.spread;
  }
};

// What a gradient is made of at one position per lane: softmax · scale − (what the target's mass takes away).
template <class A>
struct Slope {
  Vec<A> max, scale, taken;  // taken: per unit of mass

  template <Mass M>
  Vec<A> at(Vec<A> z, Vec<A> w, Vec<A> p, const Smoothed<A>& smoothed) const {
    const Vec<A> below = z - max, e = exp_down<A>(below);
    if constexpr (M == Mass::logits) return e == 0 ? Vec<A>{} : e * (scale - taken * below);
    else return from_kept<M>(e, w, p, smoothed);
  }
  // The same from an exponential that was kept; `scale` then makes up for what it was measured from.
  template <Mass M>
  Vec<A> from_kept(Vec<A> e, Vec<A> w, Vec<A> p, const Smoothed<A>& smoothed) const {
    const Vec<A> pull = e * scale;
    if constexpr (M == Mass::none) return pull;
    if constexpr (M == Mass::uniform) return pull - taken;
    if constexpr (M == Mass::classes) return pull - taken * w;
    return pull - taken * smoothed(p, w);
  }
};

template <class A>
struct Tile {
  Span span;
  int64_t label[kTile];              // −1 where ignored; with probabilities otherwise none
  A counts[kTile];                   // 1, or 0 where ignored
  A factor[kTile];                   // of the loss
  A own[kTile];                      // weight of the own class, 0 where ignored
  A own_logit[kTile];
  A max[kTile], rest[kTile], distance[kTile], mass[kTile], spread[kTile];
  Int<A> prediction[kTile];
  A highest[kTile];                  // the logit of the prediction

  explicit Tile(const Span& positions) : span(positions) {
    // Whole vectors are computed, so what lies behind the last position must be numbers.
    for (int t = span.n & ~(kLanes<A> - 1); t < smaller(kTile, span.n + kLanes<A>); ++t) {
      counts[t] = factor[t] = own[t] = own_logit[t] = distance[t] = mass[t] = spread[t] = max[t] = 0;
      rest[t] = 1;
      label[t] = -1;
    }
  }

  void put(int t, const State<A>& state) {
    store(max + t, state.max);
    store(rest + t, state.rest);
    store(distance + t, state.distance);
    store(mass + t, state.mass);
    store(spread + t, state.spread);
  }
  State<A> get(int t) const {
    return {load(max + t), load(rest + t), load(distance + t), load(mass + t), load(spread + t)};
  }
  State<A> get1(int t) const {
    return {splat(max[t]), splat(rest[t]), splat(distance[t]), splat(mass[t]), splat(spread[t])};
  }
  void put1(int t, const State<A>& state) {
    max[t] = state.max[0];
    rest[t] = state.rest[0];
    distance[t] = state.distance[0];
    mass[t] = state.mass[0];
    spread[t] = state.spread[0];
  }

  // Fill what is known of positions before their logits are read; returns and fills as `read_labels` does.
  bool read(const SoftmaxProblem& p, const Tensor<A>& probabilities, double& total) {
    const A* given = static_cast<const A*>(p.factors);
    for (int t = 0; t < span.n; ++t) factor[t] = given ? given[span.first + t] : A(1);
    if (p.ids) return read_listed(p, total);
    if (!probabilities.present()) return read_labels(p, total);
    read_probabilities(p.classes, probabilities, total);
    return false;
  }

  // Fill label and counts of positions with probabilities, of which those do not count that are nothing but NaN, or whose
  // factor is 0.
  void read_probabilities(int64_t classes, const Tensor<A>& probabilities, double& total) {
    total = 0;
    for_positions(span, [&](int64_t o, int64_t i, int t) {
      const auto nan = [&](int64_t c) { const A q = probabilities.read1(o, c, i); return q != q; };
      int64_t c = 0;
      while (c < classes && nan(c)) ++c;
      const bool counted = c < classes && factor[t] != 0;
      counts[t] = counted ? A(1) : A(0);
      label[t] = counted ? INT64_MAX : -1;
      total += counted;
    });
  }

  // As `read_probabilities`, from the masses of the classes that are listed; fills own with their sum. Returns whether an id
  // is no class.
  bool read_listed(const SoftmaxProblem& p, double& total) {
    bool bad = false;
    total = 0;
    for (int t = 0; t < span.n; ++t) {
      const A* mass = static_cast<const A*>(p.masses) + (span.first + t) * p.listed;
      const int64_t* id = p.ids + (span.first + t) * p.listed;
      int64_t k = 0;
      while (k < p.listed && mass[k] != mass[k]) ++k;
      const bool counted = (k < p.listed || p.listed == 0) && factor[t] != 0;
      counts[t] = counted ? A(1) : A(0);
      label[t] = counted ? INT64_MAX : -1;
      total += counted;
      own[t] = own_logit[t] = 0;
      if (!counted) continue;
      for (k = 0; k < p.listed; ++k) {
        bad |= id[k] >= p.classes;
        if (id[k] >= 0) own[t] += mass[k];
      }
    }
    return bad;
  }

  // Fill label and own; returns whether a label is neither a class nor ignored. `total` becomes the weight of all that count.
  bool read_labels(const SoftmaxProblem& p, double& total) {
    const A* weight = static_cast<const A*>(p.weight);
    return with_integers(p.labels, p.label_type, [&](const auto* labels) {
      bool bad = false;
      for (int t = 0; t < span.n; ++t) {
        const int64_t y = labels[span.first + t];
        const bool wanted = y != p.ignore_index, valid = uint64_t(y) < uint64_t(p.classes);
        bad |= wanted & !valid;
        label[t] = wanted & valid ? y : -1;
        counts[t] = label[t] < 0 ? A(0) : A(1);
        own[t] = label[t] < 0 ? A(0) : weight ? weight[y] : A(1);
      }
      Vec<A> sum = {};
      for (int t = 0; t < span.n; t += kLanes<A>) sum += load(own + t);
      total = reduce_add<A>(sum);
      return bad;
    });
  }

  void read_own_logits(const Tensor<A>& logits) {
    for_runs(span, [&](int64_t o, int64_t i, int done, int run) {
      for (int t = 0; t < run; ++t) {
        const int64_t y = label[done + t];
        own_logit[done + t] = y < 0 ? max[done + t] : logits.read1(o, y, i + t);
      }
    });
  }
};

}  // namespace crossent::CROSSENT_ISA
