"""Pages of documents as pictures, for a caller who may read the document."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Depends, Request

from api.caller import Caller
from api.desk_port import Desk
from api.shelf import Shelf
from core.errors import NotFound
from core.types import Block, Document, Span
from ingest.originals import can_be_drawn
from ingest.page_match import Words
from ingest.page_pictures import PagePictures
from ingest.parsers.pdf.pdfium_picture import PageOrder, PagePicture
from store.originals import original_of


class Pictures:
    """Every call blocks."""

    def __init__(self, desk: Desk, caller: Caller, drawing: PagePictures) -> None:
        self._desk = desk
        self._shelf = Shelf(desk, caller)
        self._drawing = drawing

    def tag(self, document_id: str, page: int, width: int, spans: Sequence[Span]) -> str:
        """The entity tag of a picture. Raises ``NotFound``."""
        marked = "".join(f"-{span.start}.{span.end}" for span in spans)
        return f'"{self._shelf.tag(document_id).strip(chr(34))}-p{page}-w{width}{marked}"'

    def draw(self, document_id: str, page: int, width: int, spans: Sequence[Span]) -> PagePicture:
        """A page with the places of what stands at ``spans`` of the text. Raises ``NotFound`` where the file is kept no
        longer or has no such page, ``ParseError`` where it cannot be drawn, ``Unavailable``."""
        self._shelf.tag(document_id)
        original = original_of(self._desk.catalog, document_id)
        path = self._desk.originals.find(original) if original is not None and can_be_drawn(original) else None
        if original is None or path is None:
            raise NotFound("the file of this document is not kept, or is no PDF; its text is")
        words = list(_words(self._desk.catalog.document(document_id), page, spans)) if spans else []
        order = PageOrder(path=path, content_hash=original.content_hash, page=page, width=width, words=words)
        return self._drawing.draw(order)


def _words(document: Document, page: int, spans: Sequence[Span]) -> Iterator[Words]:
    """What stands at the spans, block by block of this page, each with what the page says before it."""
    before = ""
    for block in document.blocks:
        if block.page != page:
            continue
        for span in spans:
            start, end = max(span.start, block.span.start), min(span.end, block.span.end)
            if start < end:
                yield Words(text=document.text[start:end], before=before + document.text[block.span.start : start])
        before += _text(document, block)


def _text(document: Document, block: Block) -> str:
    return document.text[block.span.start : block.span.end]


def _pictures(request: Request) -> Pictures:
    state = request.app.state
    return Pictures(state.desk, request.state.caller, state.pictures)


ThePictures = Annotated[Pictures, Depends(_pictures)]
