"""Rows of Excel's files."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from ....extras import require
from ...errors import DataError
from ..labels import written
from .csv_rows import Line
from .encoding import LONGEST, too_long

# Bytes of a sheet, unpacked.
_MOST = 1 << 30


def sheet_lines(path: Path, notes: list[str]) -> Iterator[Line]:
    """The rows of the first sheet that has a table; empty ones are no rows. The other sheets are named in `notes`.

    Raises:
        DataError: it is no such file.
    """
    require("excel")
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # Of styles and checks that it does not know: values are all that is read.
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise DataError(f"{path.name}: cannot be read as an .xlsx file ({error}); save it as .xlsx or .csv") from None
    try:
        _check_size(path)
        for sheet in book.worksheets:
            # Programs write sizes into a sheet that are not its own; what is beyond would be left out.
            sheet.reset_dimensions()
        full = [sheet for sheet in book.worksheets if any(_filled(row) for row in sheet.iter_rows(values_only=True))]
        if not full:
            raise DataError(f"{path.name}: the file is empty.")
        # A cover sheet of a few lines may stand in front.
        chosen = next(filter(_is_table, full), full[0])
        if len(full) > 1:
            others = ", ".join(repr(sheet.title) for sheet in full if sheet is not chosen)
            notes.append(f"{path.name}: the sheet {chosen.title!r} is read, and not {others}; save these as files")
        yield from _lines(path.name, chosen)
    except DataError:
        raise
    # Any: a sheet is a file of its own in the file, and is read only now.
    except Exception as error:
        raise DataError(f"{path.name}: cannot be read as an .xlsx file ({error}); save it as .xlsx or .csv") from None
    finally:
        book.close()


def _check_size(path: Path) -> None:
    """Make sure that no sheet is larger unpacked than a table can be that is read cell by cell."""
    with zipfile.ZipFile(path) as file:
        if max(item.file_size for item in file.infolist()) > _MOST:
            raise DataError(f"{path.name}: a sheet of more than 1 GiB is not read; save it as .csv or .parquet")


def _lines(name: str, sheet: Any) -> Iterator[Line]:
    values = enumerate(sheet.iter_rows(values_only=True), 1)
    rows = [(number, list(map(_text, row))) for number, row in values if _filled(row)]
    long = next((number for number, row in rows if max(map(len, row)) > LONGEST), None)
    if long is not None:
        raise too_long(f"{name}:{long}", "a value")
    # Cells that were once touched, beside the table.
    width = max(place for _, row in rows for place, cell in enumerate(row, 1) if cell)
    for number, row in rows:
        yield Line(number, (row + [""] * width)[:width])


def _is_table(sheet: Any) -> bool:
    """Decide whether there are rows: two with two values."""
    rows = (row for row in sheet.iter_rows(values_only=True) if sum(cell is not None for cell in row) > 1)
    return len(list(islice(rows, 2))) == 2


def _filled(row: tuple[Any, ...]) -> bool:
    return any(cell is not None for cell in row)


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(written([cell])[0])
