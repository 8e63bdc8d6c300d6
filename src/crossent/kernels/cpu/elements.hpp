// Reading and writing tensors of any strides, block by block of their elements in one common order.
#pragma once

#include "tensor.hpp"

namespace crossent::CROSSENT_ISA {

// Elements that are handled at once; their scratch buffers stay in L1.
constexpr int kElements = 1024;

template <class A>
class Elements {
 public:
  Elements(const Operand& operand, int dims, const int64_t* sizes)
      : operand(operand),
        bytes(size_of(operand.dtype)),
        dims(dims),
        sizes(sizes),
        in_place(operand.dtype == kDType<A> && adjacent()) {}

  bool present() const { return operand.data != nullptr; }

  // n ≤ kElements elements from number `first`; scratch holds kElements values.
  const A* read(int64_t first, int n, A* scratch) const {
    if (in_place) return reinterpret_cast<const A*>(operand.data) + first;
    for_runs(first, n, [&](char* at, int done, int run) {
      read_run(operand.dtype, at, operand.strides[dims - 1], scratch + done, run);
    });
    return scratch;
  }

  // Where to write them, and then to have them written.
  A* buffer(int64_t first, A* scratch) const {
    return in_place ? reinterpret_cast<A*>(operand.data) + first : scratch;
  }
  void write(int64_t first, int n, const A* from) const {
    if (in_place) return;
    for_runs(first, n, [&](char* at, int done, int run) {
      write_run(from + done, operand.dtype, at, operand.strides[dims - 1], run);
    });
  }

 private:
  bool adjacent() const {
    int64_t step = 1;
    for (int d = dims - 1; d >= 0; step *= sizes[d--])
      if (operand.strides[d] != step) return false;
    return true;
  }

  template <class F>
  void for_runs(int64_t first, int n, F f) const {
    const int64_t inner = sizes[dims - 1];
    for (int done = 0; done < n;) {
      int64_t rest = first + done, offset = rest % inner * operand.strides[dims - 1];
      const int run = int(smaller(n - done, inner - rest % inner));
      rest /= inner;
      for (int d = dims - 2; d >= 0; --d) {
        offset += rest % sizes[d] * operand.strides[d];
        rest /= sizes[d];
      }
      f(operand.data + offset * bytes, done, run);
      done += run;
    }
  }

  const Operand& operand;
  const int64_t bytes;
  const int dims;
  const int64_t* sizes;
  const bool in_place;
};

}  // namespace crossent::CROSSENT_ISA
