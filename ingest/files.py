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

    ``root`` is that folder without links (of a file given by itself, the folder that it lies in) and ``stat`` what the
    system said of the file when it was found. ``refusal`` says why it must not be opened; ``stat`` is then None.
    ``source`` and ``root`` are always valid Unicode.
    """

    path: Path
    source: str
    root: str = ""
    stat: os.stat_result | None = None
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
            if known is not file and os.path.realpath(known.path) != os.path.realpath(file.path):
                raise InvalidInput(
                    f"{str(known.path)!r} and {str(file.path)!r} would both be {file.source!r}; "
                    "ingest their common folder"
                )
    return [found[source] for source in sorted(found)]


def is_below(source: str, folders: Sequence[str]) -> bool:
    """Whether a source lies in one of ``folders``; the given folder itself is ``.``."""
    return any(folder == "." or source.startswith(f"{folder}/") for folder in folders)


def is_gone(root: str, source: str) -> bool:
    """Whether the system says that nothing has this name any more; a folder that cannot be read says nothing."""
    try:
        Path(root, source).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _below(given: Path) -> Iterator[SourceFile]:
    if given.is_dir():
        yield from _Folder(given).files()
    elif given.exists():
        root = _printable(os.path.realpath(given.parent))
        if given.is_file():
            yield _checked(given, given.name, root, given.stat())
        else:
            yield _refused(given, given.name, root, _IRREGULAR)
    else:
        raise NotFound(f"no file or folder {str(given)!r}")


class _Folder:
    """One given folder. Names are put together as strings: paths cost more than reading the folder does."""

    def __init__(self, given: Path) -> None:
        self._given = os.fspath(given)
        self._real = os.path.realpath(given)
        self._root = _printable(self._real)

    def files(self) -> Iterator[SourceFile]:
        """Its files and those of the folders below it, in the order of the system."""
        waiting = [(self._given, "")]
        while waiting:
            folder, source = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    found = list(entries)
            except OSError as error:
                yield self._closed(folder, source, error)
                continue
            prefix = f"{source}/" if source else ""
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED_FOLDERS:
                        waiting.append((entry.path, prefix + entry.name))
                elif entry.name not in _SKIPPED_FILES:
                    yield self._file(entry, prefix + entry.name)

    def _file(self, entry: os.DirEntry[str], source: str) -> SourceFile:
        path = Path(entry.path)
        try:
            reason = "" if entry.is_file(follow_symlinks=False) else self._why_not(entry)
            if not reason:
                return _checked(path, source, self._root, entry.stat())
        except OSError as error:
            failure = ParseError(f"the file cannot be reached: {error.strerror or error}")
            return SourceFile(path=path, source=_printable(source), root=self._root, refusal=failure)
        return _refused(path, source, self._root, reason)

    def _why_not(self, entry: os.DirEntry[str]) -> str:
        """Why an entry other than a plain file is none to read; empty for a link to a file of the same folder."""
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))
            if not target.is_relative_to(self._real):
                return "a link that leads outside the folder"
            if target.is_dir():
                return "a link to a folder is not followed"
            if not target.exists():
                return "a link to nothing"
        return "" if Path(entry.path).is_file() else _IRREGULAR

    def _closed(self, folder: str, source: str, error: OSError) -> SourceFile:
        refusal = ParseError(f"the folder cannot be read: {error.strerror}")
        return SourceFile(path=Path(folder), source=_printable(source or "."), root=self._root, refusal=refusal)


def _checked(path: Path, source: str, root: str, stat: os.stat_result) -> SourceFile:
    printable = _printable(source)
    if printable != source:
        refusal = ParseError("the name is not valid UTF-8; rename the file")
        return SourceFile(path=path, source=printable, root=root, refusal=refusal)
    return SourceFile(path=path, source=source, root=root, stat=stat)


def _refused(path: Path, source: str, root: str, reason: str) -> SourceFile:
    refusal = ParseError(reason, outcome=Outcome.UNSUPPORTED)
    return SourceFile(path=path, source=_printable(source), root=root, refusal=refusal)


def _printable(source: str) -> str:
    # A name whose bytes are no text can be neither shown nor stored; each such byte is escaped.
    return source if source.isascii() else os.fsencode(source).decode("utf-8", "backslashreplace")
