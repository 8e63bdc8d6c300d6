// Binary cross entropy, element by element, weights broadcast as they lie.
//
// scores         loss = w · [(1−t)·max(x, 0) + p·t·max(−x, 0) + c·log1p(exp(−|x|))],  c = 1 + (p−1)·t
//                d/dx = w · [(1−t)·σ(x) − p·t·σ(−x)]
// probabilities  loss = −w · [t·max(log x, −100) + (1−t)·max(log(1−x), −100)]
//                d/dx = w · (x − t) / max(x·(1−x), 1e-12)
// with the target t smoothed to (1−ε)·t + ε/2. No form is a difference of two large numbers: a confident right answer
// keeps all digits of its tiny loss and gradient.
#include <cstdlib>

#include "elements.hpp"
#include "kernels.hpp"

namespace xent::XENT_ISA {
namespace {

// torch.nn.BCELoss: logarithms are clamped at −100, and its gradient divides by at least 1e-12.
constexpr double kLogFloor = -100, kVarianceFloor = 1e-12;

// One vector of elements, as far as it is a formula.
template <class A>
struct Element {
  Vec<A> x, t, u, p;  // score or probability; smoothed target and its complement; positive weight

  Vec<A> log_term() const { return log1p_unit<A>(exp_down<A>(-abs<A>(x))); }

  template <bool logits>
  Vec<A> loss() const {
    if constexpr (logits) {
      const Vec<A> above = x > 0 ? x : Vec<A>{}, below = x < 0 ? -x : Vec<A>{}, c = 1 + (p - 1) * t;
      // NaN is neither above nor below 0, but the logarithm has it.
      return u * above + p * t * below + c * log_term();
    } else {
      return -(t * floored(log<A>(x)) + u * floored(log1m<A>(x)));
    }
  }

  template <bool logits>
  Vec<A> slope() const {
    if constexpr (logits) {
      const Vec<A> e = exp_down<A>(-abs<A>(x)), large = 1 / (1 + e), small = e * large;
      return u * (x < 0 ? small : large) - p * t * (x < 0 ? large : small);
    } else {
      const Vec<A> variance = x * (1 - x), floor = splat(A(kVarianceFloor));
      return (x - t) / (variance < floor ? floor : variance);
    }
  }

  template <bool logits>
  Vec<A> target_slope() const {
    if constexpr (logits) return (p - 1) * (log_term() + (x < 0 ? -x : Vec<A>{})) - x;
    else return floored(log1m<A>(x)) - floored(log<A>(x));
  }

 private:
  static Vec<A> floored(Vec<A> v) { return v < A(kLogFloor) ? splat(A(kLogFloor)) : v; }
};

template <class A, bool logits>
class Sigmoid {
 public:
  explicit Sigmoid(const SigmoidProblem& problem)
      : problem(problem),
        input(problem.input, problem.dims, problem.sizes),
        target(problem.target, problem.dims, problem.sizes),
        weight(problem.weight, problem.dims, problem.sizes),
        pos_weight(problem.pos_weight, problem.dims, problem.sizes) {
    for (int d = 0; d < problem.dims; ++d) size *= problem.sizes[d];
    tasks = (size + kGrain - 1) / kGrain;
  }

  Found forward(const SigmoidForward& out) const {
    const Elements<A> loss(out.loss, problem.dims, problem.sizes);
    const Elements<A> grad_input(out.grad_input, problem.dims, problem.sizes);
    const A upstream = A(out.upstream);
    double* partial = static_cast<double*>(std::calloc(2 * tasks + 1, sizeof(double)));
    bool bad_target = false, bad_input = false;
    for_blocks([&](int64_t first, int n, Scratch& s) {
      const Block block = read(first, n, s);
      A* to = loss.present() ? loss.buffer(first, s.out) : nullptr;
      A* grad = grad_input.present() ? grad_input.buffer(first, s.g) : nullptr;
      Vec<A> sum = {};
      Ints<A> counted = {}, odd_target = {}, odd_input = {};
      for (int i = 0; i < n; i += kLanes<A>) {
        const int part = n - i < kLanes<A> ? n - i : kLanes<A>;
        const Loaded v = load_at(block, i, part);
        const Ints<A> counts = v.counts & (lane_numbers<A>() < part);
        odd_target |= counts & ~((v.raw_target >= 0) & (v.raw_target <= 1));
        if (!logits) odd_input |= counts & ~((v.element.x >= 0) & (v.element.x <= 1));
        const Vec<A> value = v.element.template loss<logits>() * v.w;
        const Vec<A> kept = counts ? value : Vec<A>{};
        sum += kept;
        counted -= counts;
        if (to) put(to + i, kept, part);
        if (grad) {
          const Vec<A> slope = v.element.template slope<logits>() * (v.w * upstream);
          put(grad + i, v.counts ? slope : Vec<A>{}, part);
        }
      }
      if (to) loss.write(first, n, to);
      if (grad) grad_input.write(first, n, grad);
      const int64_t task = first / kGrain;
      partial[2 * task] += reduce_add<A>(sum);
      for (int lane = 0; lane < kLanes<A>; ++lane) {
        partial[2 * task + 1] += double(counted[lane]);
        // Only ever set, and read after all threads are done.
        if (odd_target[lane]) __atomic_store_n(&bad_target, true, __ATOMIC_RELAXED);
        if (odd_input[lane]) __atomic_store_n(&bad_input, true, __ATOMIC_RELAXED);
      }
    });
    *out.total = *out.count = 0;
    for (int64_t task = 0; task < tasks; ++task) {
      *out.total += partial[2 * task];
      *out.count += partial[2 * task + 1];
    }
    std::free(partial);
    return Found(int(bad_target) | int(bad_input) << 1);
  }

