// Softmax cross entropy, tile by tile of positions: one pass over the logits each way.
//
// Forward   loss_i = Σ_c a_ic · (lse_i − z_ic) + z_loss · lse_i²
// Backward  grad_ic = g_i · [softmax(z_i)_c · (Σ_k a_ik + 2 · z_loss · lse_i) − a_ic]
// with the target mass a: for an index target y it is (1−ε)·w_y at y plus ε/C · w_c (or w_y) everywhere, for
// probabilities p it is w_c · ((1−ε)·p_c + ε/C).
//
// A tile's work and the order of all sums depend on the shape alone, so the results do not depend on the threads.
#include <cstdlib>

#include "kernels.hpp"
#include "softmax_planes.hpp"
#include "softmax_rows.hpp"

namespace xent::XENT_ISA {
namespace {

Mass mass_of(const SoftmaxProblem& p) {
  if (p.probabilities.data) return Mass::probabilities;
  if (p.smoothing == 0) return Mass::none;
  return p.weight && !p.smooth_by_target ? Mass::classes : Mass::uniform;
}

template <class A>
class Softmax {
 public:
  explicit Softmax(const SoftmaxProblem& problem)
      : p(problem),
        cut(problem.outer, problem.classes, problem.inner, problem.logits.cls),
        by_index(!problem.probabilities.data),
        logits(problem.logits, problem.softcap),
        probabilities(problem.probabilities),
        weight(static_cast<const A*>(problem.weight)),
        smoothed{A(1 - problem.smoothing), A(problem.smoothing / problem.classes), weight != nullptr} {
    if (weight)
      for (int64_t c = 0; c < p.classes; ++c) weight_sum += weight[c];
  }

