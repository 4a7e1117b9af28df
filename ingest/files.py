"""Which files a run is about."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput, NotFound, ParseError
from core.types import Outcome

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".bzr", "CVS", "__MACOSX"})
_SKIPPED_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_IRREGULAR = "not a regular file"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file and the name by which its document is known: its path below the given folder, with ``/``.

    ``refusal`` says why it must not be opened. ``source`` is always valid Unicode.
    """

    path: Path
    source: str
    refusal: ParseError | None = None


def find_files(paths: Sequence[Path]) -> list[SourceFile]:
    """Every file under ``paths``, sorted by source; a folder's files relative to it, a file by its name.

    Hidden files count; folders of version control and of the system do not. What a folder holds besides regular files
    is in the list with a refusal: linked folders, links that lead out of the folder, pipes, folders that cannot be
    read. Raises ``NotFound`` for a path that does not exist and ``InvalidInput`` where two paths give one source.
    """
    found: dict[str, SourceFile] = {}
    for given in paths:
        for file in _below(given):
            known = found.setdefault(file.source, file)
            if os.path.realpath(known.path) != os.path.realpath(file.path):
                raise InvalidInput(
                    f"{str(known.path)!r} and {str(file.path)!r} would both be {file.source!r}; "
                    "ingest their common folder"
                )
    return [found[source] for source in sorted(found)]


def is_below(source: str, folders: Sequence[str]) -> bool:
    """Whether a source lies in one of ``folders``; the given folder itself is ``.``."""
    return any(folder == "." or source.startswith(f"{folder}/") for folder in folders)


def _below(given: Path) -> Iterator[SourceFile]:
    if given.is_dir():
        yield from _in_folder(given)
    elif given.exists():
        yield _source_file(given, given.name, "" if given.is_file() else _IRREGULAR)
    else:
        raise NotFound(f"no file or folder {str(given)!r}")


def _in_folder(given: Path) -> Iterator[SourceFile]:
    root = os.path.realpath(given)
    closed: list[OSError] = []
    for folder, names, files in os.walk(given, onerror=closed.append):
        names[:] = [name for name in names if name not in _SKIPPED_FOLDERS]
        linked = [name for name in names if Path(folder, name).is_symlink()]
        for name in (*linked, *(name for name in files if name not in _SKIPPED_FILES)):
            path = Path(folder, name)
            yield _source_file(path, path.relative_to(given).as_posix(), _why_not(path, root))
    for error in closed:
        path = Path(error.filename)
        refusal = ParseError(f"the folder cannot be read: {error.strerror}")
        yield SourceFile(path=path, source=_printable(path.relative_to(given).as_posix()), refusal=refusal)


def _why_not(path: Path, root: str) -> str:
    """Why a directory entry is no file to read; empty where it is one."""
    try:
        if path.is_symlink():
            if not Path(os.path.realpath(path)).is_relative_to(root):
                return "a link that leads outside the folder"
            if path.is_dir():
                return "a link to a folder is not followed"
            if not path.exists():
                return "a link to nothing"
        return "" if path.is_file() else _IRREGULAR
    except OSError as error:
        return f"the file cannot be reached: {error.strerror or error}"


def _source_file(path: Path, source: str, reason: str) -> SourceFile:
    refusal = ParseError(reason, outcome=Outcome.UNSUPPORTED) if reason else None
    printable = _printable(source)
    if printable != source:
        refusal = refusal or ParseError("the name is not valid UTF-8; rename the file")
    return SourceFile(path=path, source=printable, refusal=refusal)


def _printable(source: str) -> str:
    # A name whose bytes are no text can be neither shown nor stored; each such byte is escaped.
    return os.fsencode(source).decode("utf-8", "backslashreplace")
