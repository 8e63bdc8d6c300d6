"""Files on a server of S3's kind, read where they are; the server is moto's, which no extra brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.fs
import pytest

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, load
from crossent.train.errors import DataError
from crossent.train.fitting.stream_feed import StreamFeed
from crossent.train.runtime.distributed import World

from .test_stream import ROWS, shards

server = pytest.importorskip("moto.server", reason="moto is not installed (pip install 'moto[server,s3]')")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a folder of files; {} stands for its name."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    query = f"endpoint_override={host}:{port}&scheme=http&region=us-east-1"
    files, _ = pyarrow.fs.FileSystem.from_uri(f"s3://clicks?{query}&allow_bucket_creation=true")
    files.create_dir("clicks")
    pyarrow.fs.copy_files(str(shards(tmp_path / "shards")), "clicks/all", destination_filesystem=files)
    yield f"s3://clicks/{{}}?{query}"
    running.stop()


def test_files_of_a_bucket_are_streamed_as_those_of_a_folder(bucket: str, tmp_path: Path) -> None:
    local, there = (
        load(DataConfig(source, stream="always", drop="row"))
        for source in (str(tmp_path / "shards"), bucket.format("all"))
    )
    assert there.stream is not None
    assert local.stream is not None
    assert sum(there.census.rows.values()) == ROWS
    assert there.schema == local.schema
    feeds = [StreamFeed(data.stream.rows, data.train, 32, None, World()) for data in (local, there)]
    for one, two in zip(*(feed.epoch(1, 3) for feed in feeds), strict=True):
        assert one[0].targets.equal(two[0].targets)
        assert all(a.equal(b) for a, b in zip(one[0].inputs, two[0].inputs, strict=True))
    # No larger than memory: a table.
    assert load(DataConfig(bucket.format("all"), drop="row")).stream is None
    with pytest.raises((DataError, SettingError), match="all2"):
        load(DataConfig(bucket.format("all2")))
