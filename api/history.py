"""What a caller may know of how documents came to be as they are: versions, editions, and those that repeat others."""

from typing import Annotated

from fastapi import Depends, Request

from api.caller import Caller
from api.cursor import after_of, cursor_of
from api.desk_port import Desk
from api.room import Room
from api.schemas import JsonObject
from api.shelf import Shelf
from store.document_versions import DocumentVersions, KeptVersion
from store.duplicates import Duplicate, Duplicates


class History:
    """Takes and gives the caller's own names, as ``Shelf`` does. Every call blocks."""

    def __init__(self, desk: Desk, caller: Caller) -> None:
        self._desk = desk
        self._room = Room(desk, caller)
        self._shelf = Shelf(desk, caller)
        self._versions = DocumentVersions(desk.catalog)

    def versions(self, document_id: str) -> JsonObject:
        """Those that are kept, newest first. Raises ``NotFound``."""
        self._shelf.tag(document_id)
        return {"document_id": document_id, "versions": [_version(each) for each in self._versions.of(document_id)]}

    def restore(self, document_id: str, version: int) -> JsonObject:
        """Let an older version answer; ``versions`` of it then. Raises ``NotFound``."""
        self._shelf.tag(document_id)
        self._versions.restore(document_id, version)
        return self.versions(document_id)

    def duplicates(self, kb: str, *, cursor: str, limit: int) -> JsonObject:
        """One page, by source, of the documents that repeat others. Raises ``NotFound`` or ``InvalidInput``."""
        key, after = self._room.require(kb), after_of(cursor)
        found = Duplicates(self._desk.catalog).by_source(key)
        sources = [source for source in sorted(found) if source > after][: limit + 1]
        shown = {source: found[source] for source in sources[:limit]}
        named = {*shown, *(other.source for others in shown.values() for other in others)}
        ids = self._desk.catalog.identities(key, sorted(named))
        documents = [
            {
                "document_id": ids[source],
                "source": source,
                "duplicates": [_like(other, ids[other.source]) for other in others],
            }
            for source, others in shown.items()
        ]
        further = cursor_of(sources[limit - 1]) if len(sources) > limit else None
        return {"documents": documents, "next_cursor": further}


def _version(version: KeptVersion) -> JsonObject:
    return {
        "version": version.id,
        "is_current": version.is_current,
        "title": version.title,
        "language": version.language,
        "characters": version.characters,
        "passages": version.passages,
        "content_hash": version.content_hash,
        "stored_at": version.stored_at.isoformat(),
    }


def _like(other: Duplicate, document_id: str) -> JsonObject:
    return {"document_id": document_id, "source": other.source, "similarity": other.similarity}


def _history(request: Request) -> History:
    return History(request.app.state.desk, request.state.caller)


TheHistory = Annotated[History, Depends(_history)]
