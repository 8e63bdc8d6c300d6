// Softmax cross entropy, tile by tile of positions: one pass over the logits each way.
//
// Forward   loss_i = s_i · [Σ_c a_ic · (lse_i − z_ic) + z_loss · lse_i²]
// Backward  grad_ic = g_i · s_i · [softmax(z_i)_c · (Σ_k a_ik + 2 · z_loss · lse_i) − a_ic]
// with the target mass a: for an index target y it is (1−ε)·w_y at y plus ε/C · w_c (or w_y) everywhere, for
// probabilities p it is w_c · ((1−ε)·p_c + ε/C).
//
// A tile's work and the order of all sums depend on the shape alone, so the results do not depend on the threads.
#include <cstdlib>

#include "kernels.hpp"
#include "softmax_tiles.hpp"

namespace crossent::CROSSENT_ISA {
namespace {

template <class A>
class Softmax : SoftmaxTiles<A> {
  using Tiles = SoftmaxTiles<A>;
  using typename Tiles::Scratch, typename Tiles::Upstream;
  using Tiles::cut, Tiles::logits, Tiles::p, Tiles::probabilities, Tiles::smoothed;

 public:
  explicit Softmax(const SoftmaxProblem& problem) : Tiles(problem) {}

  template <Mass M, bool stats>
  Found forward(const SoftmaxForward& out) const {
    const Tensor<A> grad(out.grad_logits);
    // A mean's gradient needs the weight of all that count before its first row.
    A upstream = A(out.upstream);
    double* partial = static_cast<double*>(std::calloc(2 * cut.tiles + 1, sizeof(double)));
    if (grad.present() && p.reduce == Reduce::mean) upstream = A(out.upstream / this->total_weight(partial));
    bool bad = false;
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads)) reduction(|| : bad)
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i) {
        Tile<A> tile(cut.span(i));
        bad = tile.read(p, probabilities, partial[2 * i + 1]) || bad;
        if (!grad.present()) cut.rows ? scan_rows<M, stats>(tile, scratch) : scan_planes<M, stats>(tile, scratch);
        else if (cut.rows) scan_and_write_rows<M, stats>(tile, grad, upstream, scratch);
        else scan_and_write_planes<M, stats>(tile, grad, upstream, scratch);
        this->template finish<M, stats>(tile, out, partial[2 * i]);
      }
    }
    double loss = 0;
    for (int64_t i = 0; i < cut.tiles; ++i) loss += partial[2 * i];
    const double total = this->sum_of_weights(partial);
    std::free(partial);
    *out.total = total;
    if (p.reduce != Reduce::none) *static_cast<A*>(out.loss) = A(p.reduce == Reduce::sum ? loss : loss / total);
    return bad ? Found::bad_target : Found::fine;
  }

  template <Mass M>
  void backward(const SoftmaxBackward& b) const {
    const A* grad = static_cast<const A*>(b.grad);
    const A shared = p.reduce == Reduce::none ? A(0) : p.reduce == Reduce::sum ? grad[0] : A(grad[0] / *b.total);
    const Tensor<A> grad_logits(b.grad_logits), grad_probabilities(b.grad_probabilities);
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads))
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i) {
        Tile<A> tile(cut.span(i));
        double unused = 0;
        tile.read(p, probabilities, unused);
        this->restore(tile, static_cast<const A*>(b.saved));
        if (p.ids) this->read_listed(tile, scratch);
        else if (M == Mass::none || M == Mass::logits) tile.read_own_logits(logits);
        Slopes<A> slopes;
        Upstream upstream;
        if constexpr (M == Mass::logits) this->slopes_of_logprobs(tile, b, slopes, upstream);
        else this->template slopes_of<M>(tile, p.reduce == Reduce::none ? grad + tile.span.first : nullptr, shared, slopes, upstream);
        cut.rows ? write_rows<M>(tile, grad_logits, grad_probabilities, slopes, upstream, scratch)
                 : write_planes<M>(tile, grad_logits, grad_probabilities, slopes, upstream, scratch);
        if (p.ids && grad_logits.present()) this->settle_listed(tile, grad_logits, slopes, upstream, scratch);
        if (b.grad_masses) this->write_grad_masses(tile, static_cast<A*>(b.grad_masses), slopes, upstream, scratch);
      }
    }
  }

 private:
  template <Mass M, bool stats>
  void scan_rows(Tile<A>& tile, Scratch& scratch) const {
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      for (int64_t c = 0; c < p.classes; c += kRowBlock<A>) {
        const RowBlock<A> row = this->template row_block<M>(o, i, c, scratch);
        State<A> state = scan_row_block<A, M, stats>(row, smoothed, scratch.kept);
        if constexpr (stats) follow_row(row, c, state, tile, t);
        if (c) state.merge(tile.get1(t));
        tile.put1(t, state);
      }
    });
    this->read_own(tile, scratch);
  }

  void follow_row(const RowBlock<A>& row, int64_t c, const State<A>& block, Tile<A>& tile, int t) const {
    const A best = c ? tile.highest[t] : A(-__builtin_inf()), high = block.max[0];
    if (c == 0) tile.prediction[t] = 0;
    if (best == best && (c == 0 || high > best || block.rest[0] != block.rest[0])) {
      const int k = first_highest(row.z, row.n, high);
      if (c == 0 || !(row.z[k] <= best)) {
        tile.prediction[t] = Int<A>(c + k);
        tile.highest[t] = row.z[k];
      }
    }
  }

  template <Mass M, bool stats>
  void scan_planes(Tile<A>& tile, Scratch& scratch) const {
    if constexpr (stats) start_highest(tile);
    for (int64_t c = 0; c < p.classes; c += kPlaneBlock) {
      const PlaneBlock<A> planes = this->template plane_block<M>(tile.span, c, scratch);
      scan_plane_block<A, M, stats>(planes, smoothed, c == 0, tile);
      if constexpr (stats) follow_highest(planes, c, tile);
    }
    this->read_own(tile, scratch);
  }

  // The gradient may be written over the logits: what a loss needs of them is read before.
  //
  // Both passes over the rows of a tile while they are in cache; where they are not too long, their exponentials are
  // computed once. First all rows are scanned, then all are written: one row after the other would wait for its sum.
  template <Mass M, bool stats>
  void scan_and_write_rows(Tile<A>& tile, const Tensor<A>& grad, A g, Scratch& scratch) const {
    const bool keep = tile.span.n * p.classes <= kKept;
    const int64_t blocks = (p.classes + kRowBlock<A> - 1) / kRowBlock<A>;
    A origins[kKept / kRowBlock<A> + kTile];
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      for (int64_t b = 0; b < blocks; ++b) {
        const int64_t c = b * kRowBlock<A>;
        const RowBlock<A> row = this->template row_block<M>(o, i, c, scratch);
        A* kept = scratch.kept + t * p.classes + c;
        State<A> state =
            keep ? scan_row_block<A, M, stats, true>(row, smoothed, kept, grad.at(o, c, i), grad.bytes_per_class())
                 : scan_row_block<A, M, stats>(row, smoothed, scratch.kept);
        if (keep) origins[t * blocks + b] = state.origin()[0];
        if constexpr (stats) follow_row(row, c, state, tile, t);
        if (b) state.merge(tile.get1(t));
        tile.put1(t, state);
      }
    });
    this->read_own(tile, scratch);
    Slopes<A> slopes;
    Upstream upstream;
    this->template slopes_of<M>(tile, nullptr, g, slopes, upstream);
    if (keep) write_kept_rows<M>(tile, grad, slopes, upstream, origins, scratch);
    else write_rows<M>(tile, grad, Tensor<A>(Values{}), slopes, upstream, scratch);
    if (p.ids) this->settle_listed(tile, grad, slopes, upstream, scratch);
  }

  // From the exponentials that a scan has left, each block's measured from an origin of its own.
  template <Mass M>
  void write_kept_rows(const Tile<A>& tile, const Tensor<A>& grad, const Slopes<A>& slopes, const Upstream& upstream,
                       const A* origins, Scratch& scratch) const {
    const int64_t blocks = (p.classes + kRowBlock<A> - 1) / kRowBlock<A>;
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      Slope<A> slope{splat(slopes.max[t]), splat(slopes.scale[t]), splat(slopes.taken[t])};
      const Vec<A> scale = slope.scale;
      for (int64_t b = 0; b < blocks; ++b) {
        const int64_t c = b * kRowBlock<A>;
        const RowBlock<A> row = this->template row_block<M>(o, i, c, scratch, p.softcap != 0);
        A* out = grad.row_buffer(o, i, c, scratch.out);
        if (blocks > 1) slope.scale = scale * exp_down<A>(origins[t * blocks + b] - slope.max);
        write_row_block<A, M, true>(row, slope, smoothed, A(p.cap()), out, scratch.kept + t * p.classes + c);
        settle_row(tile.label[t], c, row, upstream, t, out);
        grad.write_row(o, i, c, row.n, out);
      }
    });
  }

  template <Mass M, bool stats>
  void scan_and_write_planes(Tile<A>& tile, const Tensor<A>& grad, A g, Scratch& scratch) const {
    Slopes<A> slopes;
    Upstream upstream;
    if (p.classes > kPlaneBlock) {
      scan_planes<M, stats>(tile, scratch);
      this->template slopes_of<M>(tile, nullptr, g, slopes, upstream);
      write_planes<M>(tile, grad, Tensor<A>(Values{}), slopes, upstream, scratch);
      if (p.ids) this->settle_listed(tile, grad, slopes, upstream, scratch);
      return;
    }
    const PlaneBlock<A> planes = this->template plane_block<M>(tile.span, 0, scratch);
    scan_plane_block<A, M, stats, true>(planes, smoothed, true, tile, scratch.kept);
    if constexpr (stats) {
      start_highest(tile);
      follow_highest(planes, 0, tile);
    }
    this->read_own(tile, scratch);
    this->template slopes_of<M>(tile, nullptr, g, slopes, upstream);
    const Block<A> out = grad.plane_buffer(tile.span, 0, scratch.out);
    write_plane_block<A, M, true>(planes, tile.span.n, smoothed, slopes, A(p.cap()), out, scratch.kept);
    settle_planes(tile, 0, planes, upstream, out);
    grad.write_planes(tile.span, 0, planes.n, out.data);
    if (p.ids) this->settle_listed(tile, grad, slopes, upstream, scratch);
  }

  template <Mass M>
  void write_rows(const Tile<A>& tile, const Tensor<A>& grad_logits, const Tensor<A>& grad_probabilities,
                  const Slopes<A>& slopes, const Upstream& upstream, Scratch& scratch) const {
    for_positions(tile.span, [&](int64_t o, int64_t i, int t) {
      const Slope<A> slope{splat(slopes.max[t]), splat(slopes.scale[t]), splat(slopes.taken[t])};
      for (int64_t c = 0; c < p.classes; c += kRowBlock<A>) {
        const RowBlock<A> row = this->template row_block<M>(o, i, c, scratch);
        if (grad_probabilities.present()) {
          A* out = grad_probabilities.row_buffer(o, i, c, scratch.out);
          write_row_target(row, slope.max, splat(upstream.log_sum[t]), splat(upstream.keep[t]), out);
          if (tile.label[t] < 0) std::memset(out, 0, row.n * sizeof(A));
          grad_probabilities.write_row(o, i, c, row.n, out);
        }
        if (!grad_logits.present()) continue;
        A* out = grad_logits.row_buffer(o, i, c, scratch.out);
        write_row_block<A, M>(row, slope, smoothed, A(p.cap()), out);
        settle_row(tile.label[t], c, row, upstream, t, out);
        grad_logits.write_row(o, i, c, row.n, out);
      }
    });
  }

  template <Mass M>
  void write_planes(const Tile<A>& tile, const Tensor<A>& grad_logits, const Tensor<A>& grad_probabilities,
                    const Slopes<A>& slopes, const Upstream& upstream, Scratch& scratch) const {
    const int n = tile.span.n;
    for (int64_t c = 0; c < p.classes; c += kPlaneBlock) {
      const PlaneBlock<A> planes = this->template plane_block<M>(tile.span, c, scratch);
      if (grad_probabilities.present()) {
        const Block<A> out = grad_probabilities.plane_buffer(tile.span, c, scratch.out);
        write_plane_target(planes, n, slopes.max, upstream.log_sum, upstream.keep, out);
        for (int t = 0; t < n; ++t)
          if (tile.label[t] < 0) clear_position(t, planes.n, out);
        grad_probabilities.write_planes(tile.span, c, planes.n, out.data);
      }
      if (!grad_logits.present()) continue;
      const Block<A> out = grad_logits.plane_buffer(tile.span, c, scratch.out);
      write_plane_block<A, M>(planes, n, smoothed, slopes, A(p.cap()), out);
      settle_planes(tile, c, planes, upstream, out);
      grad_logits.write_planes(tile.span, c, planes.n, out.data);
    }
  }

  // Take the own class's mass from its gradient, and all gradient from positions that do not count.
  void settle_row(int64_t label, int64_t c, const RowBlock<A>& row, const Upstream& upstream, int t, A* out) const {
    const int64_t k = label - c;
    if (label < 0) std::memset(out, 0, row.n * sizeof(A));
    else if (k >= 0 && k < row.n) take_own(out[k], row.z[k], upstream, t);
  }
  void settle_planes(const Tile<A>& tile, int64_t c, const PlaneBlock<A>& planes, const Upstream& upstream,
                  Block<A> out) const {
    for (int t = 0; t < tile.span.n; ++t) {
      const int64_t k = tile.label[t] - c;
      if (tile.label[t] < 0) clear_position(t, planes.n, out);
      else if (k >= 0 && k < planes.n)
        take_own(out.data[k * out.stride + t], planes.z.data[k * planes.z.stride + t], upstream, t);
    }
  }

  static void clear_position(int t, int classes, Block<A> out) {
    for (int j = 0; j < classes; ++j) out.data[j * out.stride + t] = 0;
  }

  void take_own(A& grad, A z, const Upstream& upstream, int t) const {
    const A slope = p.softcap == 0 ? A(1) : 1 - (z / A(p.cap())) * (z / A(p.cap())), sure = upstream.sure[t];
    grad = sure == sure ? sure * slope : grad - upstream.own[t] * slope;
  }
};

Mass mass_of(const SoftmaxProblem& p) {
  if (p.probabilities.data) return Mass::probabilities;
  if (p.ids) return !p.base ? Mass::none : p.weight ? Mass::classes : Mass::uniform;
  if (p.smoothing == 0) return Mass::none;
  return p.weight && !p.smooth_by_target ? Mass::classes : Mass::uniform;
}

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
  const auto run = [&](auto mass) {
    if (p.logits.dtype == DType::float64) Softmax<double>(p).template backward<mass.value>(b);
    else Softmax<float>(p).template backward<mass.value>(b);
  };
  if (b.entropy) run(std::integral_constant<Mass, Mass::logits>{});
  else with_mass(mass_of(p), run);
}

}  // namespace crossent::CROSSENT_ISA
