// The kernels of every instruction set in this build, and which of them this processor can run.
#pragma once

#include <string>
#include <vector>

#include "problem.hpp"

namespace crossent {

struct InstructionSet {
  std::string name;
  const Kernels* kernels;
};

#if defined(CROSSENT_X86)
namespace avx512 {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
#endif
namespace baseline {
extern const Kernels kernels;
}

// Best first.
inline std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> found;
#if defined(CROSSENT_X86)
  __builtin_cpu_init();
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    found.push_back({"avx512", &avx512::kernels});
  // Every processor with AVX2 has F16C.
  if (has_avx2) found.push_back({"avx2", &crossent::avx2::kernels});
#endif
  found.push_back({"baseline", &baseline::kernels});
  return found;
}

}  // namespace crossent
