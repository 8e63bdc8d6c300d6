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

namespace crossent::CROSSENT_ISA {
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
      const Vec<A> log_term = log1p_from<A>(e, s), wrong = this->wrong();
      // 0 · ∞ is 0: an infinite score that is right costs nothing.
      return (wrong == 0 ? Vec<A>{} : wrong * abs<A>(x)) + (positive ? (ones() + u) * log_term : log_term);
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
    else return (p - 1) * log1p_unit<A>(exp_down<A>(-abs<A>(x))) - (x < 0 ? p * x : x);
  }

 private:
  // The mass on the side that the score's sign speaks against, and on the one it speaks for: |x| · wrong + log1p(e^−|x|)
  // is the loss, and with the sign of x, (wrong − right · e^−|x|) · σ(|x|) its derivative.
  Vec<A> wrong() const { return negative() ? ones() : u; }
  Vec<A> right() const { return negative() ? u : ones(); }
  Vec<A> ones() const { return positive ? p * t : t; }
  Ints<A> sign() const { return bit_cast<Ints<A>>(x) & bit_cast<Ints<A>>(splat(A(-0.0))); }
  Ints<A> negative() const { return sign() != 0; }

  Vec<A> slope_from(Vec<A> e, Vec<A> sigmoid) const {
    return bit_cast<Vec<A>>(bit_cast<Ints<A>>((wrong() - right() * e) * sigmoid) ^ sign());
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
    double* partial = static_cast<double*>(std::calloc(2 * tasks + 1, sizeof(double)));
    bool bad_target = false, bad_input = false;
    for_blocks([&](int64_t first, int n, Scratch& s) {
      const Block block = read(first, n, s);
      const Written to{loss.present() ? loss.buffer(first, s.out) : nullptr,
                       grad_input.present() ? grad_input.buffer(first, s.g) : nullptr, A(out.upstream)};
      const int whole = n & ~(kLanes<A> - 1);
      Seen seen;
      if (problem.ignores || problem.smoothing || block.w) add_all<false>(block, whole, to, seen);
      else add_all<true>(block, whole, to, seen);
      if (whole < n) to.grad ? add<false, true>(block, whole, n - whole, to, seen)
                             : add<false, false>(block, whole, n - whole, to, seen);
      if (to.loss) loss.write(first, n, to.loss);
      if (to.grad) grad_input.write(first, n, to.grad);
      const int64_t task = first / kGrain;
      partial[2 * task] += reduce_add<A>(seen.sum);
      for (int lane = 0; lane < kLanes<A>; ++lane) {
        partial[2 * task + 1] += double(seen.counted[lane]);
        // Only ever set, and read after all threads are done.
        if (seen.odd_target[lane]) __atomic_store_n(&bad_target, true, __ATOMIC_RELAXED);
        if (seen.odd_input[lane]) __atomic_store_n(&bad_input, true, __ATOMIC_RELAXED);
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
          const Loaded v = load_at<false>(block, i, part);
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
  // Where a block's results go; null where they are not asked for.
  struct Written {
    A *loss, *grad;
    A upstream;
  };
  // What a forward pass gathers, lane by lane.
  struct Seen {
    Vec<A> sum = {};
    Ints<A> counted = {}, odd_target = {}, odd_input = {};
  };

  // Up to a vector of elements. Without ignored targets, smoothing and weights (`plain`) a third of the work is saved.
  template <bool plain>
  void add_all(const Block& block, int n, const Written& to, Seen& seen) const {
    if (to.grad)
      for (int i = 0; i < n; i += kLanes<A>) add<plain, true>(block, i, kLanes<A>, to, seen);
    else
      for (int i = 0; i < n; i += kLanes<A>) add<plain, false>(block, i, kLanes<A>, to, seen);
    if (plain) seen.counted += Int<A>(n / kLanes<A>);
  }
  template <bool plain, bool with_slope>
  void add(const Block& block, int i, int part, const Written& to, Seen& seen) const {
    const Loaded v = load_at<plain>(block, i, part);
    const Ints<A> counts = plain ? v.counts : v.counts & (lane_numbers<A>() < part);
    seen.odd_target |= counts & outside_unit(v.raw_target);
    if (!logits) seen.odd_input |= counts & outside_unit(v.element.x);
    if (!plain) seen.counted -= counts;
    Vec<A> slope = {};
    const Vec<A> value = v.element.template loss<with_slope>(slope);
    const Vec<A> kept = plain ? value : counts ? value * v.w : Vec<A>{};
    seen.sum += kept;
    if (to.loss) put(to.loss + i, kept, part);
    if (with_slope) put(to.grad + i, plain ? slope * to.upstream : v.counts ? slope * (v.w * to.upstream) : Vec<A>{}, part);
  }

  // All bits where x is not in [0, 1]: as unsigned integers, the bits of every other number are above those of 1, but
  // for −0, to which 0 is added.
  static Ints<A> outside_unit(Vec<A> x) {
    typedef std::make_unsigned_t<Int<A>> Bits __attribute__((vector_size(CROSSENT_VECTOR_BYTES)));
    return Ints<A>(bit_cast<Bits>(x + 0) > bit_cast<Bits>(splat(A(1))));
  }

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

  template <bool plain>
  Loaded load_at(const Block& block, int i, int part) const {
    const Vec<A> one = splat(A(1)), raw = get(block.t + i, part);
    Vec<A> x = get(block.x + i, part), t = raw;
    Ints<A> counts = ~Ints<A>{};
    if (!plain && problem.ignores) {
      const A mark = A(problem.ignore_value);
      counts = mark == mark ? raw != mark : raw == raw;
      x = counts ? x : splat(A(0.5));
      t = counts ? t : Vec<A>{};
    }
    // Not 1 − t of the smoothed t, which has rounded away what a target near 1 leaves.
    Vec<A> u = 1 - t;
    if (!plain && problem.smoothing) {
      t = t * A(1 - problem.smoothing) + A(problem.smoothing / 2);
      u = u * A(1 - problem.smoothing) + A(problem.smoothing / 2);
    }
    return {{x, t, u, positive ? get(block.p + i, part) : one}, raw, !plain && block.w ? get(block.w + i, part) : one, counts};
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

}  // namespace crossent::CROSSENT_ISA
