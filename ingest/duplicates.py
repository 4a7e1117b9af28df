"""After a run: which of its documents say what another one says already, or nearly so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ingest.report import Copy
from ingest.sketch import Similar, sketch
from store.duplicates import Near, Sketch

_BATCH = 500
# Pages made from one template are all alike: these many of them say enough about each.
_NEAREST = 5


class DuplicateRecord(Protocol):
    """Where sketches are kept, by version."""

    def unsketched(self, kb: str, limit: int) -> dict[int, str]:
        """Texts of live versions that have no sketch yet, oldest first."""
        ...

    def sketches(self, kb: str) -> dict[int, Sketch]:
        """Of live versions, oldest first."""
        ...

    def put(self, made: Mapping[int, Sketch], near: Sequence[Near]) -> None:
        """Keep sketches and similar pairs."""
        ...

    def sources(self, kb: str, of: Sequence[int]) -> dict[int, str]:
        """The sources of live versions."""
        ...


def find_duplicates(record: DuplicateRecord, kb: str) -> tuple[Copy, ...]:
    """Sketch what has no sketch yet, keep which texts are alike, and name each new document that repeats an older one.

    Where nothing is new this costs one query.
    """
    texts = record.unsketched(kb, _BATCH)
    if not texts:
        return ()
    search = _Search(record.sketches(kb))
    found: list[Near] = []
    while texts:
        made = {version: sketch(text) for version, text in texts.items()}
        alike = {version: search.take(version, each) for version, each in made.items()}
        record.put(made, [pair for pairs in alike.values() for pair in pairs if pair.similarity < 1])
        found += [pairs[0] for pairs in alike.values() if pairs]
        texts = record.unsketched(kb, _BATCH)
    return tuple(_named(record, kb, found))


class _Search:
    """Texts seen so far; of those that say the same only the oldest is compared with others."""

    def __init__(self, known: Mapping[int, Sketch]) -> None:
        self._oldest: dict[str, int] = {}
        self._similar = Similar()
        for version, each in known.items():
            self.take(version, each)

    def take(self, version: int, each: Sketch) -> list[Near]:
        """The older texts that this one repeats: the one that says the same, or else the nearest. It is then known."""
        same = self._oldest.setdefault(each.words_hash, version)
        if same != version:
            return [Near(version=version, other=same, similarity=1.0)]
        nearest = self._similar.find(each)[:_NEAREST]
        self._similar.add(version, each)
        # An estimate of 1 is no proof: the hashes differ.
        return [Near(version=version, other=other, similarity=min(alike, 0.99)) for other, alike in nearest]


def _named(record: DuplicateRecord, kb: str, pairs: Sequence[Near]) -> Iterator[Copy]:
    names = record.sources(kb, sorted({version for pair in pairs for version in (pair.version, pair.other)}))
    for pair in pairs:
        # A document that was deleted meanwhile has no name any more.
        if pair.version in names and pair.other in names:
            yield Copy(path=names[pair.version], of=names[pair.other], similarity=pair.similarity)
