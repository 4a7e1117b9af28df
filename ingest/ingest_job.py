"""The kind of job that brings files into a knowledge base."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

from core.errors import NotFound
from core.ports import PassageEncoder, TokenCodes
from core.types import FloatArray, Outcome
from ingest.attempt import Attempt, Done
from ingest.job_watch import JobWatch, Stopped
from ingest.report import IngestReport
from ingest.run import Ingestion
from ingest.task import WORKER
from ingest.token_count import CountTokens, counter_name, counter_of
from store.catalog import Catalog
from store.job import NewJob, Priority, Words
from store.source_state import SourceState

INGEST = "ingest"
Wrap: TypeAlias = Callable[[PassageEncoder], PassageEncoder]
# The run over files, with this catalog and the embedder wrapped so.
MakeIngestion: TypeAlias = Callable[[Catalog, Wrap], Ingestion]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOrder:
    """What an ingest job is about; ``paths`` are absolute, since another process may do it from another folder."""

    paths: tuple[Path, ...]
    prune: bool = False
    checksum: bool = False
    workers: int | None = None

    def as_job(self, kb: str, priority: Priority) -> NewJob:
        """Raises ``NotFound`` for a path that is not there."""
        for path in self.paths:
            if not path.exists():
                raise NotFound(f"no file or folder {str(path)!r}")
        words = asdict(self) | {"paths": [str(path) for path in self.paths]}
        return NewJob(kb=kb, kind=INGEST, arguments=words, priority=priority)


def order_of(words: Words) -> IngestOrder:
    """The order that a job of this kind carries."""
    return IngestOrder(**{**words, "paths": tuple(map(Path, words["paths"]))})


def ingest_files(attempt: Attempt, make: MakeIngestion) -> Done:
    """Do the job. Raises ``Stopped`` with a report of what was done, and whatever the run raises."""
    order, watch = order_of(attempt.job.arguments), attempt.watch
    began = time.monotonic()
    try:
        ingestion = make(attempt.catalog, lambda embedder: StoppableEmbedder(embedder, watch))
        report = ingestion.run(
            order.paths,
            attempt.job.kb,
            prune=order.prune,
            checksum=order.checksum,
            workers=order.workers,
            watch=watch,
        )
    except Stopped as stopped:
        so_far = watch.tally.report(seconds=time.monotonic() - began)
        raise Stopped(stopped.order, _in_all(so_far, watch).as_dict()) from stopped
    watch.removed(report.removed)
    return Done(report=_in_all(report, watch).as_dict(), again=_why_again(report, attempt))


def _in_all(report: IngestReport, watch: JobWatch) -> IngestReport:
    """The report of all attempts together: what an earlier one stored is unchanged only for the last run."""
    counted, progress = watch.tally.report(seconds=report.seconds), watch.progress()
    return replace(
        report,
        files=counted.files,
        outcomes=counted.outcomes,
        formats=counted.formats,
        problems=counted.problems,
        passages=counted.passages,
        embedded=progress.embedded,
        removed=progress.removed,
    )


def _why_again(report: IngestReport, attempt: Attempt) -> str:
    """Names a file that another attempt may be able to read: a process was lost, or the file could not be opened."""
    failed = [problem for problem in report.problems if problem.outcome is Outcome.FAILED]
    states = attempt.catalog.source_states(attempt.job.kb) if failed else {}
    unread = [problem for problem in failed if not _is_final(states.get(problem.path))]
    if not unread:
        return ""
    return f"{len(unread)} of the files could not be read, the first: {unread[0].path}: {unread[0].reason}"


def _is_final(state: SourceState | None) -> bool:
    return state is not None and state.outcome is Outcome.FAILED and state.parser != WORKER


class StoppableEmbedder:
    """An embedder that counts for a watch and stops between two calls."""

    def __init__(self, embedder: PassageEncoder, watch: JobWatch) -> None:
        self._embedder = embedder
        self._watch = watch

    @property
    def fingerprint(self) -> str:
        """The embedder's."""
        return self._embedder.fingerprint

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dim), float32, rows of length 1. Raises ``Stopped``."""
        self._watch.check()
        vectors = self._embedder.embed_passages(texts)
        self._watch.embedded(len(texts))
        return vectors

    def encode_passages(self, texts: Sequence[str]) -> tuple[FloatArray, list[TokenCodes]]:
        """The rows of ``embed_passages`` and the packed token vectors of each text. Raises ``Stopped``."""
        self._watch.check()
        encoded = self._embedder.encode_passages(texts)
        self._watch.embedded(len(texts))
        return encoded

    def embed_query(self, text: str) -> FloatArray:
        """Shape (dim,), float32, length 1."""
        return self._embedder.embed_query(text)

    def legibility(self, text: str) -> float:
        """The embedder's."""
        return self._embedder.legibility(text)

    @property
    def vocabulary(self) -> str:
        """The embedder's."""
        return counter_name(self._embedder)

    @property
    def token_counter(self) -> CountTokens:
        """The embedder's, so that a job cuts the same passages as the command."""
        return counter_of(self._embedder)
