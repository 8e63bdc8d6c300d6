// Logarithm of the softmax: y_c = z_c − lse, formed as (z_c − max) − log Σ_k exp(z_k − max).
// Backward: grad_c = g_c − exp(y_c) · Σ_k g_k.
#include "kernels.hpp"
#include "softmax_planes.hpp"
#include "softmax_rows.hpp"

namespace crossent::CROSSENT_ISA {
namespace {

template <class A>
class LogSoftmax {
 public:
  explicit LogSoftmax(const LogSoftmaxProblem& problem)
      : p(problem),
        cut(p.outer, p.classes, p.inner, p.input.data ? p.input.cls : p.output.cls),
        input(p.input),
        output(p.output),
        grad(p.grad) {}

  void forward() const {
    for_tiles([&](Tile<A>& tile, Scratch& s) { cut.rows ? forward_rows(tile, s) : forward_planes(tile, s); });
  }
  void backward() const {
    for_tiles([&](Tile<A>& tile, Scratch& s) { cut.rows ? backward_rows(tile, s) : backward_planes(tile, s); });
  }

 private:
  struct Scratch {
    alignas(64) A z[kPlaneBlock * kPlaneStride], g[kPlaneBlock * kPlaneStride], out[kPlaneBlock * kPlaneStride];
  };
  // The sums of a forward pass weigh nothing.
  static constexpr Smoothed<A> unsmoothed{1, 0, false};

  template <class F>
  void for_tiles(F f) const {
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads))
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i) {
        Tile<A> tile(cut.span(i));
        f(tile, scratch);
      }
    }
  }

  template <class F>
  void for_row_blocks(const Tile<A>& tile, int t, F f) const {
    const int64_t position = tile.span.first + t;
    for (int64_t c = 0; c < p.classes; c += kRowBlock<A>)
      f(position / p.inner, position % p.inner, c, int(smaller(kRowBlock<A>, p.classes - c)));
  }
  template <class F>
  void for_plane_blocks(F f) const {
    for (int64_t c = 0; c < p.classes; c += kPlaneBlock) f(c, int(smaller(kPlaneBlock, p.classes - c)));
  }

  void forward_rows(Tile<A>& tile, Scratch& s) const {
    for (int t = 0; t < tile.span.n; ++t) {
      State<A> state;
      for_row_blocks(tile, t, [&](int64_t o, int64_t i, int64_t c, int n) {
        const RowBlock<A> row{input.read_row(o, i, c, n, s.z), nullptr, nullptr, n};
        const State<A> block = scan_row_block<A, Mass::none, false>(row, unsmoothed, s.out);
        if (c == 0) state = block;
        else state.merge(block);
      });
      const Vec<A> log_sum = state.log_sum();
      for_row_blocks(tile, t, [&](int64_t o, int64_t i, int64_t c, int n) {
        const A* z = input.read_row(o, i, c, n, s.z);
        A* out = output.row_buffer(o, i, c, s.out);
        each(n, [&](int k, int part) { put(out + k, (get(z + k, part) - state.max) - log_sum, part); });
        output.write_row(o, i, c, n, out);
      });
    }
  }

  void forward_planes(Tile<A>& tile, Scratch& s) const {
    for_plane_blocks([&](int64_t c, int n) {
      const PlaneBlock<A> planes{input.read_planes(tile.span, c, n, s.z), {}, nullptr, n};
      scan_plane_block<A, Mass::none, false>(planes, unsmoothed, c == 0, tile);
    });
    A log_sum[kTile];
    for (int t = 0; t < tile.span.n; t += kLanes<A>) store(log_sum + t, tile.get(t).log_sum());
    for_plane_blocks([&](int64_t c, int n) {
      const Block<const A> z = input.read_planes(tile.span, c, n, s.z);
      const Block<A> out = output.plane_buffer(tile.span, c, s.out);
      for (int k = 0; k < n; ++k)
        for (int t = 0; t < tile.span.n; t += kLanes<A>)
          store(out.data + k * out.stride + t,
                (load(z.data + k * z.stride + t) - load(tile.max + t)) - load(log_sum + t));
      output.write_planes(tile.span, c, n, out.data);
    });
  }

  void backward_rows(Tile<A>& tile, Scratch& s) const {
    for (int t = 0; t < tile.span.n; ++t) {
      // Block by block: one long float32 sum would lose digits of its own.
      double total = 0;
      for_row_blocks(tile, t, [&](int64_t o, int64_t i, int64_t c, int n) {
        const A* g = grad.read_row(o, i, c, n, s.g);
        Vec<A> sums = {};
        each(n, [&](int k, int part) { sums += get(g + k, part); });
        total += double(reduce_add<A>(sums));
      });
      const A sum = A(total);
      for_row_blocks(tile, t, [&](int64_t o, int64_t i, int64_t c, int n) {
        const A *y = output.read_row(o, i, c, n, s.z), *g = grad.read_row(o, i, c, n, s.g);
        A* out = input.row_buffer(o, i, c, s.out);
        each(n, [&](int k, int part) { put(out + k, get(g + k, part) - exp<A>(get(y + k, part)) * sum, part); });
        input.write_row(o, i, c, n, out);
      });
    }
  }

  void backward_planes(Tile<A>& tile, Scratch& s) const {
    A sum[kTile] = {};
    for_plane_blocks([&](int64_t c, int n) {
      const Block<const A> g = grad.read_planes(tile.span, c, n, s.g);
      for (int t = 0; t < tile.span.n; t += kLanes<A>) {
        Vec<A> block = {};
        for (int k = 0; k < n; ++k) block += load(g.data + k * g.stride + t);
        store(sum + t, load(sum + t) + block);
      }
    });
    for_plane_blocks([&](int64_t c, int n) {
      const Block<const A> y = output.read_planes(tile.span, c, n, s.z), g = grad.read_planes(tile.span, c, n, s.g);
      const Block<A> out = input.plane_buffer(tile.span, c, s.out);
      for (int k = 0; k < n; ++k)
        for (int t = 0; t < tile.span.n; t += kLanes<A>)
          store(out.data + k * out.stride + t,
                load(g.data + k * g.stride + t) - exp<A>(load(y.data + k * y.stride + t)) * load(sum + t));
      input.write_planes(tile.span, c, n, out.data);
    });
  }

  template <class F>
  static void each(int n, F f) {
    int k = 0;
    for (; k + kLanes<A> <= n; k += kLanes<A>) f(k, kLanes<A>);
    if (k < n) f(k, n - k);
  }
  static Vec<A> get(const A* from, int part) { return part == kLanes<A> ? load(from) : load_part(from, part, A(0)); }
  static void put(A* to, Vec<A> v, int part) { part == kLanes<A> ? store(to, v) : store_part(to, v, part); }

  const LogSoftmaxProblem& p;
  const Cut cut;
  const Tensor<A> input, output, grad;  // backward: input is the gradient to write
};

}  // namespace

void log_softmax_forward(const LogSoftmaxProblem& p) {
  if (p.input.dtype == DType::float64) LogSoftmax<double>(p).forward();
  else LogSoftmax<float>(p).forward();
}

void log_softmax_backward(const LogSoftmaxProblem& p) {
  if (p.input.dtype == DType::float64) LogSoftmax<double>(p).backward();
  else LogSoftmax<float>(p).backward();
}

}  // namespace crossent::CROSSENT_ISA
