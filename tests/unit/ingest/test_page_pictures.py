import hashlib
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from pebble import ProcessExpired

from core.errors import NotFound, ParseError, Unavailable
from core.settings import IngestSettings
from ingest.page_match import Words
from ingest.page_pictures import PagePictures
from ingest.parsers.pdf.pdfium_picture import PageOrder


@pytest.mark.slow
def test_pages_are_drawn_in_another_process_that_starts_anew_where_it_was_ended(make_pdf):
    path = make_pdf([[(50, 600, 10, "退款三十天 Refunds")]])
    content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
    order = PageOrder(path=path, content_hash=content_hash, page=1, width=200, words=[Words(text="退款")])
    pictures = PagePictures(IngestSettings())
    try:
        drawn = pictures.draw(order)
        assert drawn.png.startswith(b"\x89PNG")
        assert len(drawn.boxes) == 1
        with pytest.raises(NotFound, match="no page 2"):
            pictures.draw(PageOrder(path=path, content_hash=content_hash, page=2, width=200))
        pictures.close()
        assert pictures.draw(order) == drawn
    finally:
        pictures.close()


class Breaks:
    """A pool whose only task ends so."""

    active = True

    def __init__(self, error):
        self._error = error

    def schedule(self, *_task, **_how):
        future = Future()
        future.set_exception(self._error)
        return future


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (TimeoutError(), ParseError, "page 3 takes longer than 10 s to draw"),
        (ProcessExpired("", code=-11), ParseError, "page 3: the parser crashed"),
        (MemoryError(), ParseError, "page 3 needs too much memory"),
        (ZeroDivisionError("a page of no width"), ParseError, "page 3 cannot be drawn: ZeroDivisionError"),
        (BrokenProcessPool("gone"), Unavailable, "cannot be drawn now"),
        (NotFound("there is no page 3"), NotFound, "no page 3"),
    ],
)
def test_however_the_process_ends_it_is_told(monkeypatch, error, raised, said):
    pictures = PagePictures(IngestSettings())
    monkeypatch.setattr(pictures, "_pool", Breaks(error))

    with pytest.raises(raised, match=said):
        pictures.draw(PageOrder(path=Path("退款.pdf"), content_hash="", page=3, width=200))
