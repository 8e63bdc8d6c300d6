"""Packed folders, and the place for what is made of sources once: ~/.cache/crossent."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path

from ....files import new_partial_folder, open_to_all
from ...errors import DataError

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
# How a packed file says that it is damaged, or holds what cannot be a file here.
_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(RuntimeError, EOFError, OSError, ValueError),
)
# Set in a zip file where the names are UTF-8.
_UTF8 = 0x800


def is_archive(path: Path) -> bool:
    """Return whether the file's name is that of a packed folder."""
    return path.name.lower().endswith(ARCHIVES)


def cached(path: Path, how: str, ending: str) -> Path:
    """The place of what is made of a file, as long as the file is the same, and is read in the same way."""
    folder = Path.home() / ".cache" / "crossent"
    folder.mkdir(parents=True, exist_ok=True)
    stat = path.stat()
    key = f"2 {path.resolve()} {stat.st_size} {stat.st_mtime_ns} {how}"
    return folder / f"{path.stem}-{hashlib.sha256(key.encode()).hexdigest()[:16]}{ending}"


def unpacked(path: Path, notes: list[str]) -> Path:
    """The folder that a packed one is unpacked to, once.

    Raises:
        DataError: it cannot be unpacked, or not without a password.
    """
    target = cached(path, "folder", "")
    if not target.exists():
        temporary = new_partial_folder(target)
        try:
            _unpack(path, temporary)
            open_to_all(temporary)
            temporary.replace(target)
        except DataError:
            raise
        except _BROKEN as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error).partition(":\n")[0]
            raise DataError(f"{path.name}: cannot be unpacked ({reason}); unpack it, and name the folder") from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    notes.append(f"{path.name} is unpacked to {target}")
    return target


def _unpack(path: Path, folder: Path) -> None:
    room = _Room(path, shutil.disk_usage(folder).free)
    if path.suffix.lower() != ".zip":

        def checked(member: tarfile.TarInfo, place: str) -> tarfile.TarInfo:
            room.take(member.size)
            # Nothing outside of the folder, no links out of it, no devices.
            return tarfile.data_filter(member, place)

        with tarfile.open(path) as archive:
            archive.extractall(folder, filter=checked)
        return
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            room.take(item.file_size)
            if not item.flag_bits & _UTF8:
                item.filename = _readable(item.filename)
            file.extract(item, folder)


class _Room:
    """The room that is left on the disk for what a file unpacks to, by the sizes that it names before each part."""

    def __init__(self, path: Path, free: int) -> None:
        self.path, self.free, self.taken = path, free, 0

    def take(self, size: int) -> None:
        """Take room for one more part.

        Raises:
            DataError: there is not as much.
        """
        self.taken += size
        if self.taken > self.free:
            raise DataError(
                f"{self.path.name}: it unpacks to more than the {self.free / 2**30:,.1f} GiB that the disk has left"
            )


def _readable(name: str) -> str:
    """A name as Windows in China writes it into a zip file, which Python takes for that of a PC of 1981."""
    try:
        return name.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name
