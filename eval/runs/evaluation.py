"""A judged set through a desk: indexed where it must be, ranked where nothing is known yet, measured and reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from core.settings import Settings
from core.types import SearchStage
from eval.runs.index import EvaluationDesk, document_search, index_dataset
from eval.runs.measures import MEASURES
from eval.runs.pooling import DocumentSearch, ScoredDocument
from eval.runs.ranking import RankingCache
from eval.runs.ranking_key import FingerprintedDesk, ranking_key
from eval.runs.report import RunReport
from eval.runs.run import Progress, evaluate
from eval.sets.dataset import RetrievalSet


class JudgedDesk(EvaluationDesk, FingerprintedDesk, Protocol):
    """What an evaluation with a cache needs of the desk; ``answer.assemble.Desk`` is the real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured. ``cache`` is the folder of known rankings; ``fresh`` measures all of them again."""

    cache: Path
    stages: tuple[SearchStage, ...] = tuple(SearchStage)
    measures: tuple[str, ...] = MEASURES
    fresh: bool = False


def evaluate_set(
    desk: JudgedDesk,
    dataset: RetrievalSet,
    plan: Plan,
    out: Path | None = None,
    *,
    progress: Progress | None = None,
    before_indexing: Callable[[], None] = lambda: None,
) -> RunReport:
    """The report of one set; with ``out`` also its files, see ``eval.runs.run.evaluate``.

    The corpus is indexed when the first stage has to be ranked, after a call of ``before_indexing``: where every
    ranking is known, no index is opened. Raises as ``evaluate`` does.
    """
    return evaluate(
        dataset,
        _late_search(desk, dataset, before_indexing),
        plan.stages,
        out,
        progress,
        measures=plan.measures,
        store=RankingCache(plan.cache, partial(ranking_key, desk, dataset), fresh=plan.fresh),
        configuration=configuration(desk),
    )


def configuration(desk: FingerprintedDesk) -> dict[str, object]:
    """What decides the figures of a run, for its report: the settings of its stages and what they resolve to."""
    settings: Settings = desk.settings
    return {
        **settings.model_dump(mode="json", include={"ingest", "retrieval", "rerank"}),
        "passages": desk.passage_recipe,
        "embedder": desk.embedder.fingerprint,
    }


def _late_search(desk: JudgedDesk, dataset: RetrievalSet, before: Callable[[], None]) -> DocumentSearch:
    @cache
    def ready() -> DocumentSearch:
        before()
        return document_search(desk, index_dataset(desk, dataset, desk.passage_recipe))

    def search(query: str, stage: SearchStage, k: int) -> Sequence[ScoredDocument]:
        return ready()(query, stage, k)

    return search
