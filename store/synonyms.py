"""The synonyms of each knowledge base, in the record: every process that searches sees a new list at once."""

from functools import lru_cache

from sqlalchemy import bindparam, select, update

from core.errors import NotFound
from core.synonyms import Synonyms, parse_synonyms
from store.catalog import Catalog
from store.tables import knowledge_bases

# Put together once: every search asks.
_OF = select(knowledge_bases.c.synonyms).where(knowledge_bases.c.name == bindparam("kb"))


class SynonymLists:
    """Reads and writes one record. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, kb: str) -> Synonyms:
        """Those that are in force; no groups where none were given. Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            text = connection.scalar(_OF, {"kb": kb})
        if text is None:
            raise NotFound(f"no knowledge base named {kb!r}")
        return _parsed(text)

    def put(self, kb: str, synonyms: Synonyms) -> None:
        """Take these in place of what was there; no groups take the list away. Raises ``NotFound``."""
        self._catalog.require_kb(kb)
        with self._catalog.writing() as connection:
            statement = update(knowledge_bases).where(knowledge_bases.c.name == kb)
            connection.execute(statement.values(synonyms=synonyms.as_text()))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Synonyms:
    return parse_synonyms(text)
