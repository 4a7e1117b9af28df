"""A folder for one run's unpacked members and temporary files, removed with the run or, after a kill, by the next."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR

from filelock import FileLock, Timeout

_PREFIX = "citedesk-run-"
_LOCK = ".lock"
# Younger folders are left alone: their run may not have locked them yet.
_SETTLED_SECONDS = 60.0


@contextmanager
def staging_folder() -> Iterator[Path]:
    """An empty folder that only this user may enter, below the system's temporary folder (``TMPDIR``)."""
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # The run may end in another thread than it began in.
    lock = FileLock(folder / _LOCK, thread_local=False)
    lock.acquire()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def sweep(parent: Path) -> None:
    """Remove the folders of runs that were killed: those whose lock nobody holds any more."""
    for folder in parent.glob(f"{_PREFIX}*"):
        # Another run may remove it at this moment.
        with suppress(OSError, Timeout):
            if not _is_left(folder):
                continue
            with FileLock(folder / _LOCK).acquire(blocking=False):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    stat = folder.lstat()
    # In a shared folder anybody may make one of this name, or a link to anywhere.
    is_ours = S_ISDIR(stat.st_mode) and (not hasattr(os, "getuid") or stat.st_uid == os.getuid())
    return is_ours and time.time() - stat.st_mtime >= _SETTLED_SECONDS
