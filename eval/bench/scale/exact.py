"""The nearest passages by looking at every one, and how many of them the dense stage brings."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.types import Condition, Filter, SearchStage
from eval.bench.scale.corpus import AREAS, BATCH, PER_DOCUMENT, Asked, Corpus, is_in
from eval.bench.scale.home import ScaleHome
from eval.bench.scale.timing import rounded

_K = 10
EVERYWHERE = ""


def filter_of(area: str) -> Filter | None:
    """What keeps the documents of one area."""
    return None if area == EVERYWHERE else Filter(conditions=(Condition(name=area, values=("yes",)),))


def passages_by_area(passages: int) -> dict[str, int]:
    """How many passages each area keeps, where it keeps any, and ``EVERYWHERE`` all."""
    documents = range(passages // PER_DOCUMENT)
    kept = {area: PER_DOCUMENT * sum(is_in(area, number) for number in documents) for area in AREAS}
    return {EVERYWHERE: passages} | {area: count for area, count in kept.items() if count}


def recall(home: ScaleHome, corpus: Corpus, passages: int, asked: Sequence[Asked]) -> dict[str, float]:
    """Mean recall@10 of the dense stage against exact search, by area."""
    nearest = _nearest(corpus, passages, asked)
    found = {}
    for area, expected in nearest.items():
        shares = [_share(home, each, area, ids) for each, ids in zip(asked, expected, strict=True)]
        found[area] = rounded(float(np.mean(shares)))
    return found


def _share(home: ScaleHome, asked: Asked, area: str, expected: Sequence[str]) -> float:
    hits = home.search(asked.text, SearchStage.DENSE, filter_of(area), k=_K).hits
    return len({hit.chunk.id for hit in hits} & set(expected)) / len(expected)


def _nearest(corpus: Corpus, passages: int, asked: Sequence[Asked]) -> Mapping[str, list[list[str]]]:
    """The best ten ids of each question in each area, over one walk through all vectors."""
    areas = [*passages_by_area(passages)]
    best: dict[str, list[list[tuple[float, str]]]] = {area: [[] for _ in asked] for area in areas}
    questions = np.stack([each.vector for each in asked])
    for batch, (ids, vectors) in enumerate(corpus.vectors(passages)):
        scores = questions @ vectors.T
        for area in areas:
            kept = _kept(area, batch)
            for row, before in zip(scores[:, kept], best[area], strict=True):
                top = np.argsort(-row)[:_K]
                before[:] = sorted([*before, *((float(row[at]), ids[kept[at]]) for at in top)], reverse=True)[:_K]
    return {area: [[chunk_id for _, chunk_id in each] for each in rows] for area, rows in best.items()}


def _kept(area: str, batch: int) -> list[int]:
    """Places of one thousand passages that are in an area."""
    first = batch * BATCH // PER_DOCUMENT
    return [at for at in range(BATCH) if area == EVERYWHERE or is_in(area, first + at // PER_DOCUMENT)]
