// The entry points that every instruction set has.
#pragma once

#include "problem.hpp"

namespace crossent::CROSSENT_ISA {

Found softmax_forward(const SoftmaxProblem&, const SoftmaxForward&);
void softmax_backward(const SoftmaxProblem&, const SoftmaxBackward&);
Found sigmoid_forward(const SigmoidProblem&, const SigmoidForward&);
void sigmoid_backward(const SigmoidProblem&, const SigmoidBackward&);
Found nll_forward(const NllProblem&, void* loss, double* total);
void nll_backward(const NllProblem&, const void* grad, const double* total);
void distillation_forward(const DistillationProblem&, const DistillationForward&);
void distillation_backward(const DistillationProblem&, const DistillationBackward&);
void log_softmax_forward(const LogSoftmaxProblem&);
void log_softmax_backward(const LogSoftmaxProblem&);
bool evaluate(const char* f, DType, const void* x, void* y, int64_t n);

}  // namespace crossent::CROSSENT_ISA
