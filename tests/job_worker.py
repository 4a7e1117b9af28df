"""A worker in a process of its own, for tests that kill, stop and race it. Run as ``python job_worker.py HOME ...``."""

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fakes import FakeEmbedder

from core.settings import IngestSettings, JobSettings
from core.types import FloatArray, Outcome
from ingest.attempt import Attempt, Attempts, Done
from ingest.ingest_job import INGEST, ingest_files
from ingest.jobs import JobRunner
from ingest.report import FileResult
from ingest.run import Ingestion
from store.catalog import Catalog
from store.jobs import Jobs
from store.leases import Leases

JOBS = JobSettings(lease_seconds=2, pulse_seconds=0.1, attempts=4, retry_seconds=0.05)
COUNT = "count"


class SlowEmbedder(FakeEmbedder):
    """One random vector per text, after so many seconds per call."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        time.sleep(self._seconds)
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        rows = np.stack([np.random.default_rng(seed).standard_normal(8) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def count(attempt: Attempt) -> Done:
    """Settle ``files`` files, one every ``seconds``, each in a transaction of its own that also writes a line."""
    words = attempt.job.arguments
    for number in range(words.get("files", 1)):
        attempt.watch.check()
        time.sleep(words.get("seconds", 0))
        attempt.watch.settled(FileResult(path=f"{number}.md", outcome=Outcome.INGESTED, passages=1))
        with attempt.catalog.writing():
            pass
        with Path(words["log"]).open("a", encoding="utf-8") as log:
            log.write(f"{attempt.job.id} {number}\n")
    return Done(report={"files": words.get("files", 1)})


def runner_of(catalog: Catalog, *, seconds: float = 0.0, settings: JobSettings = JOBS) -> JobRunner:
    """A worker that knows both kinds of jobs; it embeds without a model, in so many ``seconds`` a batch of four."""
    jobs, leases = Jobs(catalog, settings), Leases(catalog, settings)
    ingest = IngestSettings(workers=1, embed_batch=4, token_vectors=False)

    def files(attempt: Attempt) -> Done:
        return ingest_files(attempt, lambda record, wrap: Ingestion(record, wrap(SlowEmbedder(seconds)), ingest))

    return JobRunner(jobs, leases, Attempts(leases, {INGEST: files, COUNT: count}, settings), settings)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--for-ever", action="store_true")
    arguments = parser.parse_args()
    catalog = Catalog.open(arguments.home)
    runner = runner_of(catalog, seconds=arguments.seconds)
    print("ready", flush=True)
    sys.stdin.readline()
    runner.work(for_ever=arguments.for_ever)
    catalog.close()


if __name__ == "__main__":
    main()