  template <Mass M, bool stats>
  Found forward(const SoftmaxForward& out) const {
    double* partial = static_cast<double*>(std::calloc(2 * cut.tiles + 1, sizeof(double)));
    bool bad = false;
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads)) reduction(|| : bad)
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i) {
        Tile<A> tile(cut.span(i));
        if (by_index) bad = tile.read_labels(p, partial[2 * i + 1]) || bad;
        cut.rows ? scan_rows<M, stats>(tile, scratch) : scan_planes<M, stats>(tile, scratch);
        finish<M, stats>(tile, out, partial[2 * i]);
      }
    }
    double loss = 0, total = by_index ? 0 : double(cut.positions);
    for (int64_t i = 0; i < cut.tiles; ++i) {
      loss += partial[2 * i];
      total += partial[2 * i + 1];
    }
    std::free(partial);
    *out.total = total;
    if (p.reduce != Reduce::none) *static_cast<A*>(out.loss) = A(p.reduce == Reduce::sum ? loss : loss / total);
    return bad ? Found::bad_target : Found::fine;
  }

  template <Mass M>
  void backward(const SoftmaxBackward& b) const {
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads))
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i) {
        Tile<A> tile(cut.span(i));
        double unused = 0;
        if (by_index) tile.read_labels(p, unused);
        Slopes<A> slopes;
        Upstream upstream;
        prepare<M>(tile, b, slopes, upstream);
        cut.rows ? write_rows<M>(tile, b, slopes, upstream, scratch)
                 : write_planes<M>(tile, b, slopes, upstream, scratch);
      }
    }
  }

 private:
  struct Scratch {
    alignas(64) A z[kPlaneBlock * kPlaneStride], p[kPlaneBlock * kPlaneStride], out[kPlaneBlock * kPlaneStride];
  };
  // Per position: the gradient of its loss, without and with 1 − ε and the weight of its class; log(sum).
  struct Upstream {
    A keep[kTile], own[kTile], log_sum[kTile];
  };

  template <Mass M, bool stats>
  void scan_rows(Tile<A>& tile, Scratch& scratch) const {
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      for (int64_t c = 0; c < p.classes; c += kRowBlock) {
        const RowBlock<A> row = row_block<M>(o, i, c, scratch);
        State<A> state = scan_row_block<A, M, stats>(row, smoothed);
        if constexpr (stats) follow_row(row, c, state, tile, t);
        if (c) state.merge(tile.get1(t));
        tile.put1(t, state);
      }
    });
  }

  void follow_row(const RowBlock<A>& row, int64_t c, const State<A>& block, Tile<A>& tile, int t) const {
    const A best = c ? tile.highest[t] : A(-__builtin_inf()), high = block.max[0];
    if (c == 0) tile.prediction[t] = 0;
    if (best == best && (c == 0 || high > best || block.sum[0] != block.sum[0])) {
      const int k = first_highest(row.z, row.n, high);
      if (c == 0 || !(row.z[k] <= best)) {
        tile.prediction[t] = Int<A>(c + k);
        tile.highest[t] = row.z[k];
      }
    }
  }

  template <Mass M, bool stats>
  void scan_planes(Tile<A>& tile, Scratch& scratch) const {
    if constexpr (stats)
      for (int t = 0; t < kTile; ++t) {
        tile.prediction[t] = 0;
        tile.highest[t] = -__builtin_inf();
      }
    for (int64_t c = 0; c < p.classes; c += kPlaneBlock) {
      const PlaneBlock<A> planes = plane_block<M>(tile.span, c, scratch);
      scan_plane_block<A, M, stats>(planes, smoothed, c == 0, tile);
      if constexpr (stats) follow_highest(planes, c, tile);
    }
  }

  template <Mass M>
  RowBlock<A> row_block(int64_t o, int64_t i, int64_t c, Scratch& scratch) const {
    const int n = int(smaller(kRowBlock, p.classes - c));
    return {logits.read_row(o, i, c, n, scratch.z), weight ? weight + c : nullptr,
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
    if (by_index) tile.read_own_logits(logits);
    Vec<A> sum = {};
    for (int t = 0; t < n; t += kLanes<A>) {
      const Vec<A> ls = log<A>(load(tile.sum + t)), each = loss_of<M>(tile, t, ls);
      store(log_sum + t, ls);
      store(loss + t, each);
      sum += first_lanes<A>(each, n - t);
    }
    partial = reduce_add<A>(sum);
    if (p.reduce == Reduce::none) std::memcpy(static_cast<A*>(out.loss) + first, loss, n * sizeof(A));
    if (out.saved) {
      A* saved = static_cast<A*>(out.saved) + first;
      std::memcpy(saved, tile.max, n * sizeof(A));
      std::memcpy(saved + cut.positions, tile.sum, n * sizeof(A));
      if (!by_index) std::memcpy(saved + 2 * cut.positions, tile.mass, n * sizeof(A));
    }
    if constexpr (stats) write_stats(tile, log_sum, out);
  }

  template <Mass M>
  Vec<A> loss_of(const Tile<A>& tile, int t, Vec<A> log_sum) const {
    const Vec<A> max = load(tile.max + t), own = load(tile.own + t);
    const Vec<A> around = load(tile.mass + t) * log_sum + load(tile.distance + t);
    const Vec<A> lse = max + log_sum;
    const Vec<A> extra = p.z_loss ? lse * lse * A(p.z_loss) : Vec<A>{};
    if constexpr (M == Mass::probabilities) return around + extra;
    // A weight of 0 frees the position, a masked class included.
    const Vec<A> weight_own = own * smoothed.keep;
    Vec<A> loss = weight_own == 0 ? Vec<A>{} : weight_own * (log_sum + (max - load(tile.own_logit + t)));
    if constexpr (M == Mass::classes) loss += around * smoothed.share;
    if constexpr (M == Mass::uniform) loss += own == 0 ? Vec<A>{} : around * (own * smoothed.share);
    return load(tile.counts + t) == 0 ? Vec<A>{} : loss + extra;
  }

  void write_stats(const Tile<A>& tile, const A* log_sum, const SoftmaxForward& out) const {
    for (int t = 0; t < tile.span.n; ++t) {
      const int64_t position = tile.span.first + t;
      static_cast<A*>(out.lse)[position] = tile.max[t] + log_sum[t];
      static_cast<A*>(out.entropy)[position] = log_sum[t] + tile.spread[t] / tile.sum[t];
      out.prediction[position] = tile.prediction[t];
      out.correct[position] = tile.prediction[t] == (by_index ? tile.label[t] : likeliest(position));
    }
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

  template <Mass M>
  void prepare(Tile<A>& tile, const SoftmaxBackward& b, Slopes<A>& slopes, Upstream& upstream) const {
    const A* grad = static_cast<const A*>(b.grad);
    const A* saved = static_cast<const A*>(b.saved) + tile.span.first;
    const A shared = p.reduce == Reduce::none ? A(0) : p.reduce == Reduce::sum ? grad[0] : A(grad[0] / *b.total);
    const A class_mass = A(weight_sum * p.smoothing / p.classes);
    for (int t = 0; t < tile.span.n; t += kLanes<A>) {
      const int n = int(smaller(kLanes<A>, tile.span.n - t));
      const Vec<A> max = load_part(saved + t, n, A(0)), sum = load_part(saved + cut.positions + t, n, A(1));
      const Vec<A> g = p.reduce == Reduce::none ? load_part(grad + tile.span.first + t, n, A(0)) : splat(shared);
      const Vec<A> own = load(tile.own + t), log_sum = log<A>(sum);
      Vec<A> mass = own, taken = g * own * smoothed.share;
      if constexpr (M == Mass::classes) mass = own * smoothed.keep + class_mass, taken = g * smoothed.share;
      if constexpr (M == Mass::probabilities) mass = load_part(saved + 2 * cut.positions + t, n, A(0)), taken = g;
      if (p.z_loss != 0) mass += (max + log_sum) * A(2 * p.z_loss);
      store(slopes.max + t, max);
      store(slopes.scale + t, g * mass / sum);
      store(slopes.taken + t, taken);
      store(upstream.keep + t, g * smoothed.keep);
      store(upstream.own + t, g * own * smoothed.keep);
      store(upstream.log_sum + t, log_sum);
    }
  }

  template <Mass M>
  void write_rows(const Tile<A>& tile, const SoftmaxBackward& b, const Slopes<A>& slopes, const Upstream& upstream,
                  Scratch& scratch) const {
    const Tensor<A> grad_logits(b.grad_logits), grad_probabilities(b.grad_probabilities);
    const A cap = A(p.softcap);
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      const Slope<A> slope{splat(slopes.max[t]), splat(slopes.scale[t]), splat(slopes.taken[t])};
      for (int64_t c = 0; c < p.classes; c += kRowBlock) {
        const RowBlock<A> row = row_block<M>(o, i, c, scratch);
        if (grad_probabilities.present()) {
          A* out = grad_probabilities.row_buffer(o, i, c, scratch.out);
          write_row_target(row, slope.max, splat(upstream.log_sum[t]), splat(upstream.keep[t]), out);
          grad_probabilities.write_row(o, i, c, row.n, out);
        }
        if (!grad_logits.present()) continue;
        A* out = grad_logits.row_buffer(o, i, c, scratch.out);
        if (by_index && tile.label[t] < 0) {
          std::memset(out, 0, row.n * sizeof(A));
        } else {
          write_row_block<A, M>(row, slope, smoothed, cap, out);
          const int64_t k = by_index ? tile.label[t] - c : -1;
          if (k >= 0 && k < row.n) take_own(out[k], row.z[k], upstream.own[t]);
        }
        grad_logits.write_row(o, i, c, row.n, out);
      }
    });
  }

  template <Mass M>
  void write_planes(const Tile<A>& tile, const SoftmaxBackward& b, const Slopes<A>& slopes, const Upstream& upstream,
                    Scratch& scratch) const {
    const Tensor<A> grad_logits(b.grad_logits), grad_probabilities(b.grad_probabilities);
    const int n = tile.span.n;
    for (int64_t c = 0; c < p.classes; c += kPlaneBlock) {
      const PlaneBlock<A> planes = plane_block<M>(tile.span, c, scratch);
      if (grad_probabilities.present()) {
        const Block<A> out = grad_probabilities.plane_buffer(tile.span, c, scratch.out);
        write_plane_target(planes, n, slopes.max, upstream.log_sum, upstream.keep, out);
        grad_probabilities.write_planes(tile.span, c, planes.n, out.data);
      }
      if (!grad_logits.present()) continue;
      const Block<A> out = grad_logits.plane_buffer(tile.span, c, scratch.out);
      write_plane_block<A, M>(planes, n, smoothed, slopes, A(p.softcap), out);
      if (by_index) settle_own(tile, c, planes, upstream, out);
      grad_logits.write_planes(tile.span, c, planes.n, out.data);
    }
  }

  // Take the own class's mass from its gradient, and all gradient from the positions that do not count.
  void settle_own(const Tile<A>& tile, int64_t c, const PlaneBlock<A>& planes, const Upstream& upstream,
                  Block<A> out) const {
    for (int t = 0; t < tile.span.n; ++t) {
      const int64_t k = tile.label[t] - c;
      if (tile.label[t] < 0)
        for (int j = 0; j < planes.n; ++j) out.data[j * out.stride + t] = 0;
      else if (k >= 0 && k < planes.n)
        take_own(out.data[k * out.stride + t], planes.z.data[k * planes.z.stride + t], upstream.own[t]);
    }
  }

  void take_own(A& grad, A z, A mass) const {
    grad -= p.softcap == 0 ? mass : mass * (1 - (z / A(p.softcap)) * (z / A(p.softcap)));
  }

  const SoftmaxProblem& p;
  const Cut cut;
  const bool by_index;
  const Tensor<A> logits, probabilities;
  const A* weight;
  const Smoothed<A> smoothed;
  double weight_sum = 0;
};

