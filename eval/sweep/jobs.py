"""One job of a sweep is one combination on one set: what identifies it, and how a process runs it.

``python -m eval.sweep.jobs`` reads a job as JSON from standard input. A process of its own keeps a crash or a lack of
memory to one job, and gives every job the same cold start.
"""

import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from core.errors import CitedeskError
from core.settings import RecordSettings, Settings
from core.types import SearchStage
from eval.runs.provenance import machine, source_digest, versions
from eval.sweep.plan import Combination, SweepPlan, SweepSet

_SOURCES = (
    "core", "store", "ingest", "retrieval", "rerank", "answer/assemble.py", "answer/search.py", "eval/sets/dataset.py",
    "eval/runs/index.py", "eval/runs/measures.py", "eval/runs/pooling.py", "eval/sets/qrels.py", "eval/runs/run.py",
)  # fmt: skip
# What no ranking depends on: places and limits.
_WITHOUT = {
    "ingest": {"workers", "max_file_bytes", "parse_seconds", "parse_memory_bytes", "embed_batch"},
    "retrieval": {"model_cache", "catch_up_seconds", "chroma_url", "chroma_seconds"},
}
_OF_PASSAGES = ("embedder", "engine", "lexical_backend")
_LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``key`` names everything that decides the result; jobs of one ``group`` can share their indexes."""

    combination: Combination
    set: SweepSet
    key: str
    group: str

    @property
    def name(self) -> str:
        """As a person would call it."""
        return f"{self.set.dataset.name}, {self.combination.name}"


class JobOrder(BaseModel):
    """What a process is told. ``results`` appears when the job is done and not before."""

    settings: Settings
    dataset: Path
    stages: list[SearchStage]
    measures: list[str]
    results: Path
    parent: int


def jobs_of(plan: SweepPlan) -> list[Job]:
    """All jobs, a set after the other; two combinations that resolve to the same settings share a key."""
    return [
        Job(combination=combination, set=each, key=_key(plan, combination, each), group=_group(combination, each))
        for each in plan.sets
        for combination in plan.combinations
    ]


def _key(plan: SweepPlan, combination: Combination, each: SweepSet) -> str:
    return _digest(
        {
            "dataset": each.dataset.digest,
            "stages": [str(stage) for stage in plan.stages],
            "measures": list(plan.measures),
            "settings": combination.settings.model_dump(
                mode="json", include={"ingest", "retrieval", "rerank"}, exclude=_WITHOUT
            ),
            "source": source_digest(_SOURCES),
            "versions": versions(),
            "machine": machine(),
        }
    )


def _group(combination: Combination, each: SweepSet) -> str:
    """Indexes depend on the texts, on how they become passages and on what reads them."""
    settings = combination.settings.model_dump(mode="json", include={"ingest", "retrieval"}, exclude=_WITHOUT)
    recipe = {name: settings["retrieval"][name] for name in _OF_PASSAGES}
    return _digest({"corpus": each.dataset.corpus_digest, "ingest": settings["ingest"], "retrieval": recipe})


def _digest(parts: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def home_settings(settings: Settings, home: Path) -> Settings:
    """The settings in a home of its own that shares the exported models and no record with anybody."""
    models = settings.retrieval.model_cache or settings.home / "models"
    retrieval = settings.retrieval.model_copy(update={"model_cache": models.resolve()})
    return settings.model_copy(update={"home": home.resolve(), "record": RecordSettings(), "retrieval": retrieval})


def run_job(order: JobOrder) -> None:
    """Measure and put the results in place in one step. Raises what indexing and searching raise."""
    from answer.assemble import Desk
    from eval.runs.index import document_search, index_dataset
    from eval.runs.run import evaluate
    from eval.sets.dataset import load_dataset

    dataset = load_dataset(order.dataset)
    unfinished = order.results.with_name(f"{order.results.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    os.chdir(unfinished)  # so that the results name their run files by names that stay right when the folder moves
    desk = Desk(order.settings)
    try:
        desk.own(wait_seconds=_LOCK_SECONDS)
        kb = index_dataset(desk, dataset, desk.passage_recipe)
        search = document_search(desk, kb)
        evaluate(
            dataset,
            search,
            order.stages,
            Path(),
            lambda *_: _end_with_parent(order.parent),
            measures=order.measures,
            configuration=order.settings.model_dump(mode="json", exclude={"llm", "home"}),
        )
    finally:
        desk.close()
    unfinished.rename(order.results)


def _end_with_parent(parent: int) -> None:
    if os.getppid() != parent:
        os._exit(1)


def _reason(error: Exception) -> str:
    """The error in one line, with its type where it was not raised on purpose."""
    words = " ".join(str(error).split())
    return words if isinstance(error, CitedeskError) and words else f"{type(error).__name__}: {words}"


def main() -> int:
    """Run the job on standard input; the last line on standard error says what went wrong."""
    try:
        run_job(JobOrder.model_validate_json(sys.stdin.read()))
    except Exception as error:
        print(_reason(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
