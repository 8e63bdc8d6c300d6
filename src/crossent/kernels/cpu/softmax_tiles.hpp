// What both passes of a softmax loss share: the problem, its blocks, and what follows from the states of a tile's positions:
// their losses, statistics and slopes.
#pragma once

#include <vector>

#include "softmax_planes.hpp"
#include "softmax_rows.hpp"

namespace crossent::CROSSENT_ISA {

template <class A>
class SoftmaxTiles {
 protected:
  explicit SoftmaxTiles(const SoftmaxProblem& problem)
      : p(problem),
        cut(problem.outer, problem.classes, problem.inner, problem.logits.cls),
        by_index(!problem.probabilities.data && !problem.ids),
        keeps_mass(!by_index),
        logits(problem.logits, problem.softcap, problem.temperature),
        probabilities(problem.probabilities),
        weight(static_cast<const A*>(problem.weight)),
        base(static_cast<const A*>(problem.base)),
        smoothed{A(1 - problem.smoothing), A(problem.smoothing / problem.classes), weight != nullptr} {
    if (weight)
      for (int64_t c = 0; c < p.classes; ++c) weight_sum += weight[c];
  }

  struct Scratch {
    alignas(64) A z[kPlaneBlock * kPlaneStride], p[kPlaneBlock * kPlaneStride], out[kPlaneBlock * kPlaneStride];
    alignas(64) A kept[kKept + kLanes<A>];
    std::vector<A> listed;  // the logits of a tile's listed classes
  };
  static_assert(kKept >= kPlaneBlock * kPlaneStride);
  // Per position: the gradient of its loss, without and with 1 − ε and the weight of its class; log(sum); and the
  // gradient of its own class where that is nearly sure, NaN elsewhere.
  struct Upstream {
    A keep[kTile], own[kTile], log_sum[kTile], sure[kTile];
  };

  template <Mass M>
  RowBlock<A> row_block(int64_t o, int64_t i, int64_t c, Scratch& scratch, bool reads_z = true) const {
    const int n = int(smaller(kRowBlock<A>, p.classes - c));
    return {reads_z ? logits.read_row(o, i, c, n, scratch.z) : scratch.z, weight ? weight + c : nullptr,
            M == Mass::probabilities ? probabilities.read_row(o, i, c, n, scratch.p) : nullptr, n};
  }

  template <Mass M>
  PlaneBlock<A> plane_block(const Span& span, int64_t c, Scratch& scratch) const {
    const int n = int(smaller(kPlaneBlock, p.classes - c));
    Block<const A> q{nullptr, 0};
    if (M == Mass::probabilities) q = probabilities.read_planes(span, c, n, scratch.p);
    return {logits.read_planes(span, c, n, scratch.z), q, weight ? weight + c : nullptr, n};
  }

  // From the states of a tile to its losses and all else that the call wants.
  template <Mass M, bool stats>
  void finish(Tile<A>& tile, const SoftmaxForward& out, double& partial) const {
    const int n = tile.span.n;
    const int64_t first = tile.span.first;
    A loss[kTile], log_sum[kTile];
    Vec<A> sum = {};
    for (int t = 0; t < n; t += kLanes<A>) {
      const Vec<A> ls = tile.get(t).log_sum(), each = loss_of<M>(tile, t, ls);
      store(log_sum + t, ls);
      store(loss + t, each);
      sum += first_lanes<A>(each, n - t);
    }
    partial = reduce_add<A>(sum);
    if (p.reduce == Reduce::none) std::memcpy(static_cast<A*>(out.loss) + first, loss, n * sizeof(A));
    if (out.saved) {
      A* saved = static_cast<A*>(out.saved) + first;
      std::memcpy(saved, tile.max, n * sizeof(A));
      std::memcpy(saved + cut.positions, tile.rest, n * sizeof(A));
      if (keeps_mass) std::memcpy(saved + 2 * cut.positions, tile.mass, n * sizeof(A));
    }
    if constexpr (stats) write_stats(tile, log_sum, out);
  }

