"""Whether the indexes hold what the record says: equal id sets, and passages that are found by their own words.

Counts alone missed real losses: an index can hold an id and never return it.
"""

import random
from dataclasses import dataclass

from core.ports import ScoredId
from core.types import Stage
from retrieval.indexes import Indexes
from store.catalog import Catalog

_SAMPLE = 50
_WITHIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReport:
    """One index against the record. ``unfindable`` are sampled ids that their own content does not bring back."""

    arm: str
    passages: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    unfindable: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Nothing missing, nothing extra, everything sampled was found."""
        return not (self.missing or self.extra or self.unfindable)


def verify(kb: str, *, catalog: Catalog, indexes: Indexes) -> tuple[ArmReport, ArmReport]:
    """Compare both indexes of a knowledge base with its live passages. Raises ``NotFound``."""
    catalog.require_kb(kb)
    indexes.catch_up(kb)
    view = indexes.view(kb)
    edition = view.edition
    live = catalog.live_ids(kb, edition.id)
    sample = random.Random(0).sample(sorted(live), min(_SAMPLE, len(live)))  # noqa: S311  # a sample, not a secret
    vectors = catalog.chunk_vectors(kb, edition.recipe.fingerprint, sample, edition.id)
    texts = {i: chunk.indexed_text for i, chunk in catalog.live_chunks(kb, sample, edition.id).items()}
    dense, lexical = view.dense(), view.lexical()
    by_vector = tuple(i for i in sample if i not in vectors or not _found(i, dense.search(vectors[i], _WITHIN)))
    by_text = tuple(i for i in sample if not _found(i, lexical.search(texts[i], _WITHIN)))
    return (
        _report(Stage.DENSE, live, dense.ids(), by_vector),
        _report(Stage.LEXICAL, live, lexical.ids(), by_text),
    )


def _found(chunk_id: str, results: list[ScoredId]) -> bool:
    """Copies of one text tie: where they fill the results, an equal score stands for the passage itself."""
    tied = len(results) == _WITHIN and results[0].score - results[-1].score < 1e-4
    return tied or any(hit.chunk_id == chunk_id for hit in results)


def _report(arm: Stage, live: set[str], held: set[str], unfindable: tuple[str, ...]) -> ArmReport:
    return ArmReport(
        arm=arm.value,
        passages=len(live),
        missing=tuple(sorted(live - held)),
        extra=tuple(sorted(held - live)),
        unfindable=unfindable,
    )
