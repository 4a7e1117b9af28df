"""What decides which passages of a knowledge base are found now."""

from sqlalchemy import select

from store.catalog import Catalog
from store.tables import editions, indexes, knowledge_bases


def kb_state(catalog: Catalog, kb: str) -> tuple[str, ...]:
    """The record's revision of it, its synonyms, the edition that answers, and how far each index has followed:
    whatever is put in, deleted or indexed makes it another one. Empty for one that is not there. Blocks."""
    base = select(knowledge_bases.c.revision, knowledge_bases.c.head_seq, knowledge_bases.c.synonyms)
    edition = select(editions.c.id).where(editions.c.kb == kb, editions.c.state == "current")
    followed = select(indexes.c.generation, indexes.c.watermark, indexes.c.complete).where(indexes.c.kb == kb)
    with catalog.engine.connect() as connection:
        found = connection.execute(base.where(knowledge_bases.c.name == kb)).one_or_none()
        if found is None:
            return ()
        parts = [*found, connection.scalar(edition)]
        parts += [each for row in connection.execute(followed.order_by(indexes.c.generation)) for each in row]
    return tuple(map(str, parts))
