"""Hugging Face transformers: `Trainer(…, compute_loss_func=compute_loss, callbacks=[Doctor()])`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from torch import Tensor

from ..functional import binary_cross_entropy_with_logits, cross_entropy
from ._watching import Watching

TrainerCallback: Any = import_module("transformers").TrainerCallback


class Doctor(Watching, TrainerCallback):  # type: ignore[misc]
    """Watches `trainer.train()` as `crossent doctor` watches a script, and reports when it has ended.

    Example::

        from crossent.integrations.transformers import Doctor

        trainer = transformers.Trainer(model, arguments, train_dataset=data, callbacks=[Doctor()])
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.begin()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.end()


def compute_loss(
    outputs: Any, labels: Tensor | None, num_items_in_batch: Tensor | int | None = None, *, shift: bool = False
) -> Tensor:
    """The loss of a batch, Σ loss_i / `num_items_in_batch`: a mean over all that counts, however a batch is cut up.

    Without it, the loss of a model that does not take `num_items_in_batch`, such as `BertForTokenClassification`, is a
    mean of the means of each micro-batch under gradient accumulation: a token of a short one counts more.

    Args:
        outputs: of the model, with `logits`: (N, C), (N, L, C), or for several labels per row (N, L).
        labels: class numbers of the shape of the logits without C, of which −100 does not count; or for several labels
            0.0 and 1.0, of the shape of the logits.
        num_items_in_batch: labels that count in the whole accumulated batch, as `Trainer` passes it; None: in this one.
        shift: the logits of a token are for the label of the next one, as in causal language models; write
            `functools.partial(compute_loss, shift=True)`.

    Raises:
        ValueError: there are no labels, or the logits do not fit them.

    Example::

        from crossent.integrations.transformers import compute_loss

        trainer = transformers.Trainer(model, arguments, train_dataset=data, compute_loss_func=compute_loss)
    """
    logits = outputs["logits"] if isinstance(outputs, dict) else getattr(outputs, "logits", outputs)
    if labels is None or not isinstance(logits, Tensor):
        what = "labels" if labels is None else f"logits, but {type(logits).__name__}"
        raise ValueError(f"compute_loss: expected outputs with logits, and labels; got no {what}.")
    if shift:
        logits, labels = logits[..., :-1, :], labels[..., 1:]
    count: Any = num_items_in_batch
    if labels.is_floating_point():
        if labels.shape != logits.shape:
            raise ValueError(
                f"compute_loss: labels of {labels.dtype} are 0.0 and 1.0 for each logit, of the shape "
                f"{tuple(logits.shape)}, got {tuple(labels.shape)}; class numbers are int64."
            )
        loss: Any = binary_cross_entropy_with_logits(logits, labels, ignore_index=-100, normalizer=count)
    else:
        loss = cross_entropy(logits.flatten(0, -2), labels.flatten(), normalizer=count)
    found: Tensor = loss
    return found
