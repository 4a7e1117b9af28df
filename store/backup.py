"""A whole home in one folder or one tar file, made while a service writes it, and a home made of that again.

It holds the record, the pepper of the API keys, the settings and what else stands in the home; not the indexes and the
exported models, which are built anew from those. A manifest with the SHA-256 of every file comes first.
"""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import CitedeskError, InvalidInput, RecordError
from store.record_copy import check_record, copy_record, make_its_own

RECORD, MANIFEST = "record.sqlite", "backup.json"
_FORMAT = 1
_TARS = (".tar", ".tar.gz", ".tgz")
# Made anew from the record, kept by commands for themselves, or of this very process.
_LEFT_OUT = {"indexes", "models", "evaluation", "bench", "eval-cache", "fit", f"{RECORD}-wal", f"{RECORD}-shm"}
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """A file by its path inside the home, with slashes; ``sha256`` in hexadecimal."""

    path: str
    bytes: int
    sha256: str
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds. ``rows`` counts those of the record's main tables; ``made_at`` is ISO 8601 in UTC."""

    format: int
    release: str
    made_at: str
    rows: dict[str, int]
    files: tuple[BackupFile, ...]


def back_up(home: Path, target: Path) -> Backup:
    """Write a folder, or a file where ``target`` ends with ``.tar``, ``.tar.gz`` or ``.tgz``; whole or not at all.

    Raises ``InvalidInput`` where the target is there already or the home has no record of its own, and ``RecordError``.
    """
    if target.exists():
        raise InvalidInput(f"{target} is there already; name another place, nothing is overwritten")
    if target.absolute().is_relative_to(home.absolute()):
        raise InvalidInput(f"{target} is inside of the home; name a place outside, on another disk if there is one")
    if not (home / RECORD).is_file():
        raise InvalidInput(f"{home} holds no record to copy; one on PostgreSQL is copied by pg_dump")
    with _beside(target) as draft:
        copy_record(home / RECORD, draft / RECORD)
        rows = check_record(draft / RECORD)
        for path in _others(home):
            _copy_if_there(home / path, draft / path)
        backup = Backup(
            format=_FORMAT,
            release=version("citedesk"),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            rows=rows,
            files=tuple(_described(draft, path) for path in _files(draft)),
        )
        (draft / MANIFEST).write_text(json.dumps(asdict(backup), indent=2, ensure_ascii=False), encoding="utf-8")
        _publish(draft, target, backup)
    return backup


def restore(source: Path, home: Path) -> Backup:
    """Make a home of a backup; it gets an id of its own, and its indexes are built when it is first used.

    The home appears whole or not at all. Raises ``InvalidInput`` where a home is there or ``source`` is no backup, and
    ``RecordError`` for a backup that is damaged.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise InvalidInput(f"{home} is there already; restore into another --home, nothing is overwritten")
    with _beside(home) as draft:
        backup = _unpacked(source, draft)
        rows = check_record(draft / RECORD)
        if rows != backup.rows:
            raise RecordError(f"the record of {source} has {rows}, its manifest {backup.rows}: it was changed")
        make_its_own(draft / RECORD)
        _synced(draft)
        draft.replace(home)  # over an empty folder too
    return backup


def _unpacked(source: Path, folder: Path) -> Backup:
    """Every file of the manifest, its bytes compared; what is not in the manifest is left."""
    try:
        with _members(source) as members:
            backup = _manifest(source, next(members, ("", None)))
            wanted = {file.path: file for file in backup.files}
            for path, content in members:
                if (file := wanted.pop(path, None)) is not None and content is not None:
                    _take(source, file, content, folder)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise RecordError(f"{source} cannot be read as a backup: {error}") from error
    if wanted:
        raise RecordError(f"{source} lacks {', '.join(sorted(wanted)[:3])}: it was cut or changed")
    return backup


def _take(source: Path, file: BackupFile, content: IO[bytes], folder: Path) -> None:
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with target.open("xb") as new:
        while block := content.read(_BLOCK):
            digest.update(block)
            new.write(block)
    target.chmod(file.mode)
    if digest.hexdigest() != file.sha256:
        raise RecordError(f"{file.path} of {source} is damaged: its SHA-256 is not that of the manifest")


def _manifest(source: Path, first: tuple[str, IO[bytes] | None]) -> Backup:
    name, content = first
    if name != MANIFEST or content is None:
        raise InvalidInput(f"{source} is no backup of a home: it does not begin with {MANIFEST}")
    try:
        values = json.load(content)
        files = tuple(BackupFile(**file) for file in values.pop("files"))
        backup = Backup(files=files, **values)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{source} is no backup of a home: {MANIFEST}: {error!r}") from error
    if backup.format != _FORMAT:
        raise InvalidInput(
            f"{source} has the format {backup.format!r}, this release reads {_FORMAT}; install a newer one"
        )
    for file in files:
        if PurePosixPath(file.path).is_absolute() or ".." in PurePosixPath(file.path).parts:
            raise InvalidInput(f"{source} names {file.path!r}, which is outside of a home")
    return backup


@contextmanager
def _members(source: Path) -> Iterator[Iterator[tuple[str, IO[bytes] | None]]]:
    """Names with their bytes, the manifest first."""
    if not source.exists():
        raise InvalidInput(f"{source} is not there; name what `citedesk backup` wrote")
    if source.is_dir():
        yield _in_folder(source)
    else:
        with tarfile.open(source) as tar:
            yield ((member.name, tar.extractfile(member) if member.isreg() else None) for member in tar)


def _in_folder(source: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    for path in sorted(_files(source), key=lambda path: path != MANIFEST):
        with (source / path).open("rb") as content:
            yield path, content


def _publish(draft: Path, target: Path, backup: Backup) -> None:
    if not target.name.endswith(_TARS):
        _synced(draft)
        draft.replace(target)
        return
    packed = draft.with_name(f"{draft.name}.tar")
    try:
        with tarfile.open(packed, "w" if target.name.endswith(".tar") else "w:gz") as tar:
            for path in (MANIFEST, *(file.path for file in backup.files)):
                tar.add(draft / path, arcname=path)
        packed.chmod(0o600)  # it holds the pepper
        _sync(packed)
        packed.replace(target)
    finally:
        packed.unlink(missing_ok=True)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder for its owner alone on the same disk, gone at the end; a kill leaves it, and never half a target."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.unfinished-", dir=target.parent))
    except OSError as error:
        raise InvalidInput(f"{target.parent} cannot be written: {error.strerror}; name another place") from error
    try:
        yield draft
    except OSError as error:
        raise CitedeskError(f"{target} could not be written: {error}; nothing of it is left") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _others(home: Path) -> Iterator[str]:
    """Files of the home besides the record and what is left out."""
    for top in sorted(home.iterdir()):
        if top.name in _LEFT_OUT or top.name == RECORD:
            continue
        found = [f"{top.name}/{path}" for path in _files(top)] if top.is_dir() else [top.name]
        yield from (path for path in found if not path.endswith(".lock"))


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix()


def _copy_if_there(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy2(source, target)
    except FileNotFoundError:
        return  # deleted since it was listed, such as an upload that has been taken in


def _described(folder: Path, path: str) -> BackupFile:
    state = (folder / path).stat()
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return BackupFile(path=path, bytes=state.st_size, sha256=digest, mode=state.st_mode & 0o777)


def _synced(folder: Path) -> None:
    for path in _files(folder):
        _sync(folder / path)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
