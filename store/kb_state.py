"""What decides which passages of a knowledge base are found now."""

from store.catalog import Catalog
from store.statements import INDEXES_NOW, KB_NOW


def kb_state(catalog: Catalog, kb: str) -> tuple[str, ...]:
    """The record's revision of it, its synonyms, the edition that answers, and how far each index has followed:
    whatever is put in, deleted or indexed makes it another one. Empty for one that is not there. Blocks."""
    with catalog.engine.connect() as connection:
        found = connection.execute(KB_NOW, {"kb": kb}).one_or_none()
        if found is None:
            return ()
        followed = connection.execute(INDEXES_NOW, {"kb": kb}).all()
    return tuple(str(each) for row in (found, *followed) for each in row)