template <class F>
auto with_mass(Mass mass, F f) {
  switch (mass) {
    case Mass::uniform:
      return f(std::integral_constant<Mass, Mass::uniform>{});
    case Mass::classes:
      return f(std::integral_constant<Mass, Mass::classes>{});
    case Mass::probabilities:
      return f(std::integral_constant<Mass, Mass::probabilities>{});
    default:
      return f(std::integral_constant<Mass, Mass::none>{});
  }
}

template <class A>
Found forward(const SoftmaxProblem& p, const SoftmaxForward& out) {
  return with_mass(mass_of(p), [&](auto mass) {
    const Softmax<A> softmax(p);
    return out.lse ? softmax.template forward<mass.value, true>(out) : softmax.template forward<mass.value, false>(out);
  });
}

}  // namespace

Found softmax_forward(const SoftmaxProblem& p, const SoftmaxForward& out) {
  return p.logits.dtype == DType::float64 ? forward<double>(p, out) : forward<float>(p, out);
}

void softmax_backward(const SoftmaxProblem& p, const SoftmaxBackward& b) {
  with_mass(mass_of(p), [&](auto mass) {
    if (p.logits.dtype == DType::float64) Softmax<double>(p).template backward<mass.value>(b);
    else Softmax<float>(p).template backward<mass.value>(b);
  });
}

}  // namespace xent::XENT_ISA
