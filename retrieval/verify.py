"""Whether the indexes hold what the record says: whole files, equal ids, equal vectors, and passages that are found.

Counts alone missed real losses: an index can hold an id and never return it. Nothing is built here and nothing mended,
besides what any catch-up with the record does.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np

from core.errors import DependencyError, Unavailable
from core.ports import ScoredId, VectorIndex
from core.types import FloatArray, Stage
from retrieval.generations import AnyIndex
from retrieval.indexes import Indexes
from store.catalog import Catalog
from store.editions import Edition

# Asking for a passage costs 1 to 10 ms in each index, so this many are half a minute at most.
_SAMPLE = 2_000
_WITHIN = 10
_PAGE = 2_000
# Chroma brings vectors to length 1 again, which moves a last digit.
_TOLERANCE = 1e-6

_Content: TypeAlias = Callable[[Sequence[str]], Mapping[str, Any]]  # a query of each index's own kind, by passage


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReport:
    """One index against the record.

    ``damage`` says why it could not be compared, empty where it was. ``altered`` are ids with another vector than the
    record's, ``unfindable`` those, of ``asked`` ones, that their own content does not bring back.
    """

    arm: str
    passages: int
    damage: str = ""
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    unfindable: tuple[str, ...] = ()
    asked: int = 0

    @property
    def sound(self) -> bool:
        """Not damaged, nothing missing, extra or altered, and all that was asked for was found."""
        return not (self.damage or self.missing or self.extra or self.altered or self.unfindable)


@dataclass(frozen=True, slots=True)
class _Record:
    """What the record holds of one edition; ``sample`` are the ids to ask for."""

    catalog: Catalog
    edition: Edition
    live: set[str]
    sample: list[str]

    def vectors(self, ids: Sequence[str]) -> dict[str, FloatArray]:
        """The stored vectors of passages, by id."""
        return self.catalog.chunk_vectors(self.edition.kb, self.edition.recipe.fingerprint, ids, self.edition.id)

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        """What is indexed of passages, by id."""
        chunks = self.catalog.live_chunks(self.edition.kb, ids, self.edition.id)
        return {i: chunk.indexed_text for i, chunk in chunks.items()}


def verify(kb: str, *, catalog: Catalog, indexes: Indexes, every: bool = False) -> tuple[ArmReport, ArmReport]:
    """Compare both indexes of a knowledge base with its live passages, the dense one first.

    All ids and vectors are compared, and 2,000 passages asked for, or ``every`` one. Raises ``NotFound``, and
    ``Unavailable`` where an index cannot be reached.
    """
    catalog.require_kb(kb)
    whole = indexes.whole(kb)
    edition = indexes.view(kb).edition
    live = catalog.live_ids(kb, edition.id)
    wanted = len(live) if every else min(_SAMPLE, len(live))
    sample = random.Random(0).sample(sorted(live), wanted)  # noqa: S311  # a sample, not a secret
    record = _Record(catalog, edition, live, sample)
    return _report(record, Stage.DENSE, whole[Stage.DENSE]), _report(record, Stage.LEXICAL, whole[Stage.LEXICAL])


def _report(record: _Record, arm: Stage, index: AnyIndex | DependencyError) -> ArmReport:
    try:
        if isinstance(index, DependencyError):
            raise index
        return _compared(record, arm, index)
    except Unavailable:
        raise
    except DependencyError as error:
        return ArmReport(arm=arm.value, passages=len(record.live), damage=str(error))


def _compared(record: _Record, arm: Stage, index: AnyIndex) -> ArmReport:
    held = index.ids()
    is_dense = arm is Stage.DENSE
    content: _Content = record.vectors if is_dense else record.texts
    return ArmReport(
        arm=arm.value,
        passages=len(record.live),
        missing=tuple(sorted(record.live - held)),
        extra=tuple(sorted(held - record.live)),
        altered=tuple(_altered(record, cast("VectorIndex", index), sorted(held & record.live))) if is_dense else (),
        unfindable=tuple(_unfindable(record.sample, content, index)),
        asked=len(record.sample),
    )


def _altered(record: _Record, index: VectorIndex, ids: Sequence[str]) -> Iterator[str]:
    for page in _pages(ids):
        known, held = record.vectors(page), index.vectors(page)
        for i in page:
            if i in known and (i not in held or np.abs(known[i] - held[i]).max() > _TOLERANCE):
                yield i


def _unfindable(sample: Sequence[str], content: _Content, index: AnyIndex) -> Iterator[str]:
    for page in _pages(sample):
        contents = content(page)
        yield from (i for i in page if i not in contents or not _found(i, index.search(contents[i], _WITHIN)))


def _pages(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))


def _found(chunk_id: str, results: list[ScoredId]) -> bool:
    """Copies of one text tie: where they fill the results, an equal score stands for the passage itself."""
    tied = len(results) == _WITHIN and results[0].score - results[-1].score < 1e-4
    return tied or any(hit.chunk_id == chunk_id for hit in results)
