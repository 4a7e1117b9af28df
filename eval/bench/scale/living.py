"""What writing costs the questions that are asked meanwhile, and how soon what was written is found."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from core.types import SearchStage
from eval.bench.scale.corpus import BATCH, PER_DOCUMENT, Asked, Corpus, Made, source_of
from eval.bench.scale.home import KB, ScaleHome
from eval.bench.scale.timing import Latency, latency, rounded
from store.ledger import Ledger

_ROOT = Path(__file__).resolve().parents[3]
_AT_ONCE = 10  # documents, a hundred passages
_GIVE_UP_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """Seconds from the commit of a hundred passages until both stages find the last one, while questions are asked."""

    turns: int
    median_seconds: float
    most_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Questions asked while another process writes ``passages`` into the record as fast as it takes them."""

    passages: int
    seconds: float
    latency: Latency


def fresh(home: ScaleHome, corpus: Corpus, passages: int, asked: Sequence[Asked], turns: int) -> Fresh:
    """Adds documents after the first ``passages`` and removes them again."""
    added = [*islice(corpus.documents(passages + BATCH, first=passages), turns * _AT_ONCE)]
    seconds = []
    with _asking(home, asked), _removed_again(home, passages, len(added)):
        for turn in range(turns):
            part = added[turn * _AT_ONCE : (turn + 1) * _AT_ONCE]
            home.put(part)
            seconds.append(_until_found(home, part[-1]))
    return Fresh(turns=turns, median_seconds=rounded(median(seconds)), most_seconds=rounded(max(seconds)))


def busy(home: ScaleHome, folder: Path, passages: int, more: int, asked: Sequence[Asked]) -> Busy:
    """``more`` passages are written and followed by the indexes, and removed again."""
    command = [
        sys.executable,
        "-m",
        "eval.bench.scale.fill",
        str(folder),
        str(passages + more),
        "--first",
        str(passages),
    ]
    seconds: list[float] = []
    with _removed_again(home, passages, more // PER_DOCUMENT):
        started, processor = time.perf_counter(), time.process_time()
        writer = subprocess.Popen(command, cwd=_ROOT)  # noqa: S603  # the benchmark's own command
        for each in cycle(asked):
            before = time.perf_counter()
            home.search(each.text, SearchStage.HYBRID)
            seconds.append(time.perf_counter() - before)
            if writer.poll() is not None and _is_level(home):
                break
        took = time.perf_counter() - started
    return Busy(passages=more, seconds=rounded(took), latency=latency(seconds, time.process_time() - processor))


def _until_found(home: ScaleHome, made: Made) -> float:
    """By a word that only this document has, and by the passage's own vector."""
    number = str(int(made.document.source.removesuffix(".md")))
    home.embedder.know([Asked(number, made.vectors[-1])])
    started = time.perf_counter()
    while not all(_finds(home, number, stage, made) for stage in (SearchStage.LEXICAL, SearchStage.DENSE)):
        if time.perf_counter() - started > _GIVE_UP_SECONDS:
            raise TimeoutError(f"{made.document.source} was not found within {_GIVE_UP_SECONDS:.0f} s")
    return time.perf_counter() - started


def _finds(home: ScaleHome, question: str, stage: SearchStage, made: Made) -> bool:
    return any(hit.chunk.document_id == made.document.id for hit in home.search(question, stage).hits)


def _is_level(home: ScaleHome) -> bool:
    return not any(Ledger(home.catalog).lag(KB).values())


@contextmanager
def _asking(home: ScaleHome, asked: Sequence[Asked]) -> Iterator[None]:
    """Questions one after the other in a thread of their own."""
    ended = threading.Event()

    def ask() -> None:
        for each in cycle(asked):
            if ended.is_set():
                return
            home.search(each.text, SearchStage.HYBRID)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _removed_again(home: ScaleHome, passages: int, documents: int) -> Iterator[None]:
    first = passages // PER_DOCUMENT
    try:
        yield
    finally:
        home.catalog.delete_sources(KB, [source_of(number) for number in range(first, first + documents)])
        home.indexes.catch_up(KB)
