"""The models: from a schema, in every shape, trainable, the same in every batch."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from crossent.train.config.rules import SettingError
from crossent.train.data.schema import Column, Schema
from crossent.train.errors import ModelError
from crossent.train.models.building import _CLASSES, _KINDS, build, default_model
from crossent.train.tasks.output import Members

COLUMNS = (Column("x", "number"), Column("c", "category", values=("a", "b")), Column("z", "number"))
SCHEMAS = {
    "mlp": Schema("tabular", "multiclass", ("a", "b", "c"), (3,), columns=COLUMNS),
    "ensemble": Schema(
        "tabular",
        "multiclass",
        ("a", "b", "c"),
        (3,),
        columns=(replace(COLUMNS[0], quantiles=(-2.0, -1.0, -1.0, 0.0, 2.0)), *COLUMNS[1:]),
    ),
    "cnn": Schema("image", "binary", ("a", "b"), (3, 17, 13)),
    "cnn1d": Schema("signal", "multiclass", ("a", "b", "c"), (2, 19)),
    "textcnn": Schema("text", "multilabel", ("a", "b", "c", "d"), (20,), vocabulary=50, max_length=20),
    "widedeep": Schema("text", "multiclass", ("a", "b", "c"), (20,), vocabulary=50, max_length=20),
    "fasttext": Schema("text", "multiclass", ("a", "b", "c"), (20,), vocabulary=50, max_length=20),
    "transformer": Schema("text", "binary", ("a", "b"), (20,), vocabulary=50, max_length=20),
    "mixed": Schema(
        "mixed", "multiclass", ("a", "b", "c"), (3,), columns=COLUMNS, text=("t",), vocabulary=50, max_length=20
    ),
    "unet": Schema("image", "segmentation", ("a", "b", "c"), (1, 18, 21)),
}


def batch(name: str, count: int = 6) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    schema = SCHEMAS[name]
    tokens = torch.randint(2, 50, (count, 20), generator=generator)
    # Texts of 20, 19, 18, … tokens.
    words = (torch.where(torch.arange(20) < 20 - torch.arange(count)[:, None], tokens, 0),)
    columns = (torch.randn(count, 2, generator=generator), torch.randint(0, 3, (count, 1), generator=generator))
    by_kind = {"text": words, "tabular": columns, "mixed": (*columns, *words)}
    if schema.kind in by_kind:
        return by_kind[schema.kind]
    return (torch.randn(count, *schema.input_shape, generator=generator),)


def called(model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """The logits; of an ensemble the mean of its members'."""
    output = model(*inputs)
    return output.each.mean(0) if isinstance(output, Members) else output


def test_every_model_is_here() -> None:
    assert set(_CLASSES) == set(SCHEMAS) == set(_KINDS)


@pytest.mark.parametrize("name", _CLASSES)
def test_logits_have_their_shape(name: str) -> None:
    schema = SCHEMAS[name]
    logits = called(build(name, schema), batch(name))
    space = schema.input_shape[1:] if schema.task == "segmentation" else ()
    assert logits.shape == (6, schema.new_task().outputs, *space)


@pytest.mark.parametrize("name", _CLASSES)
def test_every_parameter_gets_a_gradient(name: str) -> None:
    torch.manual_seed(0)
    model = build(name, SCHEMAS[name])
    called(model, batch(name)).square().sum().backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name


@pytest.mark.parametrize("name", _CLASSES)
def test_a_sample_does_not_depend_on_its_batch(name: str) -> None:
    torch.manual_seed(0)
    model = build(name, SCHEMAS[name]).eval()
    inputs = batch(name)
    with torch.no_grad():
        whole = called(model, inputs)
        single = torch.cat([called(model, tuple(part[row : row + 1] for part in inputs)) for row in range(6)])
    assert torch.allclose(whole, single, atol=1e-5)


@pytest.mark.parametrize("name", ["textcnn", "widedeep", "fasttext", "transformer"])
def test_padding_says_nothing(name: str) -> None:
    torch.manual_seed(0)
    model = build(name, SCHEMAS[name]).eval()
    tokens = batch(name)[0][5:, :15]
    padded = nn.functional.pad(tokens, (0, 5))
    with torch.no_grad():
        assert torch.allclose(model(tokens), model(padded), atol=1e-5)
        assert model(torch.zeros(1, 1, dtype=torch.int64)).isfinite().all()


@pytest.mark.parametrize("name", ["textcnn", "widedeep", "fasttext", "transformer"])
def test_texts_shorter_than_a_filter_or_ngram(name: str) -> None:
    settings = {"ngrams": 3} if name == "fasttext" else {}
    assert build(name, SCHEMAS[name], **settings)(torch.tensor([[5], [7]])).isfinite().all()


