"""The split into training, validation and test rows: of each class the same shares, fixed by the seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.rules import SettingError
from ..errors import DataError
from .records.base import Records, Rows
from .schema import Schema

if TYPE_CHECKING:
    from .survey import Survey


class Begun(NamedTuple):
    """The data of a run that has begun: how they are read, and the ids of the rows of each part; of files that are
    streamed what was found out about them."""

    schema: Schema
    split: Mapping[str, Sequence[str]]
    surveys: Mapping[str, Survey] = {}


class Split(NamedTuple):
    """Row numbers, ascending; together each row once."""

    train: Rows
    val: Rows
    test: Rows


def split_rows(
    count: int,
    strata: Rows | None,
    groups: Rows | None,
    shares: tuple[float, float],
    seed: int,
    twins: NDArray[np.uint64] | None = None,
) -> tuple[Split, list[str]]:
    """Split `count` rows; also what had to be done otherwise than asked for, in sentences.

    Each class gives `round(share · its size)` rows to validation and to test, at least one each if it has
    three rows; rows of a class with fewer stay in training. A share of 0 gives that part nothing. Rows of several
    labels are shared out label by label, the rarest first (iterative stratification, Sechidis et al. 2011);
    in groups, by their number alone.

    Args:
        count: N.
        strata: (N,) a number per class; (N, L) which labels a row has; or None to split without a look at the classes.
        groups: (N,) a number per group; the rows of a group stay together.
        shares: of validation and of test.
        seed: of the order in which rows and groups are drawn.
        twins: (N,) equal for rows with equal inputs: they stay in one part, so that none is tested that was learnt.

    Raises:
        SettingError: a part would stay empty.
    """
    generator = np.random.default_rng(seed)
    labels = np.zeros(count, dtype=np.int64) if strata is None else strata
    notes: list[str] = []
    if groups is not None:
        parts = _by_group(labels, groups, shares, generator)
    else:
        parts, notes = _by_class(labels, shares, generator)
        if twins is not None:
            together = _with_copies(labels, twins, shares, seed)
            # Where nearly all rows are copies, they cannot all stay together.
            if all(share == 0 or (together == part).any() for part, share in enumerate(shares, 1)):
                parts = together
    split = Split(*(np.flatnonzero(parts == number) for number in range(3)))
    for name, rows, share in zip(("val_fraction", "test_fraction"), split[1:], shares, strict=True):
        if share > 0 and not len(rows):
            what = "groups" if groups is not None else "rows"
            total = count if groups is None else len(np.unique(groups))
            raise SettingError(f"data.{name}", f"a share of the {total:,} {what} that is at least one", share, 0.3)
    if not len(split.train):
        raise SettingError("data.val_fraction", f"a share that leaves some of the {count:,} rows", shares[0], 0.15)
    return split, notes


def fold_rows(
    count: int, strata: Rows | None, groups: Rows | None, folds: int, seed: int, twins: NDArray[np.uint64] | None = None
) -> Rows:
    """The fold of each row, (N,) of 0 to `folds` − 1: of each class, or label, the same share in each.

    Args:
        count, strata, groups, seed, twins: as of `split_rows`.
        folds: how many parts.

    Raises:
        SettingError: there are too few rows or groups for so many.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if strata is not None and strata.ndim > 1 and groups is None:
        return _by_labels(strata, (1 / folds,) * (folds - 1), np.random.default_rng(seed))
    labels = np.zeros(count, dtype=np.int64) if strata is None or strata.ndim > 1 else strata
    together = groups if groups is not None else twins
    most = int(np.bincount(labels).max()) if together is None else len(np.unique(together))
    if most < folds:
        expected = f"at most {most}, so that the rows of a class, or its groups, are enough for every part"
        raise SettingError("folds", expected, folds, max(most, 2))
    kind = StratifiedKFold if together is None else StratifiedGroupKFold
    parts = np.zeros(count, dtype=np.int64)
    with warnings.catch_warnings():
        # Of a class with few rows some parts have none.
        warnings.simplefilter("ignore", UserWarning)
        splits = kind(folds, shuffle=True, random_state=seed).split(labels, labels, together)
        for number, (_, rows) in enumerate(splits):
            parts[rows] = number
    return parts


def split_by_time(times: NDArray[np.float64], shares: tuple[float, float]) -> Split:
    """Split rows by their times, (N,): the last share tests, the one before validates; rows of one time stay together.

    Raises:
        SettingError: a part would stay empty.
    """
    order = np.sort(times)
    cuts = [order[min(round(share * len(order)), len(order) - 1)] for share in (1 - sum(shares), 1 - shares[1])]
    first, second = (cut if share > 0 else np.inf for cut, share in zip(cuts, shares, strict=True))
    parts = np.where(times >= second, 2, np.where(times >= first, 1, 0))
    split = Split(*(np.flatnonzero(parts == number) for number in range(3)))
    if any(not len(rows) for rows, share in zip(split, (1.0, *shares), strict=True) if share > 0):
        raise SettingError(
            "data.time", "a column with times that are different enough to split by", len(set(order)), "day"
        )
    return split


def are_copies(twins: NDArray[np.uint64], agreement: float) -> bool:
    """Decide whether rows that are equal are copies: more of them than chance gives.

    Args:
        twins: (N,) equal for rows with equal inputs.
        agreement: how probable it is that two rows are equal by chance.
    """
    counts = np.unique(twins, return_counts=True)[1].astype(np.float64)
    pairs = float((counts * (counts - 1)).sum()) / 2
    return pairs > 2 * agreement * len(twins) * (len(twins) - 1) / 2


