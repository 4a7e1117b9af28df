"""A parsed file becomes a document of a knowledge base."""

import re
from datetime import date

from core.text import language_of
from core.types import Document, Language, Metadata, ParsedDocument
from ingest.metadata import named
from store.source_state import document_id

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def build_document(parsed: ParsedDocument, *, kb: str, source: str, content_hash: str, parent: str = "") -> Document:
    """``parsed`` as the version of ``source`` whose bytes hash to ``content_hash``.

    Metadata gets the names of ``ingest.metadata`` and, for an attachment or a member of an archive, the source that
    it was in as ``parent``.
    Language and days of validity come from it where it has them in the known form (``en``/``zh`` with or without a
    region, ISO days); any other value stays metadata only.
    """
    metadata = named(parsed.metadata) | ({"parent": parent} if parent else {})
    return Document(
        id=document_id(kb, source),
        kb=kb,
        source=source,
        title=parsed.title,
        text=parsed.text,
        blocks=parsed.blocks,
        language=_language(metadata, parsed.text),
        content_hash=content_hash,
        metadata=metadata,
        valid_from=_day(metadata, "valid_from"),
        valid_until=_day(metadata, "valid_until"),
    )


def _language(metadata: Metadata, text: str) -> Language:
    stated = re.split("[-_]", metadata.get("language", "").lower())[0]
    if stated == "en":
        return "en"
    return "zh" if stated == "zh" else language_of(text)


def _day(metadata: Metadata, name: str) -> date | None:
    text = metadata.get(name, "").strip()
    if not _ISO_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
