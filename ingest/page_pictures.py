"""Pages drawn in a process of their own, under the limits of parsers: a PDF that was read may still be hostile."""

import multiprocessing
from concurrent.futures import TimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from threading import Lock
from typing import Any

from core.errors import CitedeskError, ParseError, Unavailable
from core.settings import IngestSettings
from ingest.guard import exit_reason, prepare_process
from ingest.parsers.pdf.pdfium_picture import PageOrder, PagePicture, draw_page
from ingest.staging import staging_folder

_SECONDS = 10.0
_PAGES_PER_PROCESS = 500


class PagePictures:
    """Draws one page after the other; the process starts with the first. Thread-safe; ``close`` it."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._held = ExitStack()
        self._pool: Any = None

    def draw(self, order: PageOrder) -> PagePicture:
        """Blocks. Raises ``NotFound`` for another file or a page that is none, ``ParseError`` where it cannot be drawn
        within ten seconds and the limits of parsers, ``Unavailable`` where the process broke."""
        from pebble import ProcessExpired

        try:
            drawn: PagePicture = self._ready().schedule(draw_page, args=(order,), timeout=_SECONDS).result()
        except TimeoutError:
            raise ParseError(f"page {order.page} takes longer than {_SECONDS:g} s to draw") from None
        except ProcessExpired as error:
            raise ParseError(f"page {order.page}: {exit_reason(error.exitcode, self._settings)}") from error
        except MemoryError:
            raise ParseError(f"page {order.page} needs too much memory to be drawn") from None
        except BrokenProcessPool as error:
            raise Unavailable(f"pages cannot be drawn now: {error}") from error
        except CitedeskError:
            raise
        except Exception as error:
            # Whatever pdfium or the picture's encoder meets in a file is the file's.
            raise ParseError(f"page {order.page} cannot be drawn: {type(error).__name__}: {error}") from error
        return drawn

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stop()

    def _ready(self) -> Any:
        with self._lock:
            if self._pool is not None and not self._pool.active:
                self._stop()
            if self._pool is None:
                self._pool = self._start()
            return self._pool

    def _start(self) -> Any:
        from pebble import ProcessPool

        return ProcessPool(
            max_workers=1,
            max_tasks=_PAGES_PER_PROCESS,
            initializer=prepare_process,
            initargs=(self._settings, self._held.enter_context(staging_folder())),
            context=multiprocessing.get_context("spawn"),
        )

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
        self._pool = None
        self._held.close()
