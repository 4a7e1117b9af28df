"""Rows of tokens, as long as their texts, put together into forwards."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def padded_length(length: int, step: int) -> int:
    """The next multiple of ``step``."""
    return -(-length // step) * step


def by_length(lengths: Sequence[int], *, most: int, step: int) -> list[list[int]]:
    """Places of rows that are read together: of one padded length, at most ``most`` of them; longest first."""

    def padded(at: int) -> int:
        return padded_length(lengths[at], step)

    groups: list[list[int]] = []
    for _, places in groupby(sorted(range(len(lengths)), key=padded, reverse=True), key=padded):
        same = list(places)
        groups += [same[start : start + most] for start in range(0, len(same), most)]
    return groups


def within_budget(lengths: Sequence[int], *, tokens: int, most: int) -> list[list[int]]:
    """Places of rows that are read together, longest first: at most ``most``, and at most ``tokens`` of them with
    padding; a row longer than that is read alone."""
    groups: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        last = groups[-1] if groups else []
        if last and len(last) < most and (len(last) + 1) * lengths[last[0]] <= tokens:
            last.append(at)
        else:
            groups.append([at])
    return groups


def stacked(rows: Sequence[Ids], width: int, fill: int = 0) -> Ids:
    """Shape (n, width); what a row does not reach is ``fill``."""
    result = np.full((len(rows), width), fill, dtype=np.int64)
    for place, row in enumerate(rows):
        result[place, : len(row)] = row
    return result


def mask_of(rows: Sequence[Ids], width: int) -> Ids:
    """Shape (n, width): 1 where a row has a token."""
    return (np.arange(width) < np.array([len(row) for row in rows])[:, None]).astype(np.int64)
