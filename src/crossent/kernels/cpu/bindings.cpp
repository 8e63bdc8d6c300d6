// The kernels as Python functions of plain numbers: addresses, dtype codes, sizes and strides, options. No torch header
// is needed, so one build serves every version of torch; the checks are done in Python before.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <stdexcept>

#include "instruction_sets.hpp"

namespace nb = nanobind;
using namespace crossent;
using nb::literals::operator""_a;

namespace {

using Address = uintptr_t;
// (address, dtype, outer stride, class stride, inner stride); address 0 for what is absent.
using ValuesTuple = std::tuple<Address, int, int64_t, int64_t, int64_t>;
// (address, dtype) of labels.
using LabelsTuple = std::tuple<Address, int>;
// (outer, classes, inner)
using Shape = std::tuple<int64_t, int64_t, int64_t>;
// (address, dtype, strides)
using OperandTuple = std::tuple<Address, int, std::vector<int64_t>>;
// (ignore_index, label_smoothing, smooth_by_target, z_loss, softcap or 0, reduction, threads)
using SoftmaxOptions = std::tuple<int64_t, double, bool, double, double, int, int>;

// Listed classes of a target: (ids, how many per position, masses, base)
using ListedTuple = std::tuple<Address, int64_t, Address, Address>;
constexpr std::tuple<Address, int64_t, Address, Address> kUnlisted{};

const std::vector<InstructionSet> available = instruction_sets();
InstructionSet chosen = available.front();

template <class T>
T* pointer(Address address) {
  return reinterpret_cast<T*>(address);
}

Values values(const ValuesTuple& t) {
  return {pointer<char>(std::get<0>(t)), DType(std::get<1>(t)), std::get<2>(t), std::get<3>(t), std::get<4>(t)};
}

Operand operand(const OperandTuple& t) {
  Operand result{pointer<char>(std::get<0>(t)), DType(std::get<1>(t)), {}};
  const std::vector<int64_t>& strides = std::get<2>(t);
  for (size_t d = 0; d < strides.size(); ++d) result.strides[d] = strides[d];
  return result;
}

// Fresh memory of many megabytes is mapped page by page as it is first written. Asking for large pages makes that 512
// times rarer where the system leaves the choice to programs; elsewhere it changes nothing.
void ask_for_large_pages([[maybe_unused]] Address address, [[maybe_unused]] int64_t bytes) {
#if defined(__linux__)
  constexpr Address large = Address(1) << 21;
  const Address first = (address + large - 1) & ~(large - 1), last = (address + bytes) & ~(large - 1);
  if (first + large <= last) madvise(pointer<void>(first), last - first, MADV_HUGEPAGE);
#endif
}

SoftmaxProblem softmax_problem(const Shape& shape, const ValuesTuple& logits, const ValuesTuple& probabilities,
                               const LabelsTuple& labels, Address weight, const SoftmaxOptions& options,
                               Address factors, double temperature, const ListedTuple& listed) {
  const auto& [outer, classes, inner] = shape;
  const auto& [ids, count, masses, base] = listed;
  const auto& [ignore_index, smoothing, smooth_by_target, z_loss, softcap, reduce, threads] = options;
  return {outer,
          classes,
          inner,
          values(logits),
          values(probabilities),
          pointer<void>(std::get<0>(labels)),
          DType(std::get<1>(labels)),
          pointer<void>(weight),
          ignore_index,
          smoothing,
          smooth_by_target,
          z_loss,
          softcap,
          Reduce(reduce),
          threads,
          pointer<void>(factors),
          temperature,
          pointer<int64_t>(ids),
          count,
          pointer<void>(masses),
          pointer<void>(base)};
}

int softmax_forward(const Shape& shape, const ValuesTuple& logits, const ValuesTuple& probabilities,
                    const LabelsTuple& labels, Address weight, const SoftmaxOptions& options, Address loss,
                    Address total, Address saved, const std::tuple<Address, Address, Address, Address>& stats,
                    double upstream, const ValuesTuple& grad_logits, Address factors, double temperature,
                    const ListedTuple& listed) {
  const auto& [lse, prediction, correct, entropy] = stats;
  return int(chosen.kernels->softmax_forward(
      softmax_problem(shape, logits, probabilities, labels, weight, options, factors, temperature, listed),
      {pointer<void>(loss), pointer<double>(total), pointer<void>(saved), pointer<void>(lse),
       pointer<int64_t>(prediction), pointer<bool>(correct), pointer<void>(entropy), upstream, values(grad_logits)}));
}

void softmax_backward(const Shape& shape, const ValuesTuple& logits, const ValuesTuple& probabilities,
                      const LabelsTuple& labels, Address weight, const SoftmaxOptions& options, Address grad,
                      Address total, Address saved, const ValuesTuple& grad_logits,
                      const ValuesTuple& grad_probabilities, Address factors, double temperature, Address grad_lse,
                      Address grad_entropy, Address entropy, const ListedTuple& listed, Address grad_masses) {
  chosen.kernels->softmax_backward(
      softmax_problem(shape, logits, probabilities, labels, weight, options, factors, temperature, listed),
      {pointer<void>(grad), pointer<double>(total), pointer<void>(saved), values(grad_logits),
       values(grad_probabilities), pointer<void>(grad_lse), pointer<void>(grad_entropy), pointer<void>(entropy),
       pointer<void>(grad_masses)});
}

// (scores, ignores, ignored value, label_smoothing, threads)
using SigmoidOptions = std::tuple<bool, bool, double, double, int>;

SigmoidProblem sigmoid_problem(const std::vector<int64_t>& sizes, const OperandTuple& input, const OperandTuple& target,
                               const OperandTuple& weight, const OperandTuple& pos_weight,
                               const SigmoidOptions& options) {
  if (sizes.size() > kMaxDims) throw std::length_error("more axes than an elementwise kernel can walk");
  const auto& [logits, ignores, ignore_value, smoothing, threads] = options;
  SigmoidProblem problem{int(sizes.size()), {}, operand(input), operand(target), operand(weight), operand(pos_weight),
                         logits, ignores, ignore_value, smoothing, threads};
  for (size_t d = 0; d < sizes.size(); ++d) problem.sizes[d] = sizes[d];
  return problem;
}

int sigmoid_forward(const std::vector<int64_t>& sizes, const OperandTuple& input, const OperandTuple& target,
                    const OperandTuple& weight, const OperandTuple& pos_weight, const SigmoidOptions& options,
                    const OperandTuple& loss, Address total, Address count, double upstream,
                    const OperandTuple& grad_input) {
  return int(chosen.kernels->sigmoid_forward(sigmoid_problem(sizes, input, target, weight, pos_weight, options),
                                             {operand(loss), pointer<double>(total), pointer<double>(count), upstream,
                                              operand(grad_input)}));
}

void sigmoid_backward(const std::vector<int64_t>& sizes, const OperandTuple& input, const OperandTuple& target,
                      const OperandTuple& weight, const OperandTuple& pos_weight, const SigmoidOptions& options,
                      const OperandTuple& grad, const OperandTuple& grad_input, const OperandTuple& grad_target) {
  chosen.kernels->sigmoid_backward(sigmoid_problem(sizes, input, target, weight, pos_weight, options),
                                   {operand(grad), operand(grad_input), operand(grad_target)});
}

NllProblem nll_problem(const Shape& shape, const ValuesTuple& log_p, const LabelsTuple& labels, Address weight,
                       int64_t ignore_index, int reduce, int threads) {
  const auto& [outer, classes, inner] = shape;
  return {outer,
          classes,
          inner,
          values(log_p),
          pointer<void>(std::get<0>(labels)),
          DType(std::get<1>(labels)),
          pointer<void>(weight),
          ignore_index,
          Reduce(reduce),
          threads};
}

int nll_forward(const Shape& shape, const ValuesTuple& log_p, const LabelsTuple& labels, Address weight,
                int64_t ignore_index, int reduce, int threads, Address loss, Address total) {
  return int(chosen.kernels->nll_forward(nll_problem(shape, log_p, labels, weight, ignore_index, reduce, threads),
                                         pointer<void>(loss), pointer<double>(total)));
}

void nll_backward(const Shape& shape, const ValuesTuple& grad_log_p, const LabelsTuple& labels, Address weight,
                  int64_t ignore_index, int reduce, int threads, Address grad, Address total) {
  chosen.kernels->nll_backward(nll_problem(shape, grad_log_p, labels, weight, ignore_index, reduce, threads),
                               pointer<void>(grad), pointer<double>(total));
}

DistillationProblem distillation_problem(const Shape& shape, const ValuesTuple& student, const ValuesTuple& teacher,
                                         Address factors, double temperature, int reduce, int threads) {
  const auto& [outer, classes, inner] = shape;
  return {outer, classes, inner, values(student), values(teacher), pointer<void>(factors), temperature, Reduce(reduce), threads};
}

void distillation_forward(const Shape& shape, const ValuesTuple& student, const ValuesTuple& teacher, Address factors,
                          double temperature, int reduce, int threads, Address loss, Address total, Address saved,
                          double upstream, const ValuesTuple& grad_student) {
  chosen.kernels->distillation_forward(
      distillation_problem(shape, student, teacher, factors, temperature, reduce, threads),
      {pointer<void>(loss), pointer<double>(total), pointer<void>(saved), upstream, values(grad_student)});
}

void distillation_backward(const Shape& shape, const ValuesTuple& student, const ValuesTuple& teacher, Address factors,
                           double temperature, int reduce, int threads, Address grad, Address total, Address saved,
                           const ValuesTuple& grad_student) {
  chosen.kernels->distillation_backward(
      distillation_problem(shape, student, teacher, factors, temperature, reduce, threads),
      {pointer<void>(grad), pointer<double>(total), pointer<void>(saved), values(grad_student)});
}

void log_softmax_forward(const Shape& shape, const ValuesTuple& input, const ValuesTuple& output, int threads) {
  const auto& [outer, classes, inner] = shape;
  chosen.kernels->log_softmax_forward({outer, classes, inner, values(input), values(output), {}, threads});
}

void log_softmax_backward(const Shape& shape, const ValuesTuple& output, const ValuesTuple& grad,
                          const ValuesTuple& grad_input, int threads) {
  const auto& [outer, classes, inner] = shape;
  chosen.kernels->log_softmax_backward(
      {outer, classes, inner, values(grad_input), values(output), values(grad), threads});
}

// Whether one of n adjacent labels is `value`.
bool holds(Address labels, int64_t n, int64_t value) {
  const int64_t* label = pointer<int64_t>(labels);
  bool found = false;
  for (int64_t i = 0; i < n; ++i) found |= label[i] == value;
  return found;
}

template <class T>
bool all_within(const T* x, int64_t n, double low, double high) {
  const T least = T(low), most = T(high);
  int inside = 1;
  for (int64_t i = 0; i < n; ++i) inside &= int(x[i] >= least) & int(x[i] <= most);
  return inside;
}

// Whether n adjacent numbers, of float32 or float64, all are in [low, high]; NaN is not.
bool within(Address x, int dtype, int64_t n, double low, double high) {
  return DType(dtype) == DType::float64 ? all_within(pointer<double>(x), n, low, high)
                                        : all_within(pointer<float>(x), n, low, high);
}

void use(const std::string& name) {
  for (const InstructionSet& set : available)
    if (set.name == name) {
      chosen = set;
      return;
    }
  throw nb::value_error(("this processor or build has no kernels for " + name).c_str());
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const InstructionSet& set : available) result.push_back(set.name);
  return result;
}

