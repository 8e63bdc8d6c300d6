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

// One vector of elements, as far as it is a formula: score or probability, smoothed target and its complement, positive
// weight (read where `positive`).
template <class A, bool logits, bool positive>
struct Element {
  Vec<A> x, t, u, p;

  // The loss and, if asked for, its derivative by x, which share an exponential and a division.
  template <bool with_slope>
  Vec<A> loss(Vec<A>& slope) const {
    if constexpr (logits) {
      const Vec<A> e = exp_down<A>(-abs<A>(x)), a = e + 1, b = e + 2;
      Vec<A> s;
      if constexpr (with_slope) {
        const Vec<A> inverse = 1 / (a * b);
        slope = slope_from(e, inverse * b);
        s = e * (inverse * a);
      } else {
        s = e / b;
      }
      // NaN is neither above nor below 0, but the logarithm has it.
      const Vec<A> above = x > 0 ? x : Vec<A>{}, below = x < 0 ? -x : Vec<A>{}, log_term = log1p_from<A>(e, s);
      if constexpr (!positive) return u * above + t * below + log_term;
      return u * above + p * t * below + (1 + (p - 1) * t) * log_term;
    } else {
      if constexpr (with_slope) slope = this->slope();
      return -(t * floored(log<A>(x)) + u * floored(log1m<A>(x)));
    }
  }

  Vec<A> slope() const {
    if constexpr (logits) {
      // As in `loss`, to the last bit.
      const Vec<A> e = exp_down<A>(-abs<A>(x)), a = e + 1, b = e + 2;
      return slope_from(e, 1 / (a * b) * b);
    } else {
      const Vec<A> variance = x * (1 - x), floor = splat(A(kVarianceFloor));
      return (x - t) / (variance < floor ? floor : variance);
    }
  }

  Vec<A> target_slope() const {
    if constexpr (!logits) return floored(log1m<A>(x)) - floored(log<A>(x));
    else if constexpr (!positive) return -x;
    else return (p - 1) * (log1p_unit<A>(exp_down<A>(-abs<A>(x))) + (x < 0 ? -x : Vec<A>{})) - x;
  }

 private:
  // σ(|x|) is `large`, σ(−|x|) is e · large.
  Vec<A> slope_from(Vec<A> e, Vec<A> large) const {
    const Vec<A> small = e * large, rise = u * (x < 0 ? small : large), fall = t * (x < 0 ? large : small);
    return positive ? rise - p * fall : rise - fall;
  }
  static Vec<A> floored(Vec<A> v) { return v < A(kLogFloor) ? splat(A(kLogFloor)) : v; }
};

template <class A, bool logits, bool positive>
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
        Vec<A> slope;
        const Vec<A> value = (grad ? v.element.template loss<true>(slope) : v.element.template loss<false>(slope)) * v.w;
        const Vec<A> kept = counts ? value : Vec<A>{};
        sum += kept;
        counted -= counts;
        if (to) put(to + i, kept, part);
        if (grad) put(grad + i, v.counts ? slope * (v.w * upstream) : Vec<A>{}, part);
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
        fill(grad_input, 1, [](const auto& element) { return element.slope(); });
      if (grad_target.present())
        fill(grad_target, A(1 - problem.smoothing), [](const auto& element) { return element.target_slope(); });
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
    Element<A, logits, positive> element;
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
    return {{x, t, u, positive ? get(block.p + i, part) : one}, raw, block.w ? get(block.w + i, part) : one, counts};
  }

  static Vec<A> get(const A* from, int part) { return part == kLanes<A> ? load(from) : load_part(from, part, A(0)); }
  static void put(A* to, Vec<A> v, int part) { part == kLanes<A> ? store(to, v) : store_part(to, v, part); }

  const SigmoidProblem& problem;
  const Elements<A> input, target, weight, pos_weight;
  int64_t size = 1, tasks = 0;
};

template <class A, class F>
auto with_kind(const SigmoidProblem& p, F f) {
  // A positive weight has no meaning for probabilities.
  if (!p.logits) return f(Sigmoid<A, false, false>(p));
  return p.pos_weight.data ? f(Sigmoid<A, true, true>(p)) : f(Sigmoid<A, true, false>(p));
}

template <class F>
auto with_type_and_kind(const SigmoidProblem& p, F f) {
  return p.input.dtype == DType::float64 ? with_kind<double>(p, f) : with_kind<float>(p, f);
}

}  // namespace

Found sigmoid_forward(const SigmoidProblem& p, const SigmoidForward& out) {
  return with_type_and_kind(p, [&](const auto& sigmoid) { return sigmoid.forward(out); });
}

void sigmoid_backward(const SigmoidProblem& p, const SigmoidBackward& b) {
  with_type_and_kind(p, [&](const auto& sigmoid) { sigmoid.backward(b); });
}

}  // namespace xent::XENT_ISA
