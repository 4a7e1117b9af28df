"""The lexical index: BM25 by tantivy over the project's own terms.

Measured traps that shape this file (tantivy 0.27): terms are made in Python and joined by spaces, queries are built
from term queries (the query parser would tokenise again); deletion works by a raw text field only; in one transaction
deletes come before adds; a searcher sees a commit only after ``reload``.
"""

import shutil
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

import tantivy

from core.errors import DependencyError
from core.ports import IndexEntry, ScoredId
from core.text import ANALYSER_VERSION, analyse, analyse_query

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
        return TantivyIndex(self._folder / generation, create=False)

    def sweep(self, keep: Collection[str]) -> None:
        """Delete the folders that no generation names."""
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Nothing of its own to close."""


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

    is_worn = False  # what is deleted goes when segments are merged

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
        self._lock = threading.Lock()
        self._seen = _Seen(self._index.searcher())

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

    def search(self, query: str, k: int) -> list[ScoredId]:
        """At most ``k`` passages that share a term with the query."""
        terms = self._terms(query)
        return [] if terms is None else self._found(terms, k)

    def search_within(self, query: str, k: int, ids: Collection[str]) -> list[ScoredId]:
        """As ``search``, of these passages: 4 µs for each of them."""
        terms = self._terms(query)
        if terms is None or not ids:
            return []
        # Weighs nothing, so that scores stay those among all passages.
        among = tantivy.Query.const_score_query(tantivy.Query.term_set_query(self._schema, "id", [*ids]), 0.0)
        return self._found(tantivy.Query.boolean_query([(tantivy.Occur.Must, terms), (tantivy.Occur.Must, among)]), k)

    def ids(self) -> set[str]:
        """Every id in the index."""
        searcher = self._index.searcher()
        found = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False).hits
        return {searcher.doc(address)["id"][0] for _, address in found}

    def close(self) -> None:
        """Let background merges end and give back the writer's lock."""
        self._writer.wait_merging_threads()

    def _terms(self, query: str) -> tantivy.Query | None:
        terms = [(tantivy.Occur.Should, self._term(term)) for term in analyse_query(query)]
        return tantivy.Query.boolean_query(terms) if terms else None

    def _found(self, query: tantivy.Query, k: int) -> list[ScoredId]:
        seen = self._seen
        found = _with_ties(seen.searcher, query, k)
        scored = [ScoredId(seen.id_of(address), float(score)) for score, address in found]
        return sorted(scored, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _delete(self, ids: Sequence[str]) -> None:
        for chunk_id in ids:
            self._writer.delete_documents_by_term("id", chunk_id)

    def _term(self, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "body", term, index_option="freq")


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
