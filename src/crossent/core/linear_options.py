"""How `linear_cross_entropy` cuts its work so that the N×C logits never exist at once: options, and the plan they give.

N rows, D features, C columns of the head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

# Products of fewer rows than this read the head more often than they compute with it. Measured at D = 1024 on two cores
# with AVX-512, in products of 2048 rows: 256 rows at a time cost 1.13 to 1.15, 352 rows 1.00 to 1.05.
FEWEST_ROWS = 256
# Products are fastest in whole tiles of rows.
_TILE = 32
# The budget on the CPU, and where a device does not tell its memory.
DEFAULT_BUDGET = 144 * 2**20


class Plan(NamedTuple):
    """The way one call is cut into blocks.

    Attributes:
        rows: rows whose logits exist at a time.
        columns: None, or the columns whose gradient is computed at a time, for all rows, after a pass for the losses.
        sums_apart: whether the gradient of the head is summed in a float32 buffer beside it, 4·C·D bytes.
    """

    rows: int
    columns: int | None
    sums_apart: bool


@dataclass(frozen=True)
class LinearOptions:
    """How `linear_cross_entropy` cuts its work into blocks, so that the N×C logits never exist at once.

    The block size changes memory and time, and results by rounding alone.

    Args:
        memory_budget: bytes that may exist at a time besides the gradients themselves: logits, and what the gradient of
            a 16-bit head is summed in. None: 144 MiB on the CPU, 1/32 of a GPU's memory if that is more.
        rows: rows per block, instead of a plan from the budget.
        float32_logits: for 16-bit inputs, form the logits of a block in float32 instead of rounding them to 16 bits:
            closer to the truth, at the price of a float32 copy of the head and, on the CPU, slower products.

    Example::

        >>> import crossent
        >>> crossent.LinearOptions().plan(rows=2048, features=1024, columns=32000, itemsize=4)
        Plan(rows=352, columns=None, sums_apart=False)
    """

    memory_budget: int | None = None
    rows: int | None = None
    float32_logits: bool = False

    def __post_init__(self) -> None:
        for name, value in (("memory_budget", self.memory_budget), ("rows", self.rows)):
            if value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(
                    f"{name} must be a whole number >= 1, got {value!r}. "
                    "memory_budget is in bytes (64 * 2**20 is 64 MiB), rows in rows of the input."
                )

    def plan(
        self,
        rows: int,
        features: int,
        columns: int,
        itemsize: int,
        head_gradient: bool = True,
        by_columns: bool = True,
        default_budget: int = DEFAULT_BUDGET,
    ) -> Plan:
        """The plan for (rows, features) inputs, a (columns, features) head, and logits of `itemsize` bytes each.

        - A third of the budget is enough for a block of logits, unless fewer than 256 rows fit into it.
        - The gradient of a 16-bit head is a sum over the blocks that needs float32. If all logits fit the budget there
          is one block and the product sums by itself; else the sums get a buffer, if that fits; else the gradient is
          made by columns, each of them complete, from logits that are computed twice: a fourth product, no sums.

        Args:
            head_gradient: whether the head asks for a gradient.
            by_columns: whether the gradient may be made by columns.
        """
        budget = default_budget if self.memory_budget is None else self.memory_budget
        per_row = max(1, columns * itemsize)
        narrow = itemsize < 4 and head_gradient
        if self.rows is not None:
            return Plan(max(1, min(self.rows, rows)), None, narrow and self.rows < rows)
        if not narrow:
            return Plan(_evenly(rows, _rows_for(budget, per_row)), None, False)
        if rows * per_row <= budget:
            return Plan(max(1, rows), None, False)
        sums = 4 * columns * features
        if not by_columns or sums + min(rows, FEWEST_ROWS) * per_row <= budget:
            return Plan(_evenly(rows, _rows_for(max(budget - sums, budget // 3), per_row)), None, True)
        # The columns are fewer: while they are made, the gradient of the head takes memory too.
        slab = max(1, budget // 8 // (max(1, rows) * itemsize))
        return Plan(_evenly(rows, _rows_for(budget, per_row)), _evenly(columns, slab), False)

    def kept_rows(self, plan: Plan, rows: int, features: int, columns: int, itemsize: int, budget: int) -> int:
        """Rows whose logits may be kept from the forward to the backward pass: what a plan's blocks and sums leave."""
        budget = budget if self.memory_budget is None else self.memory_budget
        per_row = max(1, columns * itemsize)
        left = budget - plan.rows * per_row - (4 * columns * features if plan.sums_apart else 0)
        kept = max(0, left // per_row)
        return rows if kept >= rows else kept - kept % plan.rows

    def pack(self) -> tuple[int | None, int | None, bool]:
        """As an operator takes them."""
        return self.memory_budget, self.rows, self.float32_logits

    @classmethod
    def of(cls, options: Any) -> LinearOptions:
        """Ours as it is; torch's `LinearCrossEntropyOptions`, which keeps float32 logits, by its chunk size; None."""
        if options is None:
            return cls()
        if isinstance(options, cls):
            return options
        if type(options).__name__ == "LinearCrossEntropyOptions":
            if options.batch_chunk_size is not None and options.chunking_method not in (None, "auto"):
                raise ValueError(
                    f"batch_chunk_size (={options.batch_chunk_size}) and chunking_method "
                    f"('{options.chunking_method}') both give a chunk size; pass only one: "
                    f"LinearCrossEntropyOptions(batch_chunk_size={options.batch_chunk_size})."
                )
            return cls(rows=options.batch_chunk_size, float32_logits=True)
        raise TypeError(
            f"options must be crossent.LinearOptions, torch.nn.LinearCrossEntropyOptions or None, got "
            f"{type(options).__name__} {options!r}. Write options=crossent.LinearOptions(memory_budget=64 * 2**20)."
        )


def _rows_for(budget: int, per_row: int) -> int:
    return max(1, budget // 3 // per_row, min(FEWEST_ROWS, budget // per_row))


def _evenly(length: int, most: int) -> int:
    """The size of the fewest equal parts of at most `most` that `length` can be cut into, in whole tiles if they are
    larger than one."""
    size = max(1, math.ceil(length / max(1, math.ceil(length / most))))
    whole = -(-size // _TILE) * _TILE
    return whole if size > _TILE and whole <= most else size
