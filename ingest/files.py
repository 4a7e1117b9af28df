"""Which files a run is about."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InvalidInput, NotFound

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".bzr", "CVS", "__MACOSX"})
_SKIPPED_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file and the name by which its document is known: its path below the given folder, with ``/``."""

    path: Path
    source: str


def find_files(paths: Sequence[Path]) -> list[SourceFile]:
    """Every file under ``paths``, sorted by source; a folder's files relative to it, a file by its name.

    Hidden files count; folders of version control and of the system do not, and linked folders are not followed.
    Raises ``NotFound`` for a path that does not exist and ``InvalidInput`` where two paths give one source.
    """
    found: dict[str, Path] = {}
    for given in paths:
        for file in _below(given):
            known = found.setdefault(file.source, file.path)
            if known.resolve() != file.path.resolve():
                raise InvalidInput(
                    f"{str(known)!r} and {str(file.path)!r} would both be {file.source!r}; ingest their common folder"
                )
    return [SourceFile(path=found[source], source=source) for source in sorted(found)]


def _below(given: Path) -> Iterator[SourceFile]:
    if given.is_file():
        yield SourceFile(path=given, source=given.name)
    elif given.is_dir():
        for folder, names, files in os.walk(given):
            names[:] = [name for name in names if name not in _SKIPPED_FOLDERS]
            for name in files:
                path = Path(folder, name)
                if name not in _SKIPPED_FILES and path.is_file():
                    yield SourceFile(path=path, source=path.relative_to(given).as_posix())
    else:
        raise NotFound(f"no file or folder {str(given)!r}")
