"""One attempt at a job as it goes on: counts for people, verdicts for the record, and the order to stop."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.types import Outcome
from ingest.files import SourceFile
from ingest.report import FileResult, Tally
from store.job import Job, JobFile, JobProgress, Order, Words

NOTHING: Words = {}


class Stopped(Exception):
    """A job ends here because somebody wants it to; ``order`` says what becomes of it, ``report`` what was done."""

    def __init__(self, order: Order, report: Words = NOTHING) -> None:
        super().__init__(f"stopped: {order}")
        self.order = order
        self.report = report


class JobWatch:
    """The watch of one attempt. Thread-safe: the run tells it, the pulse reads it, anybody may stop it.

    ``earlier`` are the verdicts of former attempts by source: what those stored is still this job's doing, though the
    run now finds it unchanged.
    """

    def __init__(self, job: Job, earlier: Mapping[str, JobFile]) -> None:
        self.tally = Tally()
        self._earlier = earlier
        self._before = job.progress
        self._order = Order.GO_ON
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}
        self._begun: dict[str, None] = {}
        self._new: list[JobFile] = []
        self._done = self._bytes_done = self._embedded = self._removed = 0

    def found(self, files: Sequence[SourceFile]) -> None:
        """The work ahead; an unreadable file counts as empty."""
        with self._lock:
            self._sizes = {file.source: file.stat.st_size if file.stat else 0 for file in files}

    def began(self, source: str) -> None:
        """A file goes to the parsers."""
        with self._lock:
            self._begun[source] = None

    def settled(self, result: FileResult) -> None:
        """Count a verdict and keep it for the transaction that follows."""
        known = self._earlier.get(result.path)
        if result.outcome is Outcome.UNCHANGED and known is not None and known.outcome is Outcome.INGESTED:
            result = replace(result, outcome=known.outcome, passages=known.passages)
        with self._lock:
            is_attachment = result.path not in self._sizes
            self.tally.add(result, is_attachment=is_attachment)
            if not is_attachment:
                self._done += 1
                self._bytes_done += self._sizes.get(result.path, 0)
                self._begun.pop(result.path, None)
            if result.outcome is not Outcome.UNCHANGED:
                self._new.append(_job_file(result))

    def embedded(self, texts: int) -> None:
        """So many texts more were embedded."""
        with self._lock:
            self._embedded += texts

    def removed(self, documents: int) -> None:
        """So many documents were removed."""
        with self._lock:
            self._removed += documents

    def check(self) -> None:
        """Raises ``Stopped`` once somebody wants it."""
        if self._order is not Order.GO_ON:
            raise Stopped(self._order)

    def stop(self, order: Order) -> None:
        """End the attempt at the next check; a lost lease outweighs a wish."""
        if self._order is Order.GO_ON or order is Order.LOST:
            self._order = order

    def take_files(self) -> tuple[JobFile, ...]:
        """The verdicts that are not kept yet; each is handed out once."""
        with self._lock:
            files, self._new = tuple(self._new), []
        return files

    def progress(self) -> JobProgress:
        """The counts of this attempt; embedded texts and removed documents are those of all attempts."""
        with self._lock:
            return JobProgress(
                files=len(self._sizes),
                files_done=self._done,
                bytes=sum(self._sizes.values()),
                bytes_done=self._bytes_done,
                passages=self.tally.passages,
                embedded=self._before.embedded + self._embedded,
                removed=self._before.removed + self._removed,
                problems=len(self.tally.problems),
                current=next(iter(self._begun), ""),
            )


def _job_file(result: FileResult) -> JobFile:
    return JobFile(source=result.path, outcome=result.outcome, reason=result.reason, passages=result.passages)
