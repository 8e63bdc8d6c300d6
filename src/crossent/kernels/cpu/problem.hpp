// The plain interface between the bindings and the kernels: raw pointers, sizes, and strides in elements.
//
// Legend: P positions of C classes each; a position is an (outer, inner) pair, number outer · I + inner. "Accumulate
// type" is double for float64 logits and float for all others.
#pragma once

#include <cstdint>

namespace crossent {

enum class DType : int32_t { float32, float64, bfloat16, float16, uint8, int8, int16, int32, int64 };

// Values of one tensor of shape (outer, C, inner).
struct Values {
  char* data = nullptr;
  DType dtype = DType::float32;
  int64_t outer = 0, cls = 0, inner = 0;  // strides
};

enum class Reduce : int32_t { none, sum, mean };

// What a softmax kernel reads, forward and backward.
struct SoftmaxProblem {
  int64_t outer, classes, inner;
  Values logits;
  Values probabilities;        // data is null for index targets
  const void* labels;          // (P,) of label_type, for index targets
  DType label_type;
  const void* weight;          // (C,) of the accumulate type, or null
  int64_t ignore_index;
  double smoothing;
  bool smooth_by_target;       // smoothing_weight="target"
  double z_loss, softcap;      // 0 is off
  Reduce reduce;
  int threads;
  const void* factors;         // (P,) of the accumulate type: what each loss is multiplied by; or null
  double temperature;          // of the logits, after the soft cap
  // Targets with the mass of `listed` classes per position, and one for each of the others. Positions that are void have
  // nothing but NaN for masses. With `base` the ids of a position are in order.
  const int64_t* ids;          // (P, listed), or null; negative ones are not there
  int64_t listed;
  const void* masses;          // (P, listed) of the accumulate type
  const void* base;            // (P,): what every other class has, before its weight; or null

  // What the soft cap lets the logits reach.
  double cap() const { return softcap / temperature; }
};

// What a forward pass fills. Every pointer but total may be null.
struct SoftmaxForward {
  void* loss;        // (P,) of the accumulate type; () for a sum or mean
  double* total;     // (): the weight of all positions that count
  void* saved;       // (2, P): max and Σ exp(z − max) − 1; (3, P) with the target's mass for probabilities
  void* lse;         // (P,), and all that follow
  int64_t* prediction;
  bool* correct;
  void* entropy;
  // The gradient of a sum or mean for this upstream gradient, written while the logits are in cache; data may be null.
  double upstream;
  Values grad_logits;
};

// What a backward pass reads beside the problem, and fills.
struct SoftmaxBackward {
  const void* grad;    // (P,) of the accumulate type; () for a sum or mean
  const double* total; // as filled by forward; read for a mean
  const void* saved;   // as filled by forward
  Values grad_logits, grad_probabilities;  // data may be null
  // Of log-probabilities: the gradients of lse and entropy, and the entropy; (P,) each, or null.
  const void *grad_lse, *grad_entropy, *entropy;
  void* grad_masses;   // (P, listed) of the accumulate type, or null
};

// The divergence of a student from its teacher, for the softmax of the logits of both.
struct DistillationProblem {
  int64_t outer, classes, inner;
  Values student, teacher;
  const void* factors;  // (P,) of the accumulate type, or null
  double temperature;
  Reduce reduce;
  int threads;
};

struct DistillationForward {
  void* loss;     // (P,) of the accumulate type; () for a sum or mean
  double* total;  // (): the number of positions that count
  void* saved;    // (4, P): max and Σ exp(z − max) − 1 of the student, and of the teacher; may be null
  double upstream;
  Values grad_student;  // data may be null
};

struct DistillationBackward {
  const void* grad;  // (P,) of the accumulate type; () for a sum or mean
  const double* total;
  const void* saved;
  Values grad_student;
};

constexpr int kMaxDims = 64;  // what torch allows

// One operand of an elementwise kernel: its strides in the order of the problem's sizes, 0 where it is broadcast.
struct Operand {
  char* data = nullptr;
  DType dtype = DType::float32;
  int64_t strides[kMaxDims] = {};
};

struct SigmoidProblem {
  int dims;
  int64_t sizes[kMaxDims];
  Operand input, target, weight, pos_weight;  // the last two may be absent
  bool logits;                                // scores, not probabilities
  bool ignores;
  double ignore_value;                        // NaN marks NaN targets
  double smoothing;
  int threads;
};

struct SigmoidForward {
  Operand loss;   // may be absent
  double* total;  // (): the sum of the losses
  double* count;  // (): how many elements count
  // The gradient of the sum for this upstream gradient, written in the same pass; may be absent.
  double upstream;
  Operand grad_input;
};

struct SigmoidBackward {
  Operand grad;  // of the accumulate type
  Operand grad_input, grad_target;
};

struct NllProblem {
  int64_t outer, classes, inner;
  Values log_p;        // read forward; the gradient that is written backward
  const void* labels;
  DType label_type;
  const void* weight;
  int64_t ignore_index;
  Reduce reduce;
  int threads;
};

struct LogSoftmaxProblem {
  int64_t outer, classes, inner;
  Values input, output;          // backward: the output of forward, and the gradient to write
  Values grad;                   // backward: the gradient of the output
  int threads;
};

// What a forward pass found in the values it read: targets out of range, probabilities out of range.
// Bits; any may be set.
enum class Found : int32_t { fine = 0, bad_target = 1, bad_input = 2 };

// The kernels of one instruction set.
struct Kernels {
  Found (*softmax_forward)(const SoftmaxProblem&, const SoftmaxForward&);
  void (*softmax_backward)(const SoftmaxProblem&, const SoftmaxBackward&);
  Found (*sigmoid_forward)(const SigmoidProblem&, const SigmoidForward&);
  void (*sigmoid_backward)(const SigmoidProblem&, const SigmoidBackward&);
  Found (*nll_forward)(const NllProblem&, void* loss, double* total);
  void (*nll_backward)(const NllProblem&, const void* grad, const double* total);
  void (*distillation_forward)(const DistillationProblem&, const DistillationForward&);
  void (*distillation_backward)(const DistillationProblem&, const DistillationBackward&);
  void (*log_softmax_forward)(const LogSoftmaxProblem&);
  void (*log_softmax_backward)(const LogSoftmaxProblem&);
  // y = f(x) of n numbers, for the tests of the mathematics; f in exp, expm1, log, log1p, log1m, tanh.
  bool (*evaluate)(const char* f, DType, const void* x, void* y, int64_t n);
};

}  // namespace crossent
