"""The lexical index: BM25 by tantivy over the project's own terms.

Measured traps that shape this file (tantivy 0.27): terms are made in Python and joined by spaces, queries are built
from term queries (the query parser would tokenise again); deletion works by a raw text field only; in one transaction
deletes come before adds; a searcher sees a commit only after ``reload``.
"""

import json
import shutil
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

import tantivy

from core.errors import DependencyError
from core.explanation import TermShare
from core.ports import IndexEntry, ScoredId
from core.text import ANALYSER_VERSION, analyse, query_weights
from retrieval.bm25_terms import shares_of
from retrieval.seal import Seal
from retrieval.tantivy_files import damaged_files, passages_in

_HEAP_BYTES = 50_000_000
_COMMIT_EVERY = 5_000
_MOST_KEPT_IDS = 200_000


class TantivyStore:
    """The tantivy folder of one home, a folder in it for each generation."""

    durable = True
    fingerprint = f"tantivy-0.27 analyser-{ANALYSER_VERSION}"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, generation: str) -> "TantivyIndex":
        """A new empty index."""
        return TantivyIndex(self._folder / generation, create=True)

    def open(self, generation: str) -> "TantivyIndex":
        """The index of a generation. Raises ``DependencyError`` when it is gone or damaged."""
        folder = self._folder / generation
        if folder.is_dir() and (wrong := _damage(folder)):
            raise DependencyError(f"tantivy index in {folder} is damaged: {'; '.join(wrong[:5])}")
        return TantivyIndex(folder, create=False)

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the folders that no generation names."""
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Nothing of its own to close."""


def _damage(folder: Path) -> list[str]:
    """What is wrong with the files: against their seal, or after a kill against the checksums in them."""
    seal = Seal(folder)
    return seal.broken() if seal.is_there else damaged_files(folder)


class _Seen:
    """The index as of one commit. Reading an id out of its store costs 10 µs, so those that were read are kept."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.searcher = searcher
        self._ids: dict[tuple[int, int], str] = {}

    def id_of(self, address: tantivy.DocAddress) -> str:
        """The id of the passage at an address that this searcher gave."""
        key = (address.segment_ord, address.doc)
        known = self._ids.get(key)
        if known is None:
            if len(self._ids) >= _MOST_KEPT_IDS:
                self._ids.clear()
            known = self._ids[key] = str(self.searcher.doc(address)["id"][0])
        return known


class TantivyIndex:
    """A ``LexicalIndex``; scores are BM25 with k1 = 1.2 and b = 0.75, 0 or higher."""

    def __init__(self, folder: Path, *, create: bool) -> None:
        self._schema = _schema()
        if create:
            folder.mkdir(parents=True)
        elif not (folder.is_dir() and tantivy.Index.exists(str(folder))):
            raise DependencyError(f"tantivy index in {folder} is gone")  # opening would make an empty one
        try:
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=not create)
            self._writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        except ValueError as error:
            raise DependencyError(f"tantivy index in {folder}: {error}") from error
        self._folder = folder
        self._seal = Seal(folder)
        self._seal.lift()
        self._lock = threading.Lock()
        self._seen = _Seen(self._index.searcher())

    @property
    def is_worn(self) -> bool:
        """Whether a third of what it holds is deleted: that counts in every score, and merging may never take it."""
        live, deleted = passages_in(self._folder)
        return 2 * deleted > live

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Delete, then add; an id that is there already is replaced."""
        with self._lock:
            self._delete([*deletes])
            for start in range(0, len(adds), _COMMIT_EVERY):
                part = adds[start : start + _COMMIT_EVERY]
                self._delete([entry.chunk_id for entry in part])
                for entry in part:
                    terms = " ".join(analyse(entry.text))
                    self._writer.add_document(tantivy.Document(id=entry.chunk_id, body=terms))
                self._writer.commit()
            if not adds:
                self._writer.commit()
            self._index.reload()
            self._seen = _Seen(self._index.searcher())

    def search(self, query: str, k: int, also: Collection[str] = ()) -> list[ScoredId]:
        """At most ``k`` passages that share a term with the query."""
        terms = self._terms(query, also)
        return [] if terms is None else self._found(terms, k)

    def search_within(self, query: str, k: int, ids: Collection[str], also: Collection[str] = ()) -> list[ScoredId]:
        """As ``search``, of these passages: 4 µs for each of them."""
        terms = self._terms(query, also)
        if terms is None or not ids:
            return []
        return self._found(self._among(terms, ids), k)

    def shares(self, query: str, ids: Sequence[str], also: Collection[str] = ()) -> dict[str, tuple[TermShare, ...]]:
        """What each term of the query gives these passages, the weightiest first; without those that share none."""
        terms, seen = self._terms(query, also), self._seen
        if terms is None or not ids:
            return {}
        found = seen.searcher.search(self._among(terms, ids), len(ids), count=False).hits
        accounts = {seen.id_of(address): terms.explain(seen.searcher, address).to_json() for _, address in found}
        return {chunk_id: shares_of(json.loads(account)) for chunk_id, account in accounts.items()}

    def ids(self) -> set[str]:
        """Every id in the index."""
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False).hits
        return {searcher.doc(address)["id"][0] for _, address in found}

    def close(self) -> None:
        """Let background merges end, give back the writer's lock and seal the files."""
        self._writer.wait_merging_threads()
        self._seal.put()

    def _terms(self, query: str, also: Collection[str]) -> tantivy.Query | None:
        weights = query_weights(query, also)
        terms = [(tantivy.Occur.Should, self._term(term, weight)) for term, weight in weights.items()]
        return tantivy.Query.boolean_query(terms) if terms else None

    def _among(self, terms: tantivy.Query, ids: Collection[str]) -> tantivy.Query:
        # Weighs nothing, so that scores stay those among all passages.
        among = tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "id", [*ids]), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, terms), (tantivy.Occur.Must, among)])

    def _found(self, query: tantivy.Query, k: int) -> list[ScoredId]:
        seen = self._seen
        found = _with_ties(seen.searcher, query, k)
        scored = [ScoredId(seen.id_of(address), float(score)) for score, address in found]
        return sorted(scored, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _delete(self, ids: Sequence[str]) -> None:
        for chunk_id in ids:
            self._writer.delete_documents_by_term("id", chunk_id)

    def _term(self, term: str, weight: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, "body", term, index_option="freq")
        return query if weight == 1 else tantivy.Query.boost_query(query, weight)


def _with_ties(searcher: tantivy.Searcher, query: tantivy.Query, k: int) -> list[tuple[float, tantivy.DocAddress]]:
    """The first ``k`` and all that score like the last of them: else the segments' layout would choose among those."""
    wanted = 2 * k
    while True:
        found: list[tuple[float, tantivy.DocAddress]] = searcher.search(query, wanted, count=False).hits
        if len(found) <= k:
            return found
        if len(found) < wanted or found[-1][0] < found[k - 1][0]:
            return [hit for hit in found if hit[0] >= found[k - 1][0]]
        wanted *= 2


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()
