"""Rows of databases: SQLite, and a PostgreSQL server that is started here."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load, read
from crossent.train.data.sources.database import read_database

pytest.importorskip("sqlalchemy", reason='pip install "crossent[sql]"')

ROWS = [(n * 7 % 11 / 2, ("red", "blue", None)[n % 3], f"2024-0{1 + n % 9}-15", n % 2) for n in range(80)]
COLUMNS = "(price numeric, colour text, sold date, bought integer)"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table sales {COLUMNS}")
        connection.executemany("insert into sales values (?, ?, ?, ?)", ROWS)
    connection.close()
    return path


def test_the_only_table_of_a_file(shop: Path) -> None:
    data = load(DataConfig(str(shop)))
    assert data.census.source == "shop.sqlite"
    assert (data.schema.target, data.schema.task) == (("bought",), "binary")
    assert [(column.name, column.part) for column in data.schema.values] == [("price", "value"), ("sold", "value")]
    assert [column.name for column in data.schema.categories] == ["colour"]
    assert sum(data.census.rows.values()) == 80
    assert read_database(f"sqlite:///{shop}", None).equals(read_database(str(shop), None))


def test_a_file_with_signs_of_addresses_in_its_name(shop: Path) -> None:
    path = shop.rename(shop.with_name("a?b#c%20 d.sqlite"))
    assert read_database(str(path), None).num_rows == 80


def test_a_query(shop: Path) -> None:
    table = read_database(str(shop), "select colour, ':x' as mark from sales where price > 4")
    assert table.column_names == ["colour", "mark"]
    assert set(table.column("mark").to_pylist()) == {":x"}
    schema = load(DataConfig(str(shop), query="select price, bought from sales")).schema
    assert len(read(str(shop), schema, config=DataConfig(query="select price from sales limit 9"))) == 9


def test_nothing_is_written(shop: Path) -> None:
    with pytest.raises(DataError, match=r"^shop.sqlite: attempt to write a readonly database$"):
        read_database(str(shop), "delete from sales")


def test_columns_of_mixed_types_are_text(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "m.db") as connection:
        connection.execute("create table t (a, b, c)")
        connection.executemany("insert into t values (?, ?, ?)", [(1, b"x", None), ("two", b"y", 1.5), (3.5, None, 2)])
    connection.close()
    assert read_database(str(tmp_path / "m.db"), None).to_pydict() == {
        "a": ["1", "two", "3.5"], "b": ["x", "y", None], "c": [None, 1.5, 2.0]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select amount from sales", "shop.sqlite: no such column: amount"),
        ("select price, price from sales", "two columns of the query are named 'price'; give each its own name, "),
        ("select * from sales where price > 99", "shop.sqlite: there are no rows in it."),
    ],
)
def test_a_query_that_gives_nothing(shop: Path, query: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load(DataConfig(str(shop), query=query))
    assert str(caught.value).startswith(message)


def test_a_table_is_asked_for(shop: Path) -> None:
    with sqlite3.connect(shop) as connection:
        connection.execute("create table people (name text)")
    connection.close()
    with pytest.raises(SettingError) as caught:
        load(DataConfig(str(shop)))
    assert str(caught.value) == (
        "data.query: expected a query, since shop.sqlite has people, sales, got None; "
        "write for example data.query='select * from people'"
    )


def test_a_query_of_a_file_of_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,label\n")
    with pytest.raises(SettingError, match=r"^data.query: expected nothing, since .*a.csv is no database, got 'x'"):
        load(DataConfig(str(tmp_path / "a.csv"), query="x"))


@pytest.mark.parametrize(
    "source", ["postgresql://anna:secret@host/shop", "postgresql://anna@host/shop?password=secret"]
)
def test_no_password_is_kept(source: str) -> None:
    with pytest.raises(SettingError) as caught:
        load(DataConfig(source))
    assert "expected no password, since a run's folder keeps the source; $NAME stands for an env" in str(caught.value)
    assert str(caught.value).endswith("write for example data.source='postgresql://anna:$PASSWORD@host/shop'")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("postgresql://anna:$NOT_SET_HERE@host/shop", "the environment variable NOT_SET_HERE, which the URL names, is"),
        ("nosuch://host/shop", "nosuch://host/shop: no driver for it is installed (Can't load plugin: "),
        ("postgresql://localhost:1/shop", "postgresql+psycopg://localhost:1/shop: connection failed: "),
    ],
)
def test_a_database_that_cannot_be_opened(source: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load(DataConfig(source))
    assert str(caught.value).startswith(message)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server in a temporary folder; it runs as nobody where this is run by root."""
    pytest.importorskip("psycopg", reason='pip install "crossent[sql]"')
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "").parent]
    programs = found[-1]
    if not (programs / "initdb").exists():
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    # Where nobody may look into the folders of pytest.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    try:
        made = [programs / "initdb", "-D", folder / "db", "-U", "anna", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(made, check=True, **quiet)  # type: ignore[call-overload]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        control = [programs / "pg_ctl", "-D", folder / "db", "-w"]
        subprocess.run([*control, "-o", options, "-l", folder / "log", "start"], check=True, **quiet)  # type: ignore[call-overload]
        try:
            yield f"postgresql://anna@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder)


def test_postgresql(server: str) -> None:
    import psycopg

    with psycopg.connect(server) as connection:
        connection.execute(f"create table sales {COLUMNS}")
        with connection.cursor() as cursor:
            cursor.executemany("insert into sales values (%s, %s, %s, %s)", ROWS)
        connection.execute("create table films (title text, genres text[], about jsonb)")
        connection.execute(
            """insert into films select 'film ' || n, array['a', 'b'], '{"n": 1}' from generate_series(1, 9) n"""
        )
    data = load(DataConfig(server, query="select * from sales"))
    assert [(column.name, column.part) for column in data.schema.values] == [("price", "value"), ("sold", "value")]
    assert (data.schema.task, data.schema.target, sum(data.census.rows.values())) == ("binary", ("bought",), 80)
    assert read_database(server, "select * from films limit 1").to_pylist() == [
        {"title": "film 1", "genres": ["a", "b"], "about": '{"n": 1}'}
    ]
    with pytest.raises(SettingError, match=r"^data.query: expected a query, since postgres has films, sales, got None"):
        load(DataConfig(server))
    with pytest.raises(DataError, match=r'/postgres: column "amount" does not exist$'):
        read_database(server, "select amount from sales")
