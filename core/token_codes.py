"""Token vectors in two bits per dimension: small enough to keep for every passage, exact enough for late interaction.

A vector is turned by one fixed random rotation, after which its coordinates look alike whatever model it comes from,
and each coordinate is rounded to one of four even steps. A scale per token makes the estimated cosine of a vector with
itself 1 (RaBitQ, Gao and Long 2024). Nothing is fitted, so any encoder may follow another.
``docs/decisions/0006-token-vectors-in-two-bits.md`` has the figures.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.ports import TokenCodes, TokenVectors
from core.types import FloatArray

# Part of the name under which codes are kept: change it when the same vectors would give other codes.
CODEC = "2bit-1"
_HEAD = np.dtype([("id", "<u4"), ("scale", "<f2")])
_SEED = 42
_STEP = 0.9957  # in standard deviations: the best four even steps for normal values (Max 1960, table II)
_MIDDLE = np.float32(1.5)  # codes 0 to 3 stand for -1.5 to 1.5 steps
_SLAB = 512  # tokens restored at once: they stay in the processor's cache


def encode(tokens: TokenVectors) -> TokenCodes:
    """The known tokens in 6 bytes plus a quarter byte per dimension each; a cosine errs by about 0.35 / sqrt(dim)."""
    vectors = tokens.vectors[tokens.known]
    count, dimension = vectors.shape
    turned = _turned(vectors)
    steps = turned * np.float32(np.sqrt(dimension) / _STEP)
    np.clip(np.floor(steps, out=steps) + 2, 0, 3, out=steps)
    along = np.einsum("td,td->t", steps, turned) - _MIDDLE * turned.sum(axis=1)
    heads = np.empty(count, dtype=_HEAD)
    heads["id"] = tokens.ids[tokens.known]
    heads["scale"] = 1 / np.maximum(along, np.float32(1e-3))
    return TokenCodes(np.concatenate([heads.view(np.uint8).reshape(count, _HEAD.itemsize), _packed(steps)], axis=1))


def joined(texts: Sequence[TokenCodes]) -> TokenCodes:
    """The tokens of several texts or windows, one after the other. Raises ``ValueError`` for none."""
    return texts[0] if len(texts) == 1 else TokenCodes(np.concatenate([each.rows for each in texts]))


def ids_of(codes: TokenCodes) -> NDArray[np.uint32]:
    """Vocabulary ids, shape (t,)."""
    return _heads(codes.rows)["id"]


def cosines(question: FloatArray, codes: TokenCodes) -> FloatArray:
    """Shape (q, t), float32, for ``question`` of shape (q, dim) with rows of length 1."""
    turned = _turned(question)
    found = np.empty((len(turned), len(codes.rows)), dtype=np.float32)
    for start in range(0, len(codes.rows), _SLAB):
        packed = codes.rows[start : start + _SLAB, _HEAD.itemsize :]
        found[:, start : start + _SLAB] = turned @ _unpacked(packed).T
    found -= _MIDDLE * turned.sum(axis=1, keepdims=True)
    found *= _heads(codes.rows)["scale"].astype(np.float32)
    return found


def _heads(rows: NDArray[np.uint8]) -> NDArray[np.void]:
    return np.ascontiguousarray(rows[:, : _HEAD.itemsize]).view(_HEAD)[:, 0]


def _turned(vectors: FloatArray) -> FloatArray:
    return vectors @ _rotation(vectors.shape[1])


def _packed(steps: FloatArray) -> NDArray[np.uint8]:
    """Four steps a byte; a byte holds one step of each quarter of the dimensions."""
    quarters = steps.astype(np.uint8).reshape(len(steps), 4, steps.shape[1] // 4)
    shifts = np.array([0, 2, 4, 6], dtype=np.uint8)[:, None]
    return np.asarray(np.bitwise_or.reduce(quarters << shifts, axis=1))


def _unpacked(packed: NDArray[np.uint8]) -> FloatArray:
    """Steps 0 to 3 as float32, shape (t, dim)."""
    packed = np.ascontiguousarray(packed)
    count, width = packed.shape
    steps = np.empty((count, 4 * width), dtype=np.float32)
    for quarter in range(4):
        steps[:, quarter * width : (quarter + 1) * width] = (packed >> np.uint8(2 * quarter)) & np.uint8(3)
    return steps


@lru_cache(maxsize=4)
def _rotation(dimension: int) -> FloatArray:
    """An orthogonal matrix, the same on every machine, with columns of 0 up to the next multiple of four.

    Made of the raw bits of a counter generator, which numpy keeps the same between versions (its samplers may change).
    """
    bits = np.unpackbits(np.random.Philox(_SEED).random_raw(-(-(dimension**2) // 64)).astype("<u8").view(np.uint8))
    signs = 2.0 * bits[: dimension**2].reshape(dimension, dimension) - 1
    basis, triangle = np.linalg.qr(signs)
    turned = np.zeros((dimension, -(-dimension // 4) * 4), dtype=np.float32)
    # The signs of a QR decomposition are the library's choice; these are not.
    turned[:, :dimension] = basis * np.where(np.diag(triangle) < 0, -1, 1)
    return turned
