"""The samples on which ours does not do what torch does, each with the reason why it should not."""

import re
from dataclasses import dataclass

from .material import Case


@dataclass(frozen=True)
class Exclusion:
    """The samples of `name` whose id matches `pattern` need not pass the check called `check`, for this reason."""

    check: str
    name: str
    pattern: str
    reason: str

    def covers(self, check: str, case: Case) -> bool:
        """Return whether this entry speaks of this sample."""
        return (check, case.name) == (self.check, self.name) and re.search(self.pattern, case.id) is not None


EXCLUSIONS = (
    Exclusion(
        "error",
        "NLLLoss",
        r"\(weight=0:float16\)",
        "Torch refuses a class weight of another dtype than the input; ours takes a weight of any real dtype.",
    ),
)
