"""Where the file of a document was read from."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from store.catalog import Catalog
from store.tables import documents, versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The file that the version which answers was made of, by ``parser``; the record does not hold its bytes.

    ``content_hash`` is their SHA-256 in hexadecimal, ``size`` their number when they were read last. Nothing says that
    they are still at ``path``.
    """

    path: Path
    content_hash: str
    size: int
    parser: str


def newest_files(catalog: Catalog, parser: str) -> set[str]:
    """The SHA-256 of the files that documents were read from last, of those whose parser's name begins so."""
    # Of documents only: asking every version would walk through every stored text.
    found = select(documents.c.content_hash).where(documents.c.parser.startswith(parser, autoescape=True))
    with catalog.engine.connect() as connection:
        return set(connection.scalars(found))


def original_of(catalog: Catalog, document_id: str) -> Original | None:
    """None where no text was found, or where the file lay in an archive, a message or nowhere."""
    columns = (documents.c.root, documents.c.source, documents.c.size, documents.c.parser, versions.c.content_hash)
    found = select(*columns).join(versions, versions.c.id == documents.c.current_version)
    with catalog.engine.connect() as connection:
        row = connection.execute(found.where(documents.c.id == document_id)).one_or_none()
    if row is None or not row.root:
        return None
    return Original(path=Path(row.root, row.source), content_hash=row.content_hash, size=row.size, parser=row.parser)
