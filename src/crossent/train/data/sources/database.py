"""Rows of a database, by its URL: what a query gives, or the only table; read, never written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa

from ....extras import require
from ...config.rules import SettingError
from ...errors import DataError
from ..columns import as_text

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")
_ROWS = 50_000


def is_database(path: Path) -> bool:
    """Return whether the file's name is that of an SQLite database."""
    return path.suffix.lower() in SUFFIXES


def read_database(source: str, query: str | None) -> pa.Table:
    """The rows of a query, or of the table where there is one alone.

    Args:
        source: the file of an SQLite database; or a URL such as postgresql+psycopg://anna:$PASSWORD@host/shop, in which
            $NAME stands for an environment variable.
        query: in SQL.

    Raises:
        SettingError: the URL is none, holds a password, or there is no query and more than one table.
        DataError: the database says no.
    """
    require("sql")
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    url = _url(source)
    where = url.render_as_string(hide_password=True) if url.get_backend_name() != "sqlite" else Path(source).name
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise DataError(f"{where}: no driver for it is installed ({error}){_driver(url)}") from None
    try:
        with engine.connect() as connection:
            return _read(connection, query or _only_table(connection, source))
    except (SQLAlchemyError, UnicodeError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise DataError(f"{where}: {reason}") from None
    finally:
        engine.dispose()


def _url(source: str) -> URL:
    from sqlalchemy import URL, make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in source:
        # Not made where it is not there, and not written to. The path is part of an address, where ? and # mean more.
        query, path = {"mode": "ro", "uri": "true"}, quote(str(Path(source).expanduser().resolve()))
        return URL.create("sqlite", database=f"file:{path}", query=query)
    try:
        given = make_url(source)
    except (ArgumentError, ValueError):
        example = "postgresql+psycopg://anna:$PASSWORD@localhost/shop"
        raise SettingError("data.source", "a file, a folder, or the URL of a database", source, example) from None
    if given.drivername.startswith("sqlite"):
        if not given.database or not Path(given.database).exists():
            raise SettingError("data.source", "an SQLite database that exists", source, "sqlite:///shop.sqlite")
        return _url(given.database)
    secret = next((name for name in ("password", "passwd", "pwd") if name in given.query), None)
    if secret is not None or (given.password and not str(given.password).startswith("$")):
        given = given.difference_update_query([secret]) if secret is not None else given
        shown = given.set(password="$PASSWORD").render_as_string(hide_password=False)
        raise SettingError(
            "data.source",
            "no password, since a run's folder keeps the source; $NAME stands for an environment variable",
            given.render_as_string(hide_password=True),
            shown.replace("%24", "$"),
        )
    named = {name: value for name in ("username", "password", "host", "database") if (value := getattr(given, name))}
    filled: dict[str, Any] = {name: _filled(str(value)) for name, value in named.items()}
    return given.set(drivername=_with_driver(given.drivername), **filled)


def _filled(text: str) -> str:
    """A part of a URL with environment variables in the place of their names."""
    for name in re.findall(r"\$(\w+)", text):
        if name not in os.environ:
            raise DataError(f"the environment variable {name}, which the URL names, is not set; write: export {name}=…")
        text = text.replace(f"${name}", os.environ[name])
    return text


def _with_driver(name: str) -> str:
    # SQLAlchemy still looks for the driver before the present one.
    plain = name in ("postgresql", "postgres") and find_spec("psycopg2") is None
    return "postgresql+psycopg" if plain else name


def _driver(url: URL) -> str:
    packages = {"postgresql": "psycopg[binary]", "mysql": "pymysql", "mariadb": "pymysql", "mssql": "pyodbc"}
    name = url.get_backend_name()
    return f"; write: pip install {packages[name]}" if name in packages else ""


def _only_table(connection: Connection, source: str) -> str:
    from sqlalchemy import inspect

    tables = sorted(inspect(connection).get_table_names())
    if len(tables) != 1:
        example = f"select * from {tables[0]}" if tables else "select …"
        name, shown = Path(source).name, ", ".join(tables[:10])
        expected = f"a query, since {name} has {shown}" if tables else f"a query, since {name} has no table"
        raise SettingError("data.query", expected, None, example)
    quoted = connection.dialect.identifier_preparer.quote(tables[0])
    return f"select * from {quoted}"


def _read(connection: Connection, query: str) -> pa.Table:
    from sqlalchemy import text

    # A colon in the text of a query is no parameter of ours.
    result = connection.execution_options(stream_results=True).execute(text(re.sub(r"(?<!:):(?=\w)", r"\\:", query)))
    if not result.returns_rows:
        raise SettingError("data.query", "a query that gives rows", query, "select …")
    names = list(result.keys())
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"two columns of the query are named {twice[0]!r}; give each its own name, with AS")
    columns: list[list[pa.Array]] = [[] for _ in names]
    for rows in result.partitions(_ROWS):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.append(_array(values))
    return pa.table({name: _joined(column) for name, column in zip(names, columns, strict=True)})


def _array(values: Sequence[Any]) -> pa.Array:
    """The values as Arrow has them; as text where they are of types that are not alike, or not its own."""
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        array = None
    if array is not None and not pa.types.is_binary(array.type) and not pa.types.is_nested(array.type):
        return array
    if array is not None and pa.types.is_list(array.type) and not pa.types.is_nested(array.type.value_type):
        return array
    return pa.array([None if value is None else as_text(value) for value in values], pa.large_string())


def _joined(arrays: list[pa.Array]) -> pa.ChunkedArray:
    """The parts of a column; as text where one is of another type than the rest."""
    kinds = {array.type for array in arrays if not pa.types.is_null(array.type)}
    if not kinds:
        return pa.chunked_array(arrays or [pa.array([], pa.large_string())])
    try:
        kind = kinds.pop() if len(kinds) == 1 else pa.float64()
        return pa.chunked_array([array.cast(kind) for array in arrays])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([array.cast(pa.large_string()) for array in arrays])