def test_ngrams_tell_the_order_of_words() -> None:
    torch.manual_seed(0)
    first, second = torch.tensor([[5, 6, 7]]), torch.tensor([[7, 6, 5]])
    words, pairs = (build("fasttext", SCHEMAS["fasttext"], ngrams=size).eval() for size in (1, 2))
    assert torch.allclose(words(first), words(second), atol=1e-6)
    assert not torch.allclose(pairs(first), pairs(second), atol=1e-3)
    with pytest.raises(ValueError, match=r"^ngrams must be from 1 to 4, got 5\.$"):
        build("fasttext", SCHEMAS["fasttext"], ngrams=5)


def test_chinese_is_read_in_pairs_of_characters_unless_told() -> None:
    schema = Schema("text", "binary", ("a", "b"), (20,), tokenizer="characters", vocabulary=50, max_length=20)
    assert build("fasttext", schema).ngrams == 2
    assert build("fasttext", schema, ngrams=1).ngrams == 1


def test_categories_alone() -> None:
    schema = Schema("tabular", "binary", ("a", "b"), (1,), columns=COLUMNS[1:2])
    assert build("mlp", schema)(torch.tensor([[0], [2]])).shape == (2, 1)


def test_the_mlp_reads_images_too() -> None:
    assert build("mlp", SCHEMAS["cnn"])(*batch("cnn")).shape == (6, 1)


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        (SCHEMAS["mlp"], "ensemble"),
        (Schema("tabular", "binary", ("a", "b"), (200,), columns=(COLUMNS[0],) * 200), "mlp"),
        (SCHEMAS["cnn"], "cnn"),
        (SCHEMAS["fasttext"], "fasttext"),
        (SCHEMAS["unet"], "unet"),
    ],
)
def test_defaults(schema: Schema, name: str) -> None:
    assert default_model(schema) == name


def test_large_images_are_halved_first() -> None:
    def work(side: int) -> int:
        model = build("cnn", Schema("image", "binary", ("a", "b"), (3, side, side)))
        return sum(isinstance(module, nn.MaxPool2d) for module in model.modules())

    # Two more are between the three stages.
    assert [work(side) for side in (8, 32, 128)] == [2, 3, 4]


def test_images_of_one_pixel_pass() -> None:
    assert build("cnn", Schema("image", "binary", ("a", "b"), (1, 1, 1)))(torch.zeros(2, 1, 1, 1)).shape == (2, 1)


@pytest.mark.parametrize(
    ("name", "schema", "settings", "text"),
    [
        (
            "textcn",
            SCHEMAS["textcnn"],
            {},
            "model.name: expected one of mlp, ensemble, cnn, cnn1d, textcnn, widedeep, fasttext, transformer, unet, "
            "mixed, hf:NAME, timm:NAME, or an import path package.module:Class, got 'textcn'; "
            "write for example model.name='textcnn'",
        ),
        (
            "textcnn",
            SCHEMAS["mlp"],
            {},
            "model.name: expected a model for tabular inputs and the task multiclass (mlp, ensemble), got 'textcnn'; "
            "write for example model.name='mlp'",
        ),
        (
            "mlp",
            SCHEMAS["mlp"],
            {"hiden": [3]},
            "model.kwargs: expected settings of mlp: hidden, dropout, got 'hiden'; "
            "write for example model.kwargs='hidden'",
        ),
        (
            "torch.nn:Linearr",
            SCHEMAS["mlp"],
            {},
            "model.name: expected an import path package.module:Class that exists (module 'torch.nn' has no attribute "
            "'Linearr'), got 'torch.nn:Linearr'; write for example model.name='mypackage.models:Net'",
        ),
        (
            "torch.nn:Linear",
            SCHEMAS["mlp"],
            {"size": 3},
            "model.kwargs: expected arguments that torch.nn:Linear takes (missing a required argument: "
            "'in_features'), got {'size': 3}; write for example model.kwargs={}",
        ),
        (
            "torch:zeros",
            SCHEMAS["mlp"],
            {"size": [3]},
            "model.name: expected the path of an nn.Module, got 'torch:zeros, a Tensor'; "
            "write for example model.name='mypackage.models:Net'",
        ),
    ],
)
def test_what_cannot_be_built(name: str, schema: Schema, settings: dict[str, object], text: str) -> None:
    with pytest.raises(SettingError) as caught:
        build(name, schema, **settings)
    assert str(caught.value) == text


def test_a_model_that_fails_to_be_made_is_told_with_its_line() -> None:
    with pytest.raises(ModelError) as caught:
        build("torch.nn:GroupNorm", SCHEMAS["mlp"], num_groups=2, num_channels=3)
    assert str(caught.value).startswith(
        "torch.nn:GroupNorm could not be made: ValueError: num_channels (3) must be divisible by num_groups (2) "
    )
    assert re.search(r"normalization\.py:\d+\)$", str(caught.value))


def test_any_module_by_its_path() -> None:
    model = build("torch.nn:Linear", SCHEMAS["mlp"], in_features=3, out_features=2)
    assert isinstance(model, nn.Linear)


def test_the_unet_normalises_in_groups() -> None:
    with pytest.raises(ValueError, match=r"^width must be a multiple of 8, got 20\.$"):
        build("unet", SCHEMAS["unet"], width=20)
