"""One process owns the index directory: two on one Chroma folder lose vectors silently and for good (measured)."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import IndexLocked
from store.engine import make_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who holds the index directory; ``address`` is the owner's local base URL, empty when it serves none."""

    pid: int
    address: str


class IndexLock:
    """A file lock held for the life of the owner; the operating system frees it when the process dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / "owner.lock", thread_local=False)
        self._note = folder / "owner.json"

    def acquire(self, *, address: str = "", wait_seconds: float = 0.0) -> None:
        """Raises ``IndexLocked`` naming the owner when it does not come free in time."""
        make_folder(self._folder)
        try:
            self._lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            owner = self.owner()
            who = f"process {owner.pid}" if owner else "another process"
            where = f" at {owner.address}" if owner and owner.address else ""
            raise IndexLocked(
                f"{who}{where} owns the indexes in {self._note.parent}; end it or wait for it (`citedesk ask` and "
                "`citedesk search` go through a running service)"
            ) from error
        self._note.write_text(json.dumps(asdict(Owner(pid=os.getpid(), address=address))), encoding="utf-8")

    def owner(self) -> Owner | None:
        """What the owner last wrote of itself; None when it wrote nothing readable."""
        try:
            return Owner(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def release(self) -> None:
        """Let the next process in."""
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()
