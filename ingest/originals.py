"""The files that documents were made of, as far as they are still there.

A file of a folder that was ingested is where it was. One that was uploaded is kept in the home while it is the newest
of its document, if pages of it can be drawn; nothing else of an upload stays.
"""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from stat import S_ISREG

from store.catalog import Catalog
from store.originals import Original, newest_files

_DRAWN_BY = "pypdfium2"
_MARK, _MARK_WITHIN = b"%PDF-", 1_024
_BLOCK = 1 << 20

logger = logging.getLogger(__name__)


def can_be_drawn(original: Original | None) -> bool:
    """Whether pages can be had as pictures while the file is there."""
    return original is not None and original.parser.startswith(_DRAWN_BY)


def drawable(catalog: Catalog) -> set[str]:
    """The SHA-256 of the files of which pages can be drawn."""
    return newest_files(catalog, _DRAWN_BY)


class Originals:
    """Those of one home, kept below ``folder``. Thread-safe; several processes may use one folder.

    ``wanted`` are the SHA-256, in hexadecimal, of the files that documents were read from last; empty where none is to
    be kept.
    """

    def __init__(self, folder: Path, wanted: Callable[[], Collection[str]]) -> None:
        self._folder = folder
        self._wanted = wanted

    def find(self, original: Original) -> Path | None:
        """Where the file seems to be, by its name and size; whether it is the same its bytes say."""
        for path in (original.path, self._place(original.content_hash)):
            try:
                stat = path.stat()
            except OSError:
                continue
            if S_ISREG(stat.st_mode) and stat.st_size == original.size:
                return path
        return None

    def keep_from(self, upload: Path) -> None:
        """Move here what is wanted of the files of an upload that is over."""
        found = [path for path in sorted(upload.rglob("*")) if path.is_file() and not path.is_symlink()]
        pdfs = [path for path in found if _is_pdf(path)]
        wanted = self._wanted() if pdfs else ()
        for path in pdfs:
            try:
                content_hash = _hash(path)
                if content_hash in wanted:
                    self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                    path.replace(self._place(content_hash))
            except OSError as error:
                logger.warning("the PDF of an upload is not kept: %s", error.strerror)

    def sweep(self) -> None:
        """Remove what no document was read from last: it was deleted, or its file replaced."""
        kept = list(self._kept())
        wanted = self._wanted() if kept else ()
        for path in kept:
            if path.stem not in wanted:
                path.unlink(missing_ok=True)

    def _kept(self) -> Iterator[Path]:
        return self._folder.glob("*.pdf")

    def _place(self, content_hash: str) -> Path:
        return self._folder / f"{content_hash}.pdf"


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _MARK in file.read(_MARK_WITHIN)
    except OSError:
        return False


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