void evaluate(const std::string& function, int dtype, Address x, Address y, int64_t n) {
  if (!chosen.kernels->evaluate(function.c_str(), DType(dtype), pointer<void>(x), pointer<void>(y), n))
    throw nb::value_error(("there is no function " + function).c_str());
}

}  // namespace

NB_MODULE(_kernels, m) {
  const auto unlocked = nb::call_guard<nb::gil_scoped_release>();
  m.def("softmax_forward", softmax_forward, unlocked, "shape"_a, "logits"_a, "probabilities"_a, "labels"_a, "weight"_a,
        "options"_a, "loss"_a, "total"_a, "saved"_a, "stats"_a, "upstream"_a, "grad_logits"_a, "factors"_a = 0,
        "temperature"_a = 1.0, "listed"_a = kUnlisted);
  m.def("softmax_backward", softmax_backward, unlocked, "shape"_a, "logits"_a, "probabilities"_a, "labels"_a, "weight"_a,
        "options"_a, "grad"_a, "total"_a, "saved"_a, "grad_logits"_a, "grad_probabilities"_a, "factors"_a = 0,
        "temperature"_a = 1.0, "grad_lse"_a = 0, "grad_entropy"_a = 0, "entropy"_a = 0, "listed"_a = kUnlisted,
        "grad_masses"_a = 0);
  m.def("distillation_forward", distillation_forward, unlocked);
  m.def("distillation_backward", distillation_backward, unlocked);
  m.def("sigmoid_forward", sigmoid_forward, unlocked);
  m.def("sigmoid_backward", sigmoid_backward, unlocked);
  m.def("nll_forward", nll_forward, unlocked);
  m.def("nll_backward", nll_backward, unlocked);
  m.def("log_softmax_forward", log_softmax_forward, unlocked);
  m.def("log_softmax_backward", log_softmax_backward, unlocked);
  m.def("ask_for_large_pages", ask_for_large_pages);
  m.def("holds", holds, "Whether one of n adjacent int64 labels is a value.");
  m.def("within", within, "Whether n adjacent numbers, of float32 or float64, all are in [low, high]; NaN is not.");
  m.def("instruction_sets", names, "What this processor and build can run, best first.");
  m.def("instruction_set", [] { return chosen.name; }, "What runs now.");
  m.def("use", use, "Run the kernels of this instruction set from now on.");
  m.def("evaluate", evaluate);
}
