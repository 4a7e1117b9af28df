"""Synonyms in a search: the lexical index of a view is asked for the phrases that mean the same as well."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from core.explanation import TermShare
from core.ports import IndexEntry, LexicalIndex, ScoredId
from core.synonyms import Synonyms
from retrieval.indexes import View
from store.synonyms import SynonymLists


def with_synonyms(view: View, lists: SynonymLists) -> View:
    """The view itself where its knowledge base has no synonyms."""
    synonyms = lists.of(view.edition.kb)
    return replace(view, lexical=lambda: SynonymIndex(view.lexical(), synonyms)) if synonyms.groups else view


@dataclass(frozen=True, slots=True)
class SynonymIndex:
    """A ``LexicalIndex`` around another one; a term that the query has only by a synonym counts less."""

    inner: LexicalIndex
    synonyms: Synonyms

    @property
    def is_worn(self) -> bool:
        """Of the inner one."""
        return self.inner.is_worn

    def apply(self, adds: Sequence[IndexEntry], deletes: Sequence[str]) -> None:
        """Passages are indexed as they are."""
        self.inner.apply(adds, deletes)

    def search(self, query: str, k: int, also: Collection[str] = ()) -> list[ScoredId]:
        """At most ``k`` passages that share a term with the query or its synonyms."""
        return self.inner.search(query, k, self._also(query, also))

    def search_within(self, query: str, k: int, ids: Collection[str], also: Collection[str] = ()) -> list[ScoredId]:
        """As ``search``, of these passages."""
        return self.inner.search_within(query, k, ids, self._also(query, also))

    def shares(self, query: str, ids: Sequence[str], also: Collection[str] = ()) -> Mapping[str, tuple[TermShare, ...]]:
        """What each term gives these passages, those of synonyms included."""
        return self.inner.shares(query, ids, self._also(query, also))

    def ids(self) -> set[str]:
        """Every id in the index."""
        return self.inner.ids()

    def close(self) -> None:
        """Close the inner one."""
        self.inner.close()

    def _also(self, query: str, also: Collection[str]) -> tuple[str, ...]:
        return (*also, *self.synonyms.beside(query))
