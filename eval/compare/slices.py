"""Parts of the compared queries: those of one language or with one tag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InvalidInput
from eval.compare.scores import Subject
from eval.compare.significance import Mask

DIMENSIONS = ("language", "tag")


@dataclass(frozen=True, slots=True)
class Part:
    """``dimension`` and ``value`` are empty for all queries; ``chosen`` has shape (subjects,)."""

    dimension: str
    value: str
    chosen: Mask


def everything(subjects: Sequence[Subject]) -> Part:
    """The part that leaves nothing out."""
    return Part("", "", np.ones(len(subjects), dtype=np.bool_))


def parts_by(subjects: Sequence[Subject], dimension: str) -> list[Part]:
    """The queries of each value of a dimension, values sorted; empty where no subject has one.

    Raises ``InvalidInput`` for an unknown dimension.
    """
    if dimension not in DIMENSIONS:
        raise InvalidInput(f"no dimension {dimension!r}; slices are by {' or '.join(DIMENSIONS)}")
    held = [_held(subject, dimension) for subject in subjects]
    values = sorted({value for each in held for value in each})
    return [Part(dimension, value, np.array([value in each for each in held])) for value in values]


def _held(subject: Subject, dimension: str) -> tuple[str, ...]:
    if dimension == "tag":
        return subject.tags
    return (subject.language,) if subject.language else ()
