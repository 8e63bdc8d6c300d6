// The elementary functions by name, for the tests of their accuracy; and what an instruction set exports.
#include "kernels.hpp"
#include "math.hpp"

namespace crossent::CROSSENT_ISA {
namespace {

template <class S, class F>
void map(const void* from, void* to, int64_t n, F f) {
  const S* x = static_cast<const S*>(from);
  S* y = static_cast<S*>(to);
  for (int64_t i = 0; i < n; i += kLanes<S>) {
    const int part = int(n - i < kLanes<S> ? n - i : kLanes<S>);
    store_part(y + i, f(load_part(x + i, part, S(0))), part);
  }
}

template <class S>
bool evaluate(const char* f, const void* x, void* y, int64_t n) {
  const auto is = [&](const char* name) { return std::strcmp(f, name) == 0; };
  if (is("exp")) map<S>(x, y, n, exp<S>);
  else if (is("expm1")) map<S>(x, y, n, expm1<S>);
  else if (is("log")) map<S>(x, y, n, log<S>);
  else if (is("log1p")) map<S>(x, y, n, log1p_unit<S>);
  else if (is("log1m")) map<S>(x, y, n, log1m<S>);
  else if (is("tanh")) map<S>(x, y, n, tanh<S>);
  else return false;
  return true;
}

}  // namespace

bool evaluate(const char* f, DType dtype, const void* x, void* y, int64_t n) {
  return dtype == DType::float64 ? evaluate<double>(f, x, y, n) : evaluate<float>(f, x, y, n);
}

extern const Kernels kernels;
const Kernels kernels{softmax_forward, softmax_backward,    sigmoid_forward,      sigmoid_backward, nll_forward,
                      nll_backward,    distillation_forward, distillation_backward, log_softmax_forward, log_softmax_backward, evaluate};

}  // namespace crossent::CROSSENT_ISA
