"""The synonyms of each knowledge base, in the record: every process that searches sees a new list at once."""

from functools import lru_cache

from sqlalchemy import update

from core.synonyms import Synonyms, parse_synonyms
from store.catalog import Catalog
from store.statements import SYNONYMS, unknown_kb
from store.tables import knowledge_bases


class SynonymLists:
    """Reads and writes one record. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, kb: str) -> Synonyms:
        """Those that are in force; no groups where none were given. Raises ``NotFound``."""
        with self._catalog.engine.connect() as connection:
            text = connection.scalar(SYNONYMS, {"kb": kb})
            if text is None:
                raise unknown_kb(connection, kb)
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