  template <Mass M>
  Vec<A> loss_of(const Tile<A>& tile, int t, Vec<A> log_sum) const {
    const Vec<A> max = load(tile.max + t), own = load(tile.own + t);
    const Vec<A> around = load(tile.mass + t) * log_sum + load(tile.distance + t);
    const Vec<A> lse = max + log_sum;
    const Vec<A> extra = p.z_loss ? lse * lse * A(p.z_loss) : Vec<A>{};
    const auto finished = [&](Vec<A> loss) {
      return load(tile.counts + t) == 0 ? Vec<A>{} : (loss + extra) * load(tile.factor + t);
    };
    if (M == Mass::probabilities || p.ids) return finished(around);
    // A weight of 0 frees the position, a masked class included.
    const Vec<A> weight_own = own * smoothed.keep;
    Vec<A> loss = weight_own == 0 ? Vec<A>{} : weight_own * (log_sum + (max - load(tile.own_logit + t)));
    if constexpr (M == Mass::classes) loss += around * smoothed.share;
    if constexpr (M == Mass::uniform) loss += own == 0 ? Vec<A>{} : around * (own * smoothed.share);
    return finished(loss);
  }

  void write_stats(const Tile<A>& tile, const A* log_sum, const SoftmaxForward& out) const {
    for (int t = 0; t < tile.span.n; ++t) {
      const int64_t position = tile.span.first + t;
      // Beside an infinite logit the sum is NaN; lse is infinite all the same, unless a logit is NaN itself.
      const bool infinite = tile.max[t] == __builtin_inf() && !holds_nan(position);
      static_cast<A*>(out.lse)[position] = infinite ? tile.max[t] : tile.max[t] + log_sum[t];
      static_cast<A*>(out.entropy)[position] = log_sum[t] + tile.spread[t] / (tile.rest[t] + 1);
      out.prediction[position] = tile.prediction[t];
      out.correct[position] = tile.label[t] >= 0 && tile.prediction[t] == (probabilities.present() ? likeliest(position) : tile.label[t]);
    }
  }

  bool holds_nan(int64_t position) const {
    bool found = false;
    for (int64_t c = 0; c < p.classes; ++c) {
      const A z = logits.read1(position / p.inner, c, position % p.inner);
      found |= z != z;
    }
    return found;
  }

  int64_t likeliest(int64_t position) const {
    int64_t which = 0;
    A best = -__builtin_inf();
    for (int64_t c = 0; c < p.classes; ++c) {
      const A value = probabilities.read1(position / p.inner, c, position % p.inner);
      if (value > best || (value != value && best == best)) best = value, which = c;
    }
    return which;
  }

  // The weight of all positions that count: of each tile, number i in partial[2·i + 1], and in all.
  double total_weight(double* partial) const {
#pragma omp parallel for num_threads(threads_for(cut.positions, p.threads)) schedule(static)
    for (int64_t i = 0; i < cut.tiles; ++i) Tile<A>(cut.span(i)).read(p, probabilities, partial[2 * i + 1]);
    return sum_of_weights(partial);
  }
  double sum_of_weights(const double* partial) const {
    double total = 0;
    for (int64_t i = 0; i < cut.tiles; ++i) total += partial[2 * i + 1];
    return total;
  }

  // What is wanted of the target's own logits, of a tile whose logits were scanned.
  void read_own(Tile<A>& tile, Scratch& scratch) const {
    if (p.ids) add_listed(tile, scratch);
    else if (by_index) tile.read_own_logits(logits);
  }

