"""Folds by document: no document that a question rests on stands on both sides of a fold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FOLDS = 5


def document_groups(documents: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """Shape (n,): the same number for questions that share a document, directly or through other questions.

    A question without documents is a group of its own.
    """
    parents = list(range(len(documents)))
    first: dict[str, int] = {}
    for place, held in enumerate(documents):
        for document in sorted(held):
            parents[_root(parents, place)] = _root(parents, first.setdefault(document, place))
    return np.array([_root(parents, place) for place in range(len(documents))], dtype=np.int64)


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place


def document_folds(groups: NDArray[np.int64], labels: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Masks of shape (n,), five at most, with about as many of either label in each; every question is in one.

    Empty where the groups are too few for both labels to stand on every other side.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    parts = min(FOLDS, len(np.unique(groups)), int(labels.sum()), int((~labels).sum()))
    if parts < 2:
        return []
    splits = StratifiedGroupKFold(n_splits=parts).split(groups, labels, groups)
    masks = [np.isin(np.arange(len(groups)), held) for _, held in splits if len(held)]
    both = all(labels[~mask].any() and (~labels[~mask]).any() for mask in masks)
    return masks if both else []
