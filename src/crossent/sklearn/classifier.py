"""The training system as a classifier for scikit-learn's pipelines, searches and cross-validation.

Legend: N samples, F features, C classes, L labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Bunch, _safe_indexing, check_random_state, column_or_1d, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from torch import Tensor, nn

from ..train.config.fit import FitConfig, SettingError
from ..train.config.names import configured
from ..train.data import read
from ..train.data.sources.frames import is_frame, is_texts
from ..train.display.progress import silent
from ..train.evaluation.passes import collect
from ..train.fitting.api import fit
from ..train.fitting.memory import Learnt, learn
from ..train.fitting.preparing import Source

# Rows that are predicted at once.
_BATCH = 1024


class _Wide(nn.Module):
    """A model in float64: in float32 the last digits of a row depend on the rows beside it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = deepcopy(model).double()

    def forward(self, *inputs: Tensor) -> Any:
        return self.model(*(part.double() if part.is_floating_point() else part for part in inputs))


class CrossentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A neural network that is trained as `crossent fit` does: standardised inputs, exact means, early stopping, the
    best weights. Each fit begins anew, in memory, and prints nothing.

    Args:
        model: the name of a model of `crossent fit`, or where your own is (package.module:Class); "auto" takes what
            suits the data: a perceptron for numbers and tables, a convolutional network for images, words for texts.
        hidden: the sizes of the hidden layers of a perceptron; by default the model's own.
        epochs: at most so many passes over the training rows.
        lr: the learning rate at its highest; "auto" looks for it; by default that of the optimizer.
        batch_size: rows per step.
        class_weight: "balanced", or a weight per class by its label; multiplies the losses of its rows.
        validation_fraction: the share of the rows, of each class, that early stopping looks at; with 0 it looks at
            the training rows.
        patience: stop after so long without improvement, such as "10epochs" or "500steps"; None: never.
        random_state: fixes the split, the first weights, the order of the rows and the dropout.
        settings: any other setting of `crossent fit` by name, such as {"optimizer": "sgd", "label_smoothing": 0.1}.
        out: a folder that gets one new folder per fit, with checkpoints and report; by default nothing is written.
        verbose: say what `crossent fit` says.

    Attributes:
        classes_: the labels, sorted; of several labels per row the numbers of their columns.
        n_iter_: epochs that were trained.
        history_: losses and metrics of each evaluation.
        learnt_: the model with its best weights, its task, and how inputs are read.
        run_: the folder of the run; None where none was asked for.

    Example::

        >>> from sklearn.datasets import load_wine
        >>> from sklearn.model_selection import cross_val_score
        >>> from crossent.sklearn import CrossentClassifier
        >>> X, y = load_wine(return_X_y=True)
        >>> cross_val_score(CrossentClassifier(epochs=20, lr=0.01), X, y, cv=3).mean() > 0.9
        np.True_
    """

    def __init__(
        self,
        model: str = "auto",
        *,
        hidden: Sequence[int] | None = None,
        epochs: int = 100,
        lr: float | str | None = None,
        batch_size: int = 64,
        class_weight: Mapping[Any, float] | str | None = None,
        validation_fraction: float = 0.15,
        patience: str | None = "10epochs",
        random_state: int | np.random.RandomState | None = 0,
        settings: Mapping[str, Any] | None = None,
        out: str | Path | None = None,
        verbose: bool = False,
    ) -> None:
        self.model = model
        self.hidden = hidden
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.settings = settings
        self.out = out
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> CrossentClassifier:
        """Train on rows and their labels.

        Args:
            X: (N, F) numbers, dense or sparse, where NaN is a missing value; images (N, H, W) or (N, H, W, K); a
                table with numbers, categories, dates and texts; or N texts.
            y: (N,) labels of any kind, or (N, L) of 0 and 1.
            sample_weight: (N,), what the loss of each row is multiplied by; the mean is Σ w·loss / Σ w, exactly. Rows
                of weight 0 are left out.

        Returns:
            This estimator.

        Raises:
            SettingError: a setting that there is not, or whose value does not fit.
            DataError: the rows cannot be learnt from.
        """
        X, y = self._checked(X, y)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            counts = weights > 0
            X, y, weights = (_safe_indexing(values, counts) for values in (X, y, weights))
        targets = self._targets(y)
        rows = Bunch(
            data=X,
            target=targets,
            target_names=[str(label) for label in self.classes_],
            feature_names=list(getattr(self, "feature_names_in_", [])) or None,
            sample_weight=weights,
        )
        # A class of one row is trained on: then there is nothing to validate with.
        apart = self.validation_fraction > 0 and int(np.bincount(targets.ravel()).max()) > 1
        data = rows if apart else {"train": rows, "val": rows}
        console = None if self.verbose else silent()
        config = self._config(y)
        if self.out is None:
            self.run_ = None
            self.learnt_ = learn(config, Source(None, data), console)
        else:
            run = fit(data=data, config=config, console=console)
            self.run_ = run.folder
            self.learnt_ = Learnt(run.model, run.task, run.schema, run.history)
        self.history_ = self.learnt_.history
        self.n_iter_ = int(self.history_[-1]["epoch"])
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The logits: (N, C); of two classes (N,), above 0 for the second; of several labels (N, L)."""
        logits: NDArray[np.float64] = self._logits(X).numpy()
        return logits

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class in the order of `classes_`, (N, C); of several labels, of each, (N, L)."""
        logits = self._logits(X)
        task = self.learnt_.task
        return task.by_class(task.probabilities(logits)).numpy()

    def predict(self, X: Any) -> NDArray[Any]:
        """The labels: (N,); of several per row (N, L) of 0 and 1."""
        logits = self._logits(X)
        codes = self.learnt_.task.predictions(logits).numpy().astype(np.int64)
        return codes if codes.ndim > 1 else self.classes_[codes]

    def _logits(self, X: Any) -> Tensor:
        check_is_fitted(self)
        model, task, schema, _ = self.learnt_
        outputs = collect(task, _Wide(model), read(self._checked(X), schema, labelled=False), _BATCH)
        return outputs.logits

    def _checked(self, X: Any, y: Any = "no_validation") -> Any:
        """The rows as they are read: an array of numbers, or a table or texts as they are; with labels where given."""
        fitting = not isinstance(y, str)
        if is_texts(X) or (is_frame(X) and np.asarray(X).dtype.kind not in "biuf"):
            return validate_data(self, X, y, reset=fitting, skip_check_array=True)
        numbers = {"accept_sparse": "csr", "ensure_all_finite": "allow-nan", "allow_nd": True}
        return validate_data(
            self, X, y, reset=fitting, **numbers, **({"multi_output": True, "ensure_min_samples": 2} if fitting else {})
        )

    def _targets(self, y: Any) -> NDArray[np.int64]:
        """The labels as numbers of classes; sets `classes_`."""
        check_classification_targets(y)
        y = np.asarray(y)
        codes: NDArray[np.int64]
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            self.classes_ = np.arange(y.shape[1])
            codes = y.astype(np.int64)
        else:
            self.classes_, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        return codes

    def _config(self, y: Any) -> FitConfig:
        weight = self.class_weight
        if isinstance(weight, Mapping):
            weight = compute_class_weight(weight, classes=self.classes_, y=y).tolist()
        seed = self.random_state
        settings: dict[str, Any] = {
            "model": self.model,
            "epochs": self.epochs,
            "lr": self.lr,
            "batch_size": self.batch_size,
            "loss.weight": weight,
            "stop.patience": self.patience,
            "seed": seed if isinstance(seed, Integral) else check_random_state(seed).randint(2**31),
            "data.test_fraction": 0.0,
            "logger": "none",
        }
        if self.validation_fraction:
            settings["data.val_fraction"] = self.validation_fraction
        if self.hidden is not None:
            settings["model.kwargs.hidden"] = [int(size) for size in self.hidden]
        if self.out is not None:
            settings["out"] = str(self.out)
        # Grids are often arrays of NumPy.
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in settings.items()}
        config = configured(FitConfig(), {**plain, **(self.settings or {})})
        if config.folds is not None:
            raise SettingError("folds", "nothing here: cross_val_score trains one model per fold", config.folds, None)
        return config

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags
