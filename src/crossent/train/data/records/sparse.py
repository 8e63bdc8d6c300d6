"""Sparse matrices of scipy as rows of a table: dense in memory where they are small, else a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...config.data import DataConfig
from ...errors import DataError
from ..fingerprints import chance_of_equal, digest_of_array, of_bytes
from ..inputs import TensorInputs
from ..numeric import standardised
from ..schema import Column, Schema
from .arrays import ArrayRecords

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class SparseRecords(ArrayRecords):
    """Rows of a sparse matrix, (N, F).

    Args:
        x: in the CSR form.
        y: as for arrays.
        name: of the source.
        classes: the names of the labels 0 to C − 1.
        memory: bytes that a dense copy may take.
    """

    what = "rows of a sparse matrix"

    def __init__(
        self,
        x: csr_array,
        y: NDArray[Any] | None,
        name: str = "",
        classes: Sequence[str] | None = None,
        memory: int = 1 << 31,
    ) -> None:
        self.memory = memory
        super().__init__(_Rows(x), y, name, classes)  # type: ignore[arg-type]

    def raw(self, row: int) -> dict[str, Any]:
        names, part = self._features(), self._matrix[[row]].tocoo()
        return {names[column]: value for column, value in zip(part.col.tolist(), part.data.tolist(), strict=True)}

    def bad_rows(self, schema: Schema) -> dict[int, Any]:
        bad = super().bad_rows(schema)
        if not np.isfinite(self._matrix.data).all():
            raise DataError(f"{self.name}: the sparse matrix holds NaN or infinite values")
        return bad

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        matrix = self._matrix.astype(np.float64)
        mean = np.asarray(matrix.mean(0)).reshape(-1)
        std = np.sqrt(np.maximum(np.asarray(matrix.multiply(matrix).mean(0)).reshape(-1) - mean**2, 0.0))
        std[std <= 1e-12 * np.maximum(1.0, np.abs(mean))] = 1.0
        columns = zip(self._features(), mean.tolist(), std.tolist(), strict=True)
        return replace(schema, columns=tuple(Column(name, "number", own, width) for name, own, width in columns))

    def fits(self, schema: Schema) -> bool:
        return 4 * int(np.prod(self._matrix.shape)) <= self.memory

    def now(self, schema: Schema) -> TensorInputs:
        self._check_shape(schema)
        dense = self._matrix.toarray().astype(np.float64)
        return TensorInputs(torch.from_numpy(standardised(schema.columns, dense)))

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        matrix = self._matrix.sorted_indices()
        ends = matrix.indptr
        return of_bytes(
            matrix.indices[start:end].tobytes() + matrix.data[start:end].tobytes() for start, end in pairwise(ends)
        )

    def agreement(self, schema: Schema) -> float:
        matrix = self._matrix.tocsc()
        return chance_of_equal((matrix[:, [column]].toarray()[:, 0] for column in range(matrix.shape[1])), len(self))

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        matrix = self._matrix.sorted_indices()
        blocks = {"ends": matrix.indptr, "places": matrix.indices, "values": matrix.data}
        return {name: digest_of_array(block) for name, block in {**blocks, **self._labels()}.items()}

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        return []

    def columns(self, rows: slice) -> dict[str, list[Any]]:
        return {"row": self.rows[rows].tolist()}

    @property
    def _matrix(self) -> csr_array:
        return self.x.matrix  # type: ignore[attr-defined]


class _Rows:
    """A sparse matrix with the length and the slices of an array."""

    ndim = 2
    dtype = np.dtype(np.float64)

    def __init__(self, matrix: csr_array) -> None:
        self.matrix, self.shape = matrix, matrix.shape

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> _Rows:
        return _Rows(self.matrix[rows])
