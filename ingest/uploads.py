"""Files that came over the network, kept in the home until the job that reads them is over.

Each upload has a folder of its own, whose lock its process holds while files come in. A folder that nobody holds and
that no job may still read is swept: of jobs that are done, and of processes that were killed.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from core.errors import InvalidInput, Unavailable
from ingest.ingest_job import INGEST, IngestOrder
from ingest.names import shown, why_refused
from store.job import Job, JobState, NewJob, Priority

_PREFIX, _LOCK, _FILES = "upload-", ".lock", "files"
# Younger folders are left alone: their process may not have locked them yet.
_SETTLED_SECONDS = 60.0
# So long a failed or cancelled job can be tried again.
KEEP_SECONDS = 24 * 3600.0
_AGAIN = frozenset({JobState.FAILED, JobState.CANCELLED})
_MAX_NAME_BYTES = 250
_MAX_SOURCE_BYTES = 1_000


class Upload:
    """One upload as it comes in; used by one task at a time. ``close`` it, whatever happens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # It is taken in one thread and let go in another.
        self._lock = FileLock(folder / _LOCK, thread_local=False)
        self._lock.acquire(blocking=False)
        self._names: set[str] = set()
        self._is_kept = False

    @property
    def count(self) -> int:
        """Files so far."""
        return len(self._names)

    def file(self, given: str) -> tuple[str, Path]:
        """The source and the place of a new file, whose folder is there.

        Raises ``InvalidInput`` for a name that leads elsewhere, hides what it is, or came before.
        """
        source = _source(given)
        if source in self._names:
            raise InvalidInput(f"two files are named {source!r}; name them apart")
        path = self._folder / _FILES / source
        if path.exists() or any(str(parent) in self._names for parent in PurePosixPath(source).parents):
            raise InvalidInput(f"{source!r} is the name of a file and of a folder; name them apart")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._names.add(source)
        return source, path

    def as_job(self, kb: str, priority: Priority) -> NewJob:
        """The job that reads the files; once it is submitted, ``keep`` them for it."""
        return IngestOrder(paths=(self._folder / _FILES,), checksum=True).as_job(kb, priority)

    def keep(self) -> None:
        """The files belong to a job now."""
        self._is_kept = True

    def close(self) -> None:
        """Away with the files, unless a job has them."""
        if not self._is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.release()


class Uploads:
    """The uploads of one home, below ``folder``. Thread-safe; several processes may use one folder.

    ``keep_from`` may take files out of the folder of one before it is removed.
    """

    def __init__(
        self, folder: Path, jobs: Callable[[], Iterable[Job]], keep_from: Callable[[Path], None] = lambda _folder: None
    ) -> None:
        self._folder = folder
        self._jobs = jobs
        self._keep_from = keep_from

    def begin(self) -> Upload:
        """An empty one. Raises ``Unavailable`` where the home cannot be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return Upload(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._folder.absolute())))
        except OSError as error:
            raise Unavailable(f"no upload can be stored in {self._folder}: {error.strerror or error}") from error

    def lost(self, job: Job) -> bool:
        """Whether a job's files came as an upload and are there no more."""
        return any(not Path(path, _FILES).exists() for path in self._of(job))

    def require(self, job: Job) -> None:
        """Raises ``InvalidInput`` where a job could be tried again and its files are ``lost``."""
        if job.state in _AGAIN and self.lost(job):
            raise InvalidInput(f"the files of job {job.id} are kept no longer; upload them again")

    def sweep(self) -> None:
        """Remove the folders that nobody holds and no job needs."""
        with ExitStack() as held:
            # The jobs are read once the locks are held: an upload lets go of its lock after it has its job.
            free = [folder for folder in self._folder.glob(f"{_PREFIX}*") if _is_free(folder, held)]
            needed = {path for job in self._jobs() if _may_run(job) for path in self._of(job)} if free else set()
            for folder in free:
                if str(folder.absolute()) not in needed:
                    self._keep_from(folder / _FILES)
                    shutil.rmtree(folder, ignore_errors=True)

    def _of(self, job: Job) -> Collection[str]:
        """The folders of a job that are uploads."""
        parents = [Path(path).parent for path in job.arguments.get("paths", ())] if job.kind == INGEST else []
        return {
            str(path) for path in parents if path.parent == self._folder.absolute() and path.name.startswith(_PREFIX)
        }


def _may_run(job: Job) -> bool:
    if job.state in _AGAIN:
        return job.finished_at is None or time.time() - job.finished_at < KEEP_SECONDS
    return job.state is not JobState.DONE


def _is_free(folder: Path, held: ExitStack) -> bool:
    # Another process may remove it at this moment.
    with suppress(OSError, Timeout):
        if time.time() - folder.stat().st_mtime < _SETTLED_SECONDS:
            return False
        held.enter_context(FileLock(folder / _LOCK).acquire(blocking=False))
        return True
    return False


def _source(given: str) -> str:
    """The name as a path below the upload. Raises ``InvalidInput``."""
    name = given.replace("\\", "/")
    if reason := why_refused(name):
        raise InvalidInput(f"the file name {shown(given[:200])!r} cannot be used: {reason}")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if any(len(part.encode()) > _MAX_NAME_BYTES for part in parts) or len(name.encode()) > _MAX_SOURCE_BYTES:
        raise InvalidInput(
            f"the file name {shown(given[:80])!r}... is too long; at most {_MAX_NAME_BYTES} bytes can be used, with "
            f"its folders {_MAX_SOURCE_BYTES:,}"
        )
    return "/".join(parts)
