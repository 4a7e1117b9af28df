"""Checksums of an index's files, there only while no process has them open.

A damaged HNSW file does not fail to open: it ends the process (6 of 24 flipped bits, measured), so its bytes are
compared before the engine reads them. A seal is written when a folder is closed and taken away when it is opened: where
there is one, whatever differs was changed by a disk or by somebody else; where there is none, the owner was killed.
"""

import json
import logging
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

_NAME = "seal.json"
_BLOCK = 1 << 20
# Locks and the map of SQLite's log hold nothing that outlives a process.
_VOLATILE = (".lock", "-shm", _NAME, f"{_NAME}.new")


@dataclass(frozen=True, slots=True)
class _Sum:
    """A file as it was when its bytes were read; ``crc`` is the CRC-32 that zlib and tantivy use."""

    size: int
    mtime_ns: int
    crc: int


class Seal:
    """The seal of one folder. Reading 1 GB for it takes about a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / _NAME
        self._known: dict[str, _Sum] = {}

    @property
    def is_there(self) -> bool:
        """Whether the folder was closed in good order, and was not opened since."""
        return self._file.exists()

    def broken(self) -> list[str]:
        """What is wrong with each file that differs, by name; empty where nothing does and where there is no seal."""
        try:
            sealed: dict[str, int] = dict(json.loads(self._file.read_text(encoding="utf-8"))["files"])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            return [f"{_NAME} cannot be read: {error}"]
        self._known = {name: _summed(path) for name, path in self._files()}
        return [*_differences(sealed, {name: each.crc for name, each in self._known.items()})]

    def lift(self) -> None:
        """Take the seal away: from now on the files change."""
        self._file.unlink(missing_ok=True)

    def put(self) -> None:
        """Seal the folder as it is; files that did not change since ``broken`` are not read again."""
        sums = {name: self._sum(name, path) for name, path in self._files()}
        new = self._file.with_name(f"{_NAME}.new")
        try:
            new.write_text(json.dumps({"files": {name: each.crc for name, each in sums.items()}}), encoding="utf-8")
            new.replace(self._file)
        except OSError as error:
            # Without a seal the folder is opened as after a kill.
            logger.warning("%s is not sealed: %s", self._folder, error)

    def _sum(self, name: str, path: Path) -> _Sum:
        known, now = self._known.get(name), path.stat()
        is_same = known is not None and (known.size, known.mtime_ns) == (now.st_size, now.st_mtime_ns)
        return known if known is not None and is_same else _summed(path)

    def _files(self) -> Iterator[tuple[str, Path]]:
        for folder, _, names in os.walk(self._folder):
            for name in names:
                if not name.endswith(_VOLATILE):
                    path = Path(folder, name)
                    yield path.relative_to(self._folder).as_posix(), path


def _summed(path: Path) -> _Sum:
    state, crc = path.stat(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return _Sum(state.st_size, state.st_mtime_ns, crc)


def _differences(sealed: dict[str, int], found: dict[str, int]) -> Iterator[str]:
    for name in sorted(sealed.keys() | found.keys()):
        if name not in found:
            yield f"{name} is gone"
        elif name not in sealed:
            yield f"{name} was put there by somebody else"
        elif sealed[name] != found[name]:
            yield f"{name} was changed since it was closed"