  // f(outer, inner, position of the tile, ids, masses, logits of the listed classes) for positions that count.
  template <class F>
  void for_listed(const Tile<A>& tile, Scratch& scratch, F f) const {
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      if (tile.label[t] < 0) return;
      const int64_t at = (tile.span.first + t) * p.listed;
      f(o, i, t, p.ids + at, static_cast<const A*>(p.masses) + at, scratch.listed.data() + t * p.listed);
    });
  }
  bool is_class(int64_t id) const { return uint64_t(id) < uint64_t(p.classes); }
  // Whether a listed class stands before in the list already.
  static bool again(const int64_t* ids, int64_t k) {
    bool found = false;
    for (int64_t j = 0; j < k; ++j) found |= ids[j] == ids[k];
    return found;
  }

  void read_listed(const Tile<A>& tile, Scratch& scratch) const {
    scratch.listed.resize(tile.span.n * p.listed + kLanes<A>);
    for_listed(tile, scratch, [&](int64_t o, int64_t i, int, const int64_t* ids, const A*, A* z) {
      for (int64_t k = 0; k < p.listed; ++k) z[k] = is_class(ids[k]) ? logits.read1(o, ids[k], i) : A(0);
    });
  }

  // Mass and distance of a target: those of the listed classes and, with a base, those of all others, which a scan has
  // summed over all classes.
  void add_listed(Tile<A>& tile, Scratch& scratch) const {
    read_listed(tile, scratch);
    for_listed(tile, scratch, [&](int64_t o, int64_t i, int t, const int64_t* ids, const A* masses, const A* z) {
      const A origin = tile.max[t] == -__builtin_inf() ? A(0) : tile.max[t], share = base ? base[tile.span.first + t] : A(0);
      A distance = 0, mass = 0, listed = 0, listed_mass = 0;
      for (int64_t k = 0; k < p.listed; ++k) {
        if (!is_class(ids[k])) continue;
        const A far = origin - z[k];
        mass += masses[k];
        distance += masses[k] == 0 ? A(0) : masses[k] * far;
        if (share == 0 || again(ids, k)) continue;
        const A w = weight ? weight[ids[k]] : A(1);
        listed_mass += w;
        listed += w == 0 ? A(0) : w * far;
      }
      if (share != 0) {
        A others = tile.distance[t] - listed, others_mass = tile.mass[t] - listed_mass;
        // Where the listed ones are most of it, or infinite, a difference says nothing of the others.
        if (!(listed <= tile.distance[t] / 2 && listed < __builtin_inf() && listed_mass <= tile.mass[t] / 2))
          sum_others(o, i, origin, ids, others, others_mass);
        mass += share * others_mass;
        distance += share * others;
      }
      tile.mass[t] = mass;
      tile.distance[t] = distance;
    });
  }
  void sum_others(int64_t o, int64_t i, A origin, const int64_t* ids, A& distance, A& mass) const {
    double far = 0, all = 0;
    int64_t k = 0;
    for (int64_t c = 0; c < p.classes; ++c) {
      while (k < p.listed && ids[k] < c) ++k;
      const A w = weight ? weight[c] : A(1);
      if ((k < p.listed && ids[k] == c) || w == 0) continue;
      far += double(w) * (origin - logits.read1(o, c, i));
      all += w;
    }
    distance = A(far), mass = A(all);
  }

  // The gradient of the listed classes, of which all mass is taken, in the place of what is there.
  void settle_listed(const Tile<A>& tile, const Tensor<A>& grad, const Slopes<A>& slopes, const Upstream& upstream,
                     Scratch& scratch) const {
    for_listed(tile, scratch, [&](int64_t o, int64_t i, int t, const int64_t* ids, const A* masses, const A* z) {
      const A sum = tile.rest[t] + 1, scale = slopes.scale[t];
      const bool sure = tile.rest[t] >= 0 && tile.rest[t] < 1;
      for (int64_t first = 0; first < p.listed; first += kLanes<A>) {
        const Vec<A> e = exp_down<A>(load(z + first) - slopes.max[t]);
        for (int64_t k = first; k < smaller(p.listed, first + kLanes<A>); ++k) {
          if (!is_class(ids[k]) || again(ids, k)) continue;
          A mass = 0;
          for (int64_t j = k; j < p.listed; ++j) mass += ids[j] == ids[k] ? masses[j] : A(0);
          const A cap = A(p.cap()), slope = cap == 0 ? A(1) : 1 - (z[k] / cap) * (z[k] / cap);
          const A taken = upstream.own[t] * mass;
          // Where one class is nearly sure, p · mass − a of it as p · (mass − a) − (1 − p) · a.
          const A pull = sure && z[k] == slopes.max[t] ? (scale - taken / sum) - taken * (tile.rest[t] / sum)
                                                       : e[k - first] * scale - taken;
          grad.write1(o, ids[k], i, pull * slope);
        }
      }
    });
  }

  // The gradient of the masses, which is what a class of mass 1 costs; 0 for what is not there.
  void write_grad_masses(const Tile<A>& tile, A* grad, const Slopes<A>& slopes, const Upstream& upstream,
                         Scratch& scratch) const {
    std::memset(grad + tile.span.first * p.listed, 0, tile.span.n * p.listed * sizeof(A));
    for_listed(tile, scratch, [&](int64_t, int64_t, int t, const int64_t* ids, const A*, const A* z) {
      for (int64_t k = 0; k < p.listed; ++k)
        if (is_class(ids[k]))
          grad[(tile.span.first + t) * p.listed + k] = upstream.keep[t] * (upstream.log_sum[t] + (slopes.max[t] - z[k]));
    });
  }

  // What a forward pass has saved of a tile.
  void restore(Tile<A>& tile, const A* saved) const {
    const size_t bytes = tile.span.n * sizeof(A);
    saved += tile.span.first;
    std::memcpy(tile.max, saved, bytes);
    std::memcpy(tile.rest, saved + cut.positions, bytes);
    if (keeps_mass) std::memcpy(tile.mass, saved + 2 * cut.positions, bytes);
  }

  template <Mass M>
  Slope<A> slope_of(const State<A>& state, Vec<A> own, Vec<A> g) const {
    Vec<A> mass = own, taken = g * own * smoothed.share;
    if constexpr (M == Mass::classes) {
      mass = own * smoothed.keep + A(weight_sum * p.smoothing / p.classes);
      taken = g * smoothed.share;
    }
    if (keeps_mass) mass = state.mass, taken = g;
    if (p.z_loss != 0) mass += (state.max + state.log_sum()) * A(2 * p.z_loss);
    return {state.max, g * mass / state.sum(), taken};
  }

  // For the upstream gradient of each position, or one for all.
  template <Mass M>
  void slopes_of(const Tile<A>& tile, const A* each, A shared, Slopes<A>& slopes, Upstream& upstream) const {
    for (int t = 0; t < tile.span.n; t += kLanes<A>) {
      const State<A> state = tile.get(t);
      const Vec<A> given = each ? load_part(each + t, int(smaller(kLanes<A>, tile.span.n - t)), A(0)) : splat(shared);
      // The gradient of a loss, and what reaches the logits before their temperature.
      const Vec<A> came = given * load(tile.factor + t), g = came / A(p.temperature);
      const Vec<A> own = by_index ? load(tile.own + t) : Vec<A>{};
      Slope<A> slope = slope_of<M>(state, own, g);
      if (p.ids) slope.taken = base ? g * load_part(base + tile.span.first + t, int(smaller(kLanes<A>, tile.span.n - t)), A(0)) : Vec<A>{};
      store(slopes.max + t, slope.max);
      store(slopes.scale + t, slope.scale);
      store(slopes.taken + t, slope.taken);
      store(upstream.keep + t, came * smoothed.keep);
      // What the masses of listed classes are multiplied by; of a label, all of it.
      const Vec<A> own_mass = p.ids ? g : g * own * smoothed.keep;
      store(upstream.own + t, own_mass);
      if (keeps_mass) store(upstream.log_sum + t, state.log_sum());
      // p − 1 as −rest / sum, beside what only the z-loss adds.
      Vec<A> whole = splat(A(__builtin_nan("")));
      const Ints<A> sure = state.sure() & (load(tile.own_logit + t) == state.max);
      if (M == Mass::none && !p.ids && any<A>(sure)) {
        const Vec<A> sum = state.sum();
        whole = sure ? (slope.scale - own_mass / sum) - own_mass * (state.rest / sum) : whole;
      }
      store(upstream.sure + t, whole);
    }
  }

  // Of log-probabilities, lse and entropy H, whose gradient is p · (by_lse + g − by_H · (log p + H)) − g [c = y], with the
  // gradient g of −log p_y.
  void slopes_of_logprobs(const Tile<A>& tile, const SoftmaxBackward& b, Slopes<A>& slopes, Upstream& upstream) const {
    for (int t = 0; t < tile.span.n; t += kLanes<A>) {
      const auto part = [&](const void* from) {
        return load_part(static_cast<const A*>(from) + tile.span.first + t, int(smaller(kLanes<A>, tile.span.n - t)), A(0));
      };
      const State<A> state = tile.get(t);
      const Vec<A> sum = state.sum(), by_entropy = part(b.grad_entropy) / A(p.temperature);
      const Vec<A> g = part(b.grad) / A(p.temperature);
      const Vec<A> level = part(b.grad_lse) / A(p.temperature) - by_entropy * (part(b.entropy) - state.log_sum());
      store(slopes.max + t, state.max);
      store(slopes.scale + t, (level + g) / sum);
      store(slopes.taken + t, by_entropy / sum);
      store(upstream.own + t, g);
      const Ints<A> sure = state.sure() & (load(tile.own_logit + t) == state.max);
      store(upstream.sure + t, sure ? level / sum - g * (state.rest / sum) : splat(A(__builtin_nan(""))));
    }
  }

  const SoftmaxProblem& p;
  const Cut cut;
  const bool by_index, keeps_mass;
  const Tensor<A> logits, probabilities;
  const A *weight, *base;
  const Smoothed<A> smoothed;
  double weight_sum = 0;
};

}  // namespace crossent::CROSSENT_ISA