  void backward(const SigmoidBackward& b) const {
    const Elements<A> grad(b.grad, problem.dims, problem.sizes);
    const Elements<A> grad_input(b.grad_input, problem.dims, problem.sizes);
    const Elements<A> grad_target(b.grad_target, problem.dims, problem.sizes);
    for_blocks([&](int64_t first, int n, Scratch& s) {
      const Block block = read(first, n, s);
      const A* g = grad.read(first, n, s.g);
      const auto fill = [&](const Elements<A>& to, A factor, auto slope) {
        A* out = to.buffer(first, s.out);
        for (int i = 0; i < n; i += kLanes<A>) {
          const int part = n - i < kLanes<A> ? n - i : kLanes<A>;
          const Loaded v = load_at(block, i, part);
          const Vec<A> value = slope(v.element) * (get(g + i, part) * v.w * factor);
          put(out + i, v.counts ? value : Vec<A>{}, part);
        }
        to.write(first, n, out);
      };
      if (grad_input.present())
        fill(grad_input, 1, [](const Element<A>& e) { return e.template slope<logits>(); });
      if (grad_target.present())
        fill(grad_target, A(1 - problem.smoothing), [](const Element<A>& e) { return e.template target_slope<logits>(); });
    });
  }

 private:
  struct Scratch {
    alignas(64) A x[kElements], t[kElements], w[kElements], p[kElements], g[kElements], out[kElements];
  };
  struct Block {
    const A *x, *t, *w, *p;
  };
  struct Loaded {
    Element<A> element;
    Vec<A> raw_target, w;
    Ints<A> counts;
  };

  template <class F>
  void for_blocks(F f) const {
#pragma omp parallel num_threads(threads_for(size, problem.threads))
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, 1)
      for (int64_t task = 0; task < tasks; ++task)
        for (int64_t first = task * kGrain; first < smaller(size, (task + 1) * kGrain); first += kElements)
          f(first, int(smaller(kElements, size - first)), scratch);
    }
  }

  Block read(int64_t first, int n, Scratch& s) const {
    return {input.read(first, n, s.x), target.read(first, n, s.t), weight.present() ? weight.read(first, n, s.w) : nullptr,
            pos_weight.present() ? pos_weight.read(first, n, s.p) : nullptr};
  }

  Loaded load_at(const Block& block, int i, int part) const {
    const Vec<A> one = splat(A(1)), raw = get(block.t + i, part);
    Vec<A> x = get(block.x + i, part), t = raw;
    Ints<A> counts = ~Ints<A>{};
    if (problem.ignores) {
      const A mark = A(problem.ignore_value);
      counts = mark == mark ? raw != mark : raw == raw;
      x = counts ? x : splat(A(0.5));
      t = counts ? t : Vec<A>{};
    }
    // Not 1 − t of the smoothed t, which has rounded away what a target near 1 leaves.
    Vec<A> u = 1 - t;
    if (problem.smoothing) {
      t = t * A(1 - problem.smoothing) + A(problem.smoothing / 2);
      u = u * A(1 - problem.smoothing) + A(problem.smoothing / 2);
    }
    return {{x, t, u, block.p ? get(block.p + i, part) : one}, raw, block.w ? get(block.w + i, part) : one, counts};
  }

  static Vec<A> get(const A* from, int part) { return part == kLanes<A> ? load(from) : load_part(from, part, A(0)); }
  static void put(A* to, Vec<A> v, int part) { part == kLanes<A> ? store(to, v) : store_part(to, v, part); }

  const SigmoidProblem& problem;
  const Elements<A> input, target, weight, pos_weight;
  int64_t size = 1, tasks = 0;
};

template <class F>
auto with_kind(const SigmoidProblem& p, F f) {
  if (p.input.dtype == DType::float64) return p.logits ? f(Sigmoid<double, true>(p)) : f(Sigmoid<double, false>(p));
  return p.logits ? f(Sigmoid<float, true>(p)) : f(Sigmoid<float, false>(p));
}

}  // namespace

Found sigmoid_forward(const SigmoidProblem& p, const SigmoidForward& out) {
  return with_kind(p, [&](const auto& sigmoid) { return sigmoid.forward(out); });
}

void sigmoid_backward(const SigmoidProblem& p, const SigmoidBackward& b) {
  with_kind(p, [&](const auto& sigmoid) { sigmoid.backward(b); });
}

}  // namespace xent::XENT_ISA
