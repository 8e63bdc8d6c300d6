"""Settings under which the compiled kernels are tested."""

from ...backend import INSTRUCTION_SETS, each

backend = each(*INSTRUCTION_SETS)
