"""Views and tiles: no copies where none is promised, every element exactly once."""

import math
from itertools import permutations

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import Tensor

from crossent.core.layout import Layout, class_tiles, element_tiles, memory_order

from ..backend import best as backend
from ..functional.strategies import SETTINGS

__all__ = ["backend"]
SHAPES = st.lists(st.sampled_from([3, 1, 2, 5, 0]), min_size=1, max_size=4).map(tuple)
BUDGETS = st.sampled_from([1, 2, 5, 17, 64, 10**6])


def positions(shape: tuple[int, ...], dim: int) -> Tensor:
    """One number for every position of a tensor of this shape."""
    rest = shape[:dim] + shape[dim + 1 :]
    return torch.arange(math.prod(rest)).reshape(rest)


@pytest.mark.parametrize(
    ("why", "tensor", "dim", "view", "shape"),
    [
        ("rows of C", torch.empty(5, 7), 1, "rows", (5, 7)),
        ("one sample", torch.empty(7), 0, "rows", (7,)),
        ("(N, L, C)", torch.empty(2, 3, 7), 2, "rows", (6, 7)),
        ("planes of one image", torch.empty(2, 7, 3, 4), 1, "planes", (2, 7, 12)),
        ("classes first", torch.empty(7, 5), 0, "planes", (1, 7, 5)),
        ("channels last", torch.empty(2, 7, 3, 4).to(memory_format=torch.channels_last), 1, "rows", (24, 7)),
        ("(C, N) in memory", torch.empty(7, 5).t(), 1, "transposed", (1, 7, 5)),
        ("one class", torch.empty(5, 1), 1, "rows", (5, 1)),
        ("gaps between rows", torch.empty(5, 9)[:, 1:8], 1, "rows", (5, 7)),
        ("every second image", torch.empty(4, 7, 3)[::2], 1, "planes", (2, 7, 3)),
        ("all rows one", torch.empty(1, 7).expand(5, 7), 1, "rows", (5, 7)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_views_share_memory(why: str, tensor: Tensor, dim: int, view: str, shape: tuple[int, ...]) -> None:
    """These layouts are read where they lie: same storage, same first element, no new bytes."""
    layout = Layout.of(tensor, dim)
    laid_out = layout.classes(tensor)
    assert layout.view == view
    assert tuple(laid_out.shape) == (shape if len(shape) > 1 else (1, *shape))
    assert laid_out.data_ptr() == tensor.data_ptr()
    assert laid_out.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()


@given(SHAPES, st.data())
@SETTINGS
def test_classes_and_positions_belong_together(shape: tuple[int, ...], data: st.DataObject) -> None:
    """For any axes order in memory, class axis and gaps: logits meet their position, and restore undoes positions."""
    dim = data.draw(st.integers(0, len(shape) - 1))
    order = data.draw(st.permutations(range(len(shape))))
    gap = data.draw(st.sampled_from([1, 2]))
    classes = torch.arange(shape[dim]).reshape([-1 if a == dim else 1 for a in range(len(shape))])
    where = positions(shape, dim)
    # Each logit says which position and which class it is.
    values = where.unsqueeze(dim) * 100 + classes
    stored = torch.full([shape[a] * gap for a in order], -1)
    inside = stored[tuple(slice(None, None, gap) for _ in order)].permute([order.index(a) for a in range(len(shape))])
    inside.copy_(values)
    layout = Layout.of(inside, dim)
    laid_out, at = layout.classes(inside), layout.positions(where)
    assert laid_out.shape[1] == shape[dim]
    assert at.shape == laid_out.shape[:1] + laid_out.shape[2:]
    for c in range(shape[dim]):
        assert torch.equal(laid_out.select(1, c), at * 100 + c)
    assert torch.equal(layout.restore(at.clone()), where)


@given(SHAPES.filter(lambda shape: len(shape) in (2, 3)), BUDGETS)
@SETTINGS
def test_class_tiles_cover_each_element_once(shape: tuple[int, ...], budget: int) -> None:
    """Tiles hold whole positions; the index of positions fits the index of logits."""
    seen = torch.zeros(shape, dtype=torch.int64)
    seen_positions = torch.zeros(shape[:1] + shape[2:], dtype=torch.int64)
    for tile, at in class_tiles(torch.Size(shape), budget):
        seen[tile] += 1
        seen_positions[at] += 1
        assert seen[tile].select(1, 0).shape == seen_positions[at].shape if shape[1] else True
        assert seen[tile].shape[1] == shape[1]
    assert bool((seen == 1).all())
    assert bool((seen_positions == 1).all())


@given(st.lists(st.sampled_from([3, 1, 2, 5, 0]), max_size=4).map(tuple), BUDGETS)
@SETTINGS
def test_element_tiles_cover_each_element_once(shape: tuple[int, ...], budget: int) -> None:
    """And no tile of more than one element is larger than the budget."""
    seen = torch.zeros(shape, dtype=torch.int64)
    for tile in element_tiles(torch.Size(shape), budget):
        seen[tile] += 1
        assert seen[tile].numel() <= max(1, budget)
    assert bool((seen == 1).all())


@given(st.sampled_from([(100, 70), (3, 5, 200), (1, 3, 500), (900, 3)]), st.sampled_from([64, 500, 5000]))
@SETTINGS
def test_class_tiles_keep_the_budget(shape: tuple[int, ...], budget: int) -> None:
    """A tile is larger than the budget only where one position, or 64 positions of a plane, already are."""
    least = shape[1] * (64 if len(shape) == 3 else 1)
    for tile, _ in class_tiles(torch.Size(shape), budget):
        assert torch.empty(shape)[tile].numel() <= max(budget, least)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_memory_order_flattens_what_is_dense(order: tuple[int, ...]) -> None:
    """Tensors that lie alike are read as one line, in memory order, whatever the order of their axes."""
    store = torch.arange(24).reshape(2, 3, 4)
    input = store.permute(order)
    other = (store + 100).permute(order)
    flat, with_it, nothing = memory_order(input, other, None)
    assert torch.equal(flat, torch.arange(24))
    assert torch.equal(with_it, torch.arange(100, 124))
    assert flat.data_ptr() == store.data_ptr()
    assert nothing is None


def test_memory_order_keeps_what_does_not_lie_alike() -> None:
    """An expanded or otherwise ordered companion is permuted along, not copied."""
    input, weight = torch.empty(4, 3).t(), torch.arange(3.0).unsqueeze(1).expand(3, 4)
    first, second = memory_order(input, weight)
    assert first.shape == second.shape == (4, 3)
    assert torch.equal(second, weight.t())
    assert second.data_ptr() == weight.data_ptr()
