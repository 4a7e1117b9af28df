"""Opening the database: SQLite with write-ahead log by default, PostgreSQL by URL, migrated to this code's schema."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from core.errors import RecordError

# Wait for another writer up to 30 s; keep 64 MiB of pages and map the file, for looking up passages and vectors by the
# hundred: mapped, those cost a search a third less.
_PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "mmap_size=2147418112",
)


def open_engine(url: str, home: Path) -> Engine:
    """The record's engine, its schema brought up to date. An empty ``url`` means ``<home>/record.sqlite``.

    Raises ``RecordError`` when the URL is off, the server is away, the file is no database or its schema is newer.
    """
    target = _target(url, home)
    shown = target.render_as_string(hide_password=True)
    try:
        engine = create_engine(target, pool_pre_ping=target.get_backend_name() != "sqlite")
        if target.get_backend_name() == "sqlite":
            _prepare_sqlite(engine)
        with FileLock(home / "migrate.lock", timeout=120):
            _migrate(engine)
    except (ArgumentError, DBAPIError, CommandError, ModuleNotFoundError) as error:
        cause = getattr(error, "orig", None) or error
        raise RecordError(f"the record {shown} cannot be opened: {cause}; check record.url and the file") from error
    return engine


def make_folder(folder: Path) -> None:
    """Make a folder of the home. Raises ``RecordError`` when the home cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(f"{folder} cannot be made: {error.strerror or error}; choose another --home") from error


def _target(url: str, home: Path) -> URL:
    if url:
        try:
            return make_url(url)
        except ArgumentError as error:
            raise RecordError(
                f"record.url {url!r} is not a database URL; write e.g. postgresql+psycopg://..."
            ) from error
    return URL.create("sqlite", database=str(home / "record.sqlite"))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: upgrading from a read in mid-transaction fails instead of waiting.
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.execution_options(writing=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
