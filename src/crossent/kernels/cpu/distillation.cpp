// The divergence of a student's softmax q from a teacher's p, both of logits over a temperature T: one pass over both.
//
// Forward   loss_i = s_i · Σ_c p_ic · (log p_ic − log q_ic)
// Backward  grad_ic = g_i · s_i · (q_ic − p_ic) / T, to the student
//
// With u = z / T, its maximum m and sum S = Σ_c exp(u_c − m), of both, the sum over c is
//   Σ_c exp(u_c − m) · [(u_c − m) − (v_c − n)] / S + log(R) − log(S)
// with v, n and R of the student: where they agree, it is a sum of zeros.
#include <cstdlib>

#include "kernels.hpp"
#include "softmax_rows.hpp"

namespace crossent::CROSSENT_ISA {
namespace {

template <class A>
class Distillation {
 public:
  explicit Distillation(const DistillationProblem& problem)
      : p(problem),
        cut(problem.outer, problem.classes, problem.inner, 1),
        student(problem.student, 0, problem.temperature),
        teacher(problem.teacher, 0, problem.temperature),
        factors(static_cast<const A*>(problem.factors)) {}

  void forward(const DistillationForward& out) const {
    const Tensor<A> grad(out.grad_student);
    double* partial = static_cast<double*>(std::calloc(2 * cut.tiles + 1, sizeof(double)));
    A upstream = A(out.upstream);
    // A mean's gradient needs the number of all that count before its first row.
    if (grad.present() && p.reduce == Reduce::mean) upstream = A(out.upstream / count(partial));
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads))
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i) {
        double loss = 0, counted = 0;
        for_positions(cut.span(i), [&](int64_t o, int64_t in, int t) {
          const int64_t position = cut.span(i).first + t;
          const bool there = counts(o, in, position);
          Pair both;
          if (there) both = scan(o, in, scratch);
          const A each = there ? both.divergence() * factor(position) : A(0);
          if (p.reduce == Reduce::none) static_cast<A*>(out.loss)[position] = each;
          if (out.saved) save(static_cast<A*>(out.saved) + position, both);
          if (grad.present()) write(o, in, both, there ? upstream * factor(position) : A(0), there, grad, true, scratch);
          loss += each, counted += there;
        });
        partial[2 * i] = loss, partial[2 * i + 1] = counted;
      }
    }
    double loss = 0, total = 0;
    for (int64_t i = 0; i < cut.tiles; ++i) loss += partial[2 * i], total += partial[2 * i + 1];
    std::free(partial);
    *out.total = total;
    if (p.reduce != Reduce::none) *static_cast<A*>(out.loss) = A(p.reduce == Reduce::sum ? loss : loss / total);
  }

  void backward(const DistillationBackward& b) const {
    const A* grad = static_cast<const A*>(b.grad);
    const A shared = p.reduce == Reduce::none ? A(0) : p.reduce == Reduce::sum ? grad[0] : A(grad[0] / *b.total);
    const Tensor<A> into(b.grad_student);
#pragma omp parallel num_threads(threads_for(cut.positions * p.classes, p.threads))
    {
      Scratch scratch;
#pragma omp for schedule(dynamic, cut.tiles_per_task)
      for (int64_t i = 0; i < cut.tiles; ++i)
        for_positions(cut.span(i), [&](int64_t o, int64_t in, int t) {
          const int64_t position = cut.span(i).first + t;
          const bool there = counts(o, in, position);
          const A g = there ? (p.reduce == Reduce::none ? grad[position] : shared) * factor(position) : A(0);
          write(o, in, restored(static_cast<const A*>(b.saved) + position), g, there, into, false, scratch);
        });
    }
  }

 private:
  struct Scratch {
    alignas(64) A z[kRowBlock<A>], u[kRowBlock<A>], out[kRowBlock<A>];
    alignas(64) A student[kKept + kLanes<A>], teacher[kKept + kLanes<A>];
    A origins[2 * kKept / kRowBlock<A> + 2];  // what the exponentials of each block are measured from
  };
  struct Pair {
    State<A> student, teacher;
    A distance = 0;  // Σ_c exp(u_c − m) · [(u_c − m) − (v_c − n)]

    A divergence() const {
      const A sum = teacher.sum()[0];
      const A found = distance / sum + (student.log_sum()[0] - teacher.log_sum()[0]);
      return found < 0 ? A(0) : found;
    }
    void merge(const Pair& other) {
      Pair whole = *this;
      whole.student.merge(other.student);
      whole.teacher.merge(other.teacher);
      whole.distance = carried(whole) + other.carried(whole);
      *this = whole;
    }
    A carried(const Pair& whole) const {
      const A rise = (whole.teacher.origin() - teacher.max)[0];
      const A fade = exp_down<A>(splat(-rise))[0];
      if (fade == 0) return 0;
      const A moved = (whole.student.origin() - student.origin())[0] - (whole.teacher.origin() - teacher.origin())[0];
      return fade * (distance + teacher.sum()[0] * moved);
    }
  };
  static constexpr Smoothed<A> unsmoothed{1, 0, false};

  A factor(int64_t position) const { return factors ? factors[position] : A(1); }

  // A teacher of nothing but NaN, or a factor of 0, marks what does not count.
  bool counts(int64_t o, int64_t i, int64_t position) const {
    if (factors && factors[position] == 0) return false;
    for (int64_t c = 0; c < p.classes; ++c) {
      const A u = teacher.read1(o, c, i);
      if (u == u) return true;
    }
    return false;
  }
  double count(double* partial) const {
#pragma omp parallel for num_threads(threads_for(cut.positions, p.threads)) schedule(static)
    for (int64_t i = 0; i < cut.tiles; ++i) {
      partial[2 * i + 1] = 0;
      for_positions(cut.span(i), [&](int64_t o, int64_t in, int t) { partial[2 * i + 1] += counts(o, in, cut.span(i).first + t); });
    }
    double total = 0;
    for (int64_t i = 0; i < cut.tiles; ++i) total += partial[2 * i + 1];
    return total;
  }

  bool keeps() const { return p.classes <= kKept; }

  Pair scan(int64_t o, int64_t i, Scratch& s) const {
    Pair both;
    for (int64_t c = 0, b = 0; c < p.classes; c += kRowBlock<A>, ++b) {
      const int n = int(smaller(kRowBlock<A>, p.classes - c));
      A *const of_student = s.student + (keeps() ? c : 0), *const of_teacher = s.teacher + (keeps() ? c : 0);
      const RowBlock<A> v{student.read_row(o, i, c, n, s.z), nullptr, nullptr, n};
      const RowBlock<A> u{teacher.read_row(o, i, c, n, s.u), nullptr, nullptr, n};
      Pair here{scan_row_block<A, Mass::none, false>(v, unsmoothed, of_student),
                scan_row_block<A, Mass::none, false>(u, unsmoothed, of_teacher)};
      if (keeps()) s.origins[2 * b] = here.student.origin()[0], s.origins[2 * b + 1] = here.teacher.origin()[0];
      here.distance = distance_of(u.z, v.z, of_teacher, here, n);
      if (c) both.merge(here);
      else both = here;
    }
    return both;
  }

  static A distance_of(const A* u, const A* v, const A* e, const Pair& here, int n) {
    const Vec<A> top = here.teacher.origin(), other = here.student.origin();
    // 0 · ∞ counts as 0: what the teacher rules out costs nothing.
    const auto term = [&](Vec<A> u, Vec<A> v, Vec<A> e) { return e == 0 ? Vec<A>{} : e * ((u - top) - (v - other)); };
    Vec<A> sums[2] = {};
    int c = 0;
    for (; c + kLanes<A> <= n; c += kLanes<A>)
      sums[c / kLanes<A> & 1] += term(load(u + c), load(v + c), load(e + c));
    // Behind the last class the exponentials are 0.
    if (c < n) sums[0] += term(load_part(u + c, n - c, A(0)), load_part(v + c, n - c, A(0)), load(e + c));
    return reduce_add<A>(sums[0] + sums[1]);
  }

  void save(A* saved, const Pair& both) const {
    saved[0] = both.student.max[0];
    saved[cut.positions] = both.student.rest[0];
    saved[2 * cut.positions] = both.teacher.max[0];
    saved[3 * cut.positions] = both.teacher.rest[0];
  }
  Pair restored(const A* saved) const {
    Pair both;
    both.student.max = splat(saved[0]), both.student.rest = splat(saved[cut.positions]);
    both.teacher.max = splat(saved[2 * cut.positions]), both.teacher.rest = splat(saved[3 * cut.positions]);
    return both;
  }

  // The gradient of one position, for the gradient g of its divergence; with `kept` from the exponentials of its scan. It may
  // be written over the student's logits.
  void write(int64_t o, int64_t i, const Pair& both, A g, bool there, const Tensor<A>& grad, bool kept, Scratch& s) const {
    const Vec<A> up = splat(g / A(p.temperature)), raise = up / both.student.sum(), lower = up / both.teacher.sum();
    const Vec<A> n_max = both.student.origin(), t_max = both.teacher.origin();
    kept = kept && keeps();
    for (int64_t c = 0, b = 0; c < p.classes; c += kRowBlock<A>, ++b) {
      const int n = int(smaller(kRowBlock<A>, p.classes - c)), whole = n & ~(kLanes<A> - 1);
      A* out = grad.row_buffer(o, i, c, s.out);
      if (!there) {
        std::memset(out, 0, n * sizeof(A));
      } else if (kept) {
        const Vec<A> q = raise * exp_down<A>(splat(s.origins[2 * b]) - n_max);
        const Vec<A> t = lower * exp_down<A>(splat(s.origins[2 * b + 1]) - t_max);
        const auto slope = [&](int k) { return load(s.student + c + k) * q - load(s.teacher + c + k) * t; };
        for (int k = 0; k < whole; k += kLanes<A>) store(out + k, slope(k));
        if (whole < n) store_part(out + whole, slope(whole), n - whole);
      } else {
        const A *v = student.read_row(o, i, c, n, s.z), *u = teacher.read_row(o, i, c, n, s.u);
        const auto slope = [&](Vec<A> v, Vec<A> u) { return exp_down<A>(v - n_max) * raise - exp_down<A>(u - t_max) * lower; };
        for (int k = 0; k < whole; k += kLanes<A>) store(out + k, slope(load(v + k), load(u + k)));
        if (whole < n) store_part(out + whole, slope(load_part(v + whole, n - whole, A(0)), load_part(u + whole, n - whole, A(0))), n - whole);
      }
      grad.write_row(o, i, c, n, out);
    }
  }

  const DistillationProblem& p;
  const Cut cut;
  const Tensor<A> student, teacher;
  const A* factors;
};

}  // namespace

void distillation_forward(const DistillationProblem& p, const DistillationForward& out) {
  if (p.student.dtype == DType::float64) Distillation<double>(p).forward(out);
  else Distillation<float>(p).forward(out);
}

void distillation_backward(const DistillationProblem& p, const DistillationBackward& b) {
  if (p.student.dtype == DType::float64) Distillation<double>(p).backward(b);
  else Distillation<float>(p).backward(b);
}

}  // namespace crossent::CROSSENT_ISA
