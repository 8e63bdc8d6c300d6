"""The name of a case, and its way to another process."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from crossent.bench.cases import EVERYDAY, QUICK, Case, label, linear, sigmoid, softmax


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (softmax((4096, 32000)), "(4096, 32000) float32"),
        (softmax((256, 128256), "bfloat16"), "(256, 128256) bfloat16"),
        (softmax((4, 21, 8, 8), channels_last=True), "(4, 21, 8, 8) float32, channels-last"),
        (softmax((8, 10), probabilities=True), "(8, 10) float32, probabilities"),
        (softmax((8, 10), smoothing=0.1, weighted=True), "(8, 10) float32, smoothing 0.1, class weight"),
        (sigmoid((8, 10), weighted=True), "(8, 10) float32, pos_weight"),
    ],
)
def test_a_name_tells_what_is_not_the_default(case: Case, name: str) -> None:
    assert case.name == name


def test_the_size_is_that_of_the_logits() -> None:
    assert softmax((8, 10)).bytes == 320
    assert softmax((8, 10), "bfloat16").bytes == 160
    assert linear((8, 1000, 10)).bytes == 320


def test_cases_are_told_apart_by_their_names() -> None:
    for cases in (EVERYDAY, QUICK):
        assert len({label(case) for case in cases}) == len(cases)


def test_a_case_is_plain_data() -> None:
    for case in EVERYDAY:
        sent = json.loads(json.dumps(asdict(case)))
        assert Case(**{**sent, "shape": tuple(sent["shape"])}) == case
