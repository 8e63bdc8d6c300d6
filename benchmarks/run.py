"""Every benchmark in turn, for `make bench`."""

from __future__ import annotations

import distillation
import linear_xent
import scaling
import sigmoid_xent
import small
import softmax_xent
import token_logprobs

if __name__ == "__main__":
    for benchmark in (softmax_xent, sigmoid_xent, linear_xent, token_logprobs, distillation):
        benchmark.main()
        print()
    small.main()
    print()
    scaling.main()
