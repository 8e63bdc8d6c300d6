// Negative log likelihood: loss_i = −w[y_i] · x[i, y_i]; the gradient is 0 but for one entry per position.
#include <cstdlib>

#include "kernels.hpp"
#include "tensor.hpp"

namespace crossent::CROSSENT_ISA {
namespace {

template <class A>
class Nll {
 public:
  explicit Nll(const NllProblem& problem)
      : p(problem), x(problem.log_p), weight(static_cast<const A*>(problem.weight)), positions(p.outer * p.inner) {}

  Found forward(void* loss, double* total) const {
    const int64_t tiles = (positions + kTile - 1) / kTile;
    double* partial = static_cast<double*>(std::calloc(2 * tiles + 1, sizeof(double)));
    bool bad = false;
#pragma omp parallel for num_threads(threads_for(positions, p.threads)) schedule(static) reduction(|| : bad)
    for (int64_t tile = 0; tile < tiles; ++tile)
      for (int64_t i = tile * kTile; i < smaller(positions, (tile + 1) * kTile); ++i) {
        const Label label = read(i, bad);
        // A weight of 0 frees the position, a masked class included.
        const A value = label.own == 0 ? A(0) : -label.own * x.read1(i / p.inner, label.y, i % p.inner);
        if (p.reduce == Reduce::none) static_cast<A*>(loss)[i] = value;
        partial[2 * tile] += value;
        partial[2 * tile + 1] += label.own;
      }
    double sum = 0;
    *total = 0;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      sum += partial[2 * tile];
      *total += partial[2 * tile + 1];
    }
    std::free(partial);
    if (p.reduce != Reduce::none) *static_cast<A*>(loss) = A(p.reduce == Reduce::sum ? sum : sum / *total);
    return bad ? Found::bad_target : Found::fine;
  }

  // Zeros and the one entry are written while the tile is in cache.
  void backward(const void* grad, const double* total) const {
    const A* upstream = static_cast<const A*>(grad);
    const A shared = p.reduce == Reduce::none ? A(0) : p.reduce == Reduce::sum ? upstream[0] : A(upstream[0] / *total);
    const Cut cut(p.outer, p.classes, p.inner, p.log_p.cls);
#pragma omp parallel for num_threads(threads_for(positions * p.classes, p.threads)) \
    schedule(dynamic, cut.tiles_per_task)
    for (int64_t k = 0; k < cut.tiles; ++k) {
      const Span span = cut.span(k);
      clear(span, cut.rows);
      bool unused = false;
      for (int t = 0; t < span.n; ++t) {
        const int64_t i = span.first + t;
        const Label label = read(i, unused);
        if (!label.counts) continue;
        const A g = p.reduce == Reduce::none ? upstream[i] : shared;
        x.write1(i / p.inner, label.y, i % p.inner, -g * label.own);
      }
    }
  }

 private:
  struct Label {
    int64_t y;
    A own;
    bool counts;
  };

  Label read(int64_t i, bool& bad) const {
    const int64_t y = with_integers(p.labels, p.label_type, [&](const auto* labels) { return int64_t(labels[i]); });
    const bool valid = y >= 0 && y < p.classes, counts = y != p.ignore_index;
    bad = bad || (counts && !valid);
    if (!valid || !counts) return {0, A(0), false};
    return {y, weight ? weight[y] : A(1), true};
  }

  void clear(const Span& span, bool rows) const {
    if (!rows)
      for (int64_t c = 0; c < p.classes; ++c) x.clear_plane(span, c);
    else
      for (int64_t i = span.first; i < span.first + span.n; ++i)
        for (int64_t c = 0; c < p.classes; c += kRowBlock<A>)
          x.clear_row(i / p.inner, i % p.inner, c, int(smaller(kRowBlock<A>, p.classes - c)));
  }

  const NllProblem& p;
  const Tensor<A> x;
  const A* weight;
  const int64_t positions;
};

}  // namespace

Found nll_forward(const NllProblem& p, void* loss, double* total) {
  return p.log_p.dtype == DType::float64 ? Nll<double>(p).forward(loss, total) : Nll<float>(p).forward(loss, total);
}

void nll_backward(const NllProblem& p, const void* grad, const double* total) {
  if (p.log_p.dtype == DType::float64) Nll<double>(p).backward(grad, total);
  else Nll<float>(p).backward(grad, total);
}

}  // namespace crossent::CROSSENT_ISA
