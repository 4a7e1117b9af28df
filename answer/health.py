"""Whether a home can answer, and the figures of it that a monitor reads."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING

from answer.models.breaker import BreakerState
from core.errors import CitedeskError, NotFound
from core.types import Stage
from store.job import JobState
from store.jobs import Jobs
from store.live_quality import Quality, live_quality

if TYPE_CHECKING:
    from answer.assemble import Desk

DISPENSABLE = frozenset({"dense", "lexical", "catch_up", "model", "redis", "disk"})
"""Components without which questions are still answered, worse or not for long."""

_MOST_BEHIND = 10_000
_DAY_SECONDS = 86_400.0
_LEAST_FREE_BYTES = 500_000_000
_ARMS = (Stage.DENSE, Stage.LEXICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """Figures of now. ``index_lag`` counts the changes that each arm has not seen, of the knowledge base that is
    furthest behind; ``breakers`` go by model, ``jobs`` by state; ``disk_free_bytes`` is where the home is;
    ``redis_up`` is None where none is used. ``last_day`` is how the answers of the last 24 hours went."""

    index_lag: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[str, int] = field(default_factory=dict)
    breakers: Mapping[str, BreakerState] = field(default_factory=dict)
    traces_lost: int = 0
    redis_up: bool | None = None
    disk_free_bytes: int = 0
    last_day: Quality = field(default_factory=Quality)


class Health:
    """Looks after one desk. Every call blocks."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    def components(self) -> dict[str, str]:
        """Component to ``"ok"`` or what is wrong with it."""
        desk = self._desk
        checks: dict[str, Callable[[], object]] = {
            "record": desk.catalog.kb_names,
            "indexes": self._check_indexes,
            "dense": lambda: self._check_arm(Stage.DENSE),
            "lexical": lambda: self._check_arm(Stage.LEXICAL),
            "catch_up": self._check_lag,
            "embedder": lambda: desk.embedder.embed_passages(["ready"]),
            "calibration": lambda: desk.reader.bars,
            "prompts": lambda: desk.reader.drafters,
            "model": self._check_model,
            "disk": self._check_disk,
        }
        if desk.redis is not None:
            checks["redis"] = desk.redis.check
        return {name: _verdict(check) for name, check in checks.items()}

    def gauges(self) -> Gauges:
        """Raises ``RecordError`` where the record is gone."""
        desk = self._desk
        jobs = Counter(job.state.value for job in Jobs(desk.catalog, desk.settings.jobs).all())
        return Gauges(
            index_lag=self._lag(),
            jobs={state.value: jobs[state.value] for state in JobState},
            breakers=desk.breakers.states(),
            traces_lost=desk.tracing.lost,
            redis_up=None if desk.redis is None else desk.redis.is_up,
            disk_free_bytes=shutil.disk_usage(desk.settings.home).free,
            last_day=self._last_day(),
        )

    def _last_day(self) -> Quality:
        catalog = self._desk.catalog
        days = live_quality(catalog, catalog.kb_names(), since=time() - _DAY_SECONDS, step=_DAY_SECONDS)
        return sum(days.values(), Quality())

    def _lag(self) -> dict[str, int]:
        worst: dict[str, int] = {arm.value: 0 for arm in _ARMS}
        for kb in self._desk.catalog.kb_names():
            try:
                lag = self._desk.index_lag(kb)
            except NotFound:
                continue  # deleted since its name was read
            worst = {arm: max(changes, lag.get(arm, 0)) for arm, changes in worst.items()}
        return worst

    def _check_indexes(self) -> None:
        if not self._desk.owns:
            raise CitedeskError("not owned by this process")
        down = self._desk.indexes.troubles()
        known = {kb for kb, _ in down}
        if known and all((kb, arm) in down for kb in self._desk.catalog.kb_names() for arm in _ARMS):
            raise CitedeskError(f"none answers: {'; '.join(sorted(set(down.values())))}")

    def _check_arm(self, arm: Stage) -> None:
        said = sorted({trouble for (_, its), trouble in self._desk.indexes.troubles().items() if its is arm})
        if said:
            raise CitedeskError("; ".join(said))

    def _check_lag(self) -> None:
        behind = {kb: lag for kb, lag in self._desk.indexes.lag().items() if lag > _MOST_BEHIND}
        if behind:
            raise CitedeskError(f"changes not indexed yet: {behind}")

    def _check_model(self) -> None:
        shut = [name for name, state in self._desk.breakers.states().items() if state is not BreakerState.CLOSED]
        if shut:
            raise CitedeskError(f"{', '.join(shut)} failed too often; other models or the extractive answerer answer")

    def _check_disk(self) -> None:
        home = self._desk.settings.home
        free = shutil.disk_usage(home).free
        if free < _LEAST_FREE_BYTES:
            raise CitedeskError(f"{free // 1_000_000} MB are free at {home}; the record and its indexes need room")
        if not os.access(home, os.W_OK):
            raise CitedeskError(f"{home} cannot be written")


def _verdict(check: Callable[[], object]) -> str:
    try:
        check()
    except CitedeskError as error:
        return str(error)
    return "ok"
