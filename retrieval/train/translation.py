"""Where a new row starts: at the expectation of the English rows that translate it.

IBM Model 1 (Brown et al. 1993) learns p(English piece | Chinese row) from parallel sentences by expectation
maximisation. An English body then reads the new row much as it reads those pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

# Stands in every Chinese sentence and takes what no row explains: articles, plural endings, full stops.
_NOTHING = 0

Ids: TypeAlias = Sequence[Sequence[int] | NDArray[np.integer[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translations:
    """p(piece | row), one entry per pair that was seen together: ``row``, ``piece``, ``share``, each of shape (n,).

    Row 0 is nothing, row k + 1 is the k-th new row. ``background`` (pieces,) is how often a piece occurs at all.
    """

    row: NDArray[np.int64]
    piece: NDArray[np.int64]
    share: FloatArray
    background: FloatArray


def learn_translations(chinese: Ids, english: Ids, *, pieces: int, rounds: int = 5) -> Translations:
    """Learn from sentence pairs given as numbers of new rows (from 0) and of English pieces (below ``pieces``)."""
    keys, starts, background = _together(chinese, english, pieces)
    pairs, entry = np.unique(keys, return_inverse=True)
    entry = entry.astype(np.int32)
    row, piece = pairs // pieces, pairs % pieces
    sizes = np.diff(np.append(starts, len(entry)))
    share = np.ones(len(pairs), dtype=np.float32)
    for _ in range(rounds):
        expected = share[entry]
        expected /= np.repeat(np.add.reduceat(expected, starts), sizes)
        counts = np.bincount(entry, weights=expected, minlength=len(pairs))
        share = (counts / np.bincount(row, weights=counts)[row]).astype(np.float32)
    return Translations(row=row, piece=piece, share=share, background=background / background.sum())


def _together(chinese: Ids, english: Ids, pieces: int) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """``row * pieces + piece`` for all that stand in one pair, grouped by English piece; where each group starts."""
    keys: list[NDArray[np.int64]] = []
    sizes: list[NDArray[np.int64]] = []
    background = np.zeros(pieces, dtype=np.float32)
    for rows, parts in zip(chinese, english, strict=True):
        left = np.append(np.unique(np.asarray(rows, dtype=np.int64)) + 1, _NOTHING)
        right = np.unique(np.asarray(parts, dtype=np.int64))
        background[right] += 1
        keys.append((left[None, :] * pieces + right[:, None]).ravel())
        sizes.append(np.full(len(right), len(left), dtype=np.int64))
    ends = np.cumsum(np.concatenate(sizes))
    return np.concatenate(keys), np.append(0, ends[:-1]), background


def expected_rows(found: Translations, table: FloatArray, *, count: int, sharpness: float) -> FloatArray:
    """Start rows, shape (count, dim): means of ``table`` weighted by ``share ** sharpness`` and pointwise information.

    A row that was never seen is all zeros.
    """
    from scipy.sparse import csr_array  # type: ignore[import-untyped]  # scipy ships no types

    surprise = np.log(found.share / found.background[found.piece]).clip(min=0)
    weights = csr_array((found.share**sharpness * surprise, (found.row, found.piece)), shape=(count + 1, len(table)))
    rows = weights @ table / np.maximum(weights.sum(axis=1), 1e-12)[:, None]
    return np.asarray(rows[1:], dtype=np.float32)


def filled(rows: FloatArray, spellings: Sequence[str]) -> FloatArray:
    """Rows that were never seen take the mean of their characters' rows, or else of all characters' rows."""
    seen = np.abs(rows).sum(axis=1) > 0
    characters = {spelling: at for at, spelling in enumerate(spellings) if len(spelling) == 1 and seen[at]}
    mean = rows[list(characters.values())].mean(axis=0)
    whole = rows.copy()
    for at in np.flatnonzero(~seen).tolist():
        own = [characters[character] for character in spellings[at] if character in characters]
        whole[at] = rows[own].mean(axis=0) if own else mean
    return whole