def _by_class(labels: Rows, shares: tuple[float, float], generator: np.random.Generator) -> tuple[Rows, list[str]]:
    if labels.ndim > 1:
        return _by_labels(labels, shares, generator), []
    parts = np.zeros(len(labels), dtype=np.int64)
    too_small = 0
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        n_val, n_test = (round(share * len(rows)) for share in shares)
        wanted = sum(share > 0 for share in shares)
        if len(rows) <= wanted:
            # Training comes first: what it has never seen cannot be learnt.
            too_small += wanted > 0
            continue
        n_val, n_test = (max(n, 1) if share > 0 else 0 for n, share in zip((n_val, n_test), shares, strict=True))
        parts[rows[:n_val]] = 1
        parts[rows[n_val : n_val + n_test]] = 2
    notes = []
    if too_small:
        subject = "1 class has" if too_small == 1 else f"{too_small} classes have"
        notes.append(f"{subject} too few rows to be shared out: all of them are in the training part")
    return parts, notes


def _by_labels(labels: Rows, shares: tuple[float, ...], generator: np.random.Generator) -> Rows:
    """Each row, those of the rarest label first, goes where most rows of this label are still wanted."""
    all_shares = np.asarray((1 - sum(shares), *shares))
    wanted, sizes = np.outer(all_shares, labels.sum(0)), all_shares * len(labels)
    wanted[all_shares == 0], sizes[all_shares == 0] = -np.inf, -np.inf
    parts = np.full(len(labels), -1, dtype=np.int64)
    for label in np.argsort(labels.sum(0), kind="stable"):
        for row in generator.permutation(np.flatnonzero((labels[:, label] > 0) & (parts < 0))):
            parts[row] = np.lexsort((sizes, wanted[:, label]))[-1]
            wanted[parts[row]] -= labels[row]
            sizes[parts[row]] -= 1
    for row in generator.permutation(np.flatnonzero(parts < 0)):
        parts[row] = np.argmax(sizes)
        sizes[parts[row]] -= 1
    return parts


def _with_copies(labels: Rows, twins: NDArray[np.uint64], shares: tuple[float, float], seed: int) -> Rows:
    """The split of the different rows; copies follow the first of them."""
    first, inverse = np.unique(twins, return_index=True, return_inverse=True)[1:]
    # In the order of the rows, so that the split does not depend on the numbers that stand for equal inputs.
    order = np.argsort(first)
    of_first, _ = _by_class(labels[first[order]], shares, np.random.default_rng(seed))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    parts: Rows = of_first[place[inverse]]
    return parts


def _by_group(labels: Rows, groups: Rows, shares: tuple[float, float], generator: np.random.Generator) -> Rows:
    """Greedily: each group, the largest first, goes where it brings the class counts closest to the shares."""
    if labels.ndim > 1:
        # Whole groups cannot be shared out label by label: those rich in labels would all be trained on.
        labels = np.zeros(len(labels), dtype=np.int64)
    classes = int(labels.max()) + 1
    numbers, inverse = np.unique(groups, return_inverse=True)
    if len(numbers) < 1 + sum(share > 0 for share in shares):
        raise SettingError("data.group", "a column with at least three different values", f"{len(numbers)}", "patient")
    table = np.zeros((len(numbers), classes))
    np.add.at(table, (inverse.reshape(-1), labels), 1)
    totals = table.sum(0)
    wanted = np.outer((1 - sum(shares), *shares), totals)
    have = np.zeros_like(wanted)
    place = np.zeros(len(numbers), dtype=np.int64)
    order = generator.permutation(len(numbers))
    for group in order[np.argsort(-table[order].sum(1), kind="stable")]:
        # By how much each part falls short of its share with this group, in shares of each class.
        lacks = ((wanted - have) / np.maximum(totals, 1)) @ (table[group] / table[group].sum())
        lacks[[part for part in range(3) if wanted[part].sum() == 0]] = -np.inf
        place[group] = int(np.argmax(lacks))
        have[place[group]] += table[group]
    for part in range(1, 3):
        # Few groups, small shares: the smallest group of training makes a part that would stay empty.
        if wanted[part].sum() > 0 and not (place == part).any():
            candidates = np.flatnonzero(place == 0)
            place[candidates[np.argmin(table[candidates].sum(1))]] = part
    return place[inverse.reshape(-1)]


def split_as_before(given: Mapping[str, Records], before: Mapping[str, Sequence[str]]) -> dict[str, Records]:
    """The parts with the rows that they had when a run began.

    Raises:
        DataError: rows are gone, or new.
    """
    taken: dict[str, dict[str, Sequence[str]]] = {source: {} for source in given}
    for name, ids in before.items():
        taken[name if name in given else "train"][name] = ids
    made = {}
    for source, parts in taken.items():
        there = list(given[source].ids)
        if _of_one(there) and _of_one(chain.from_iterable(parts.values())):
            # A table may have another name by now.
            there, parts = _numbers(there), {name: _numbers(ids) for name, ids in parts.items()}
        places = {name: row for row, name in enumerate(there)}
        wanted = set().union(*parts.values())
        gone, new = sorted(wanted - places.keys()), sorted(places.keys() - wanted)
        if gone:
            more = f" and {len(new):,} rows are new ({_some(new)})" if new else ""
            raise DataError(f"{len(gone):,} rows are gone ({_some(gone)}){more}")
        if new:
            raise DataError(f"{len(new):,} rows are new ({_some(new)})")
        for name, ids in parts.items():
            if ids:
                made[name] = given[source].take(np.asarray([places[each] for each in ids]))
    return made


def _of_one(ids: Iterable[str]) -> bool:
    """True for rows of one table, "wine.csv:17"; the files of a folder have rows of the same numbers."""
    return len({name.rpartition(":")[0] for name in ids}) == 1


def _numbers(ids: Sequence[str]) -> list[str]:
    return [name.rpartition(":")[2] for name in ids]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
