"""Whether a safetensors file holds numbers.

Read by hand: the library gives bfloat16 only to torch, which costs seconds.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelRefused

# Of each kind of float: the integer that holds it and its exponent's bits, all of them set in infinity and NaN.
_FLOATS = {
    "F64": ("<u8", 0x7FF0_0000_0000_0000),
    "F32": ("<u4", 0x7F80_0000),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
}
_SLAB = 1 << 22  # numbers looked at together: 16 MB

Bits: TypeAlias = NDArray[np.unsignedinteger]


def check_finite(path: Path) -> None:
    """Raises ``ModelRefused`` with the tensor's name where one holds NaN or infinity, and for a damaged file."""
    try:
        for name, bits, exponent in _tensors(path):
            if not all(_finite(bits[start : start + _SLAB], exponent) for start in range(0, len(bits), _SLAB)):
                raise ModelRefused(f"{path}: {name!r} holds NaN or infinity; the training went wrong, use another")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelRefused(f"{path} is no safetensors file that can be read: {error}") from error


def _finite(bits: Bits, exponent: int) -> bool:
    mask = bits.dtype.type(exponent)
    return bool(((bits & mask) != mask).all())


def _tensors(path: Path) -> Iterator[tuple[str, Bits, int]]:
    """Name, bits and exponent mask of every tensor of floats."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > path.stat().st_size:
            raise ValueError(f"its header is said to have {length} bytes")
        header = json.loads(file.read(length))
    body = 8 + length
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] in _FLOATS:
            kind, exponent = _FLOATS[entry["dtype"]]
            start, end = entry["data_offsets"]
            count = (end - start) // np.dtype(kind).itemsize
            # Mapped, and not aligned: a file larger than the memory is read in passing.
            yield name, _mapped(path, kind, body + start, count), exponent


def _mapped(path: Path, kind: str, offset: int, count: int) -> Bits:
    if not count:
        return np.zeros(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r", offset=offset, shape=(count,))
