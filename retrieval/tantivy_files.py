"""Whether the files of a tantivy index are as tantivy wrote them, without opening it.

Each file of a segment ends with ``{"version": ..., "crc": ...}``, the length of that and a magic number, two 32-bit
little-endian integers; the checksum is of what stands before (tantivy 0.25, ``src/directory/footer.rs``). tantivy
itself reads it only when asked to, and its Python package does not ask.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_TAIL = struct.Struct("<II")
_MAGIC = 1337
_BLOCK = 1 << 20


def damaged_files(folder: Path) -> list[str]:
    """What is wrong with each file that tantivy did not write so, by name. Reads all, 1 GB in about a second."""
    return [f"{path.name}: {wrong}" for path in sorted(folder.iterdir()) for wrong in _wrongs(path)]


def passages_in(folder: Path) -> tuple[int, int]:
    """How many live and how many deleted passages the segments hold."""
    segments = json.loads((folder / "meta.json").read_bytes())["segments"]
    deleted = sum(segment["deletes"]["num_deleted_docs"] for segment in segments if segment["deletes"])
    return sum(segment["max_doc"] for segment in segments) - deleted, deleted


def _wrongs(path: Path) -> Iterator[str]:
    if path.suffix in ("", ".lock", ".new") or path.name == "seal.json":
        return
    try:
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif _checksum(path) != _footer(path)[1]:
            yield "its bytes are not those that were written"
    except (OSError, ValueError, KeyError, struct.error) as error:
        yield f"it cannot be read: {error}"


def _footer(path: Path) -> tuple[int, int]:
    """Where the footer begins, and the checksum that it names."""
    with path.open("rb") as file:
        end = file.seek(-_TAIL.size, 2)
        length, magic = _TAIL.unpack(file.read(_TAIL.size))
        if magic != _MAGIC or length > end:
            raise ValueError("it has no footer")
        start = file.seek(end - length)
        return start, int(json.loads(file.read(length))["crc"])


def _checksum(path: Path) -> int:
    left, crc = _footer(path)[0], 0
    with path.open("rb") as file:
        while left:
            block = file.read(min(_BLOCK, left))
            crc, left = zlib.crc32(block, crc), left - len(block)
    return crc
