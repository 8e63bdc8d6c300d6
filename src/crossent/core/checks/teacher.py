"""Messages about the logits of a teacher."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .common import floating, same_device, shape_of
from .linear import linear_tensors


def teacher_logits(student: Tensor, teacher: Any) -> Tensor:
    """Require logits of the shape of the student's."""
    teacher = floating("teacher", teacher, "logits")
    if teacher.shape != student.shape:
        hint = "Both score the same classes for the same positions."
        sizes = zip(student.shape, teacher.shape, strict=False)
        apart = [axis for axis, (mine, theirs) in enumerate(sizes) if mine != theirs]
        if student.dim() == teacher.dim() and len(apart) == 1 and student.shape[apart[0]] < teacher.shape[apart[0]]:
            axis, size = apart[0], student.shape[apart[0]]
            hint = f"If the teacher's classes are padded to a larger size, write teacher.narrow({axis}, 0, {size})."
        raise RuntimeError(
            f"student and teacher must have one shape, got {shape_of(student)} and {shape_of(teacher)}. {hint}"
        )
    return same_device(student, teacher, "teacher")


def teacher_layer(student: Tensor, teacher: Any) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Require logits of the shape of the student's, or features, a head and maybe a bias that give such."""
    if not isinstance(teacher, tuple):
        return teacher_logits(student, teacher), None, None
    if len(teacher) not in (2, 3):
        raise ValueError(
            "teacher is logits, or a tuple (features, head) or (features, head, bias), got a tuple of "
            f"{len(teacher)}. Write teacher=(features, layer.weight, layer.bias)."
        )
    features, head, bias = (*teacher, None)[:3]
    linear_tensors(features, head, bias)
    if features.dim() != 2 or head.dim() != 2 or (len(features), len(head)) != tuple(student.shape):
        raise RuntimeError(
            f"a teacher's head must give {shape_of(student)} logits, got features {shape_of(features)} and head "
            f"{shape_of(head)}: as many rows as input has, and as many classes as linear_weight."
        )
    return same_device(student, features, "teacher"), head, bias
