"""A copy of a SQLite record while others write it, and whether a copy is whole."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from core.errors import RecordError

_COUNTED = ("knowledge_bases", "documents", "chunks")


def copy_record(source: Path, target: Path) -> None:
    """Copy the record as it is at one moment, in one read transaction: writers go on meanwhile.

    Raises ``RecordError`` for what is no record, or no room.
    """
    try:
        with _opened(source, "ro") as old, closing(sqlite3.connect(target)) as new:
            old.execute("BEGIN")
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise RecordError(f"{source} cannot be copied to {target}: {error}") from error


def check_record(path: Path) -> dict[str, int]:
    """The rows of the main tables of a record that is whole and that this release reads.

    Raises ``RecordError`` for one that is damaged, or of a newer release.
    """
    try:
        with _opened(path, "ro") as record:
            damage = [str(row[0]) for row in record.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            damage += [f"a row of {row[0]} without its {row[2]}" for row in record.execute("PRAGMA foreign_key_check")]
            (revision,) = record.execute("SELECT version_num FROM alembic_version").fetchone()
            counts = {
                name: int(record.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608  # our own names
                for name in _COUNTED
            }
    except (sqlite3.Error, TypeError) as error:
        raise RecordError(f"{path} is no whole record: {error}") from error
    if damage:
        raise RecordError(f"{path} is damaged: {'; '.join(damage[:3])}")
    if revision not in _revisions():
        raise RecordError(f"{path} has the schema {revision!r} of a newer release; install that one")
    return counts


def make_its_own(path: Path) -> None:
    """Give a copy that becomes a home a name of its own on shared servers, and let its indexes be built anew.

    With the name of the first home both would use, and sweep, the same collections.
    """
    with closing(sqlite3.connect(path)) as record, record:
        record.execute("UPDATE homes SET id = ?", (uuid.uuid4().hex[:16],))
        record.execute("DELETE FROM indexes")


def _revisions() -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30, isolation_level=None)
    with closing(connection):
        yield connection
