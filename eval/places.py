"""Where results are written: a place that refuses them is named before anything is measured for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

from core.errors import InvalidInput


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the file system refuses in here into ``InvalidInput`` that names ``path`` and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise InvalidInput(f"{str(path)!r} cannot be written: {reason}; choose another place") from error


def writable_folder(folder: Path) -> Path:
    """``folder``, made with those above it where it is missing. Raises ``InvalidInput`` where nothing can lie in it."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    return folder


def write_text(path: Path, text: str) -> None:
    """Write, with the folders above. Raises ``InvalidInput`` where that is not possible."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def open_lines(path: Path) -> TextIO:
    """The file, emptied, with the folders above; each line is on disk once it is written. Raises ``InvalidInput``."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8", buffering=1)
