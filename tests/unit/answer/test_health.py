"""What is wrong with a home, said by component."""

from types import SimpleNamespace
from typing import Any

import pytest

from answer import health
from answer.health import DISPENSABLE, Health
from answer.models.breaker import Breakers, BreakerState
from core.errors import DependencyError, NotFound, RecordError, Unavailable
from core.settings import JobSettings
from core.types import Stage
from store.catalog import Catalog

DENSE, LEXICAL = ("产品手册", Stage.DENSE), ("产品手册", Stage.LEXICAL)


class Parts(SimpleNamespace):
    """A desk of parts that are all well."""

    def index_lag(self, kb: str) -> dict[str, int]:
        if kb == "gone":
            raise NotFound("deleted since")
        return self.lags[kb]


@pytest.fixture
def desk(tmp_path: Any) -> Any:
    catalog = Catalog.open(tmp_path)
    catalog.ensure_kb("产品手册")
    yield Parts(
        catalog=catalog,
        owns=True,
        indexes=SimpleNamespace(troubles=dict, lag=lambda: {"产品手册": 3}),
        embedder=SimpleNamespace(embed_passages=lambda texts: None),
        reader=SimpleNamespace(bars={}, drafters=()),
        breakers=Breakers(),
        redis=SimpleNamespace(check=lambda: None, is_up=True),
        tracing=SimpleNamespace(lost=4),
        settings=SimpleNamespace(home=tmp_path, jobs=JobSettings()),
        lags={"产品手册": {"dense": 7}},
    )
    catalog.close()


def wrong(desk: Any) -> dict[str, str]:
    return {name: said for name, said in Health(desk).components().items() if said != "ok"}


def test_a_home_that_is_well_says_ok_of_every_component(desk: Any) -> None:
    components = Health(desk).components()
    assert set(components.values()) == {"ok"}
    assert set(components) > DISPENSABLE


def test_a_process_that_does_not_own_the_indexes_cannot_answer(desk: Any) -> None:
    desk.owns = False
    assert wrong(desk) == {"indexes": "not owned by this process"}


def test_one_arm_that_is_down_is_done_without_and_two_are_not(desk: Any) -> None:
    desk.indexes.troubles = lambda: {DENSE: "chroma is away"}
    assert wrong(desk) == {"dense": "chroma is away"}
    desk.indexes.troubles = lambda: {DENSE: "chroma is away", LEXICAL: "tantivy is damaged"}
    assert wrong(desk) == {
        "indexes": "none answers: chroma is away; tantivy is damaged",
        "dense": "chroma is away",
        "lexical": "tantivy is damaged",
    }


def test_without_redis_questions_are_answered_and_a_home_that_uses_none_is_not_told_of_it(desk: Any) -> None:
    def away() -> None:
        raise Unavailable("Redis 不在")

    desk.redis = SimpleNamespace(check=away, is_up=False)
    assert wrong(desk) == {"redis": "Redis 不在"}
    assert "redis" in DISPENSABLE
    assert Health(desk).gauges().redis_up is False
    desk.redis = None
    assert "redis" not in Health(desk).components()
    assert Health(desk).gauges().redis_up is None


def test_another_knowledge_base_that_answers_keeps_the_home_answering(desk: Any) -> None:
    desk.catalog.ensure_kb("faq")
    desk.indexes.troubles = lambda: {DENSE: "a", LEXICAL: "b"}
    assert set(wrong(desk)) == {"dense", "lexical"}


def test_a_model_that_is_left_alone_is_named(desk: Any) -> None:
    for _ in range(10):
        with pytest.raises(Unavailable), desk.breakers.of("通义", "http://a").call():
            raise Unavailable("down")
    assert set(wrong(desk)) == {"model"}
    assert wrong(desk)["model"].startswith("通义 failed too often")


def test_a_full_disk_and_much_to_catch_up_are_told(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: SimpleNamespace(free=312_000_000))
    desk.indexes.lag = lambda: {"产品手册": 10_001}
    said = wrong(desk)
    assert said["disk"].startswith("312 MB are free at ")
    assert said["catch_up"] == "changes not indexed yet: {'产品手册': 10001}"
    assert set(said) <= DISPENSABLE


@pytest.mark.parametrize("part", ["embed_passages", "bars", "drafters", "kb_names"])
def test_what_nothing_is_answered_without_is_told_by_its_error(
    desk: Any, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RecordError("it is damaged") if part == "kb_names" else DependencyError("it is damaged")

    if part == "kb_names":
        monkeypatch.setattr(desk.catalog, "kb_names", fails)
    elif part == "embed_passages":
        desk.embedder.embed_passages = fails
    else:
        desk.reader = type("Reader", (), {"bars": {}, "drafters": (), part: property(fails)})()
    name = {"embed_passages": "embedder", "bars": "calibration", "drafters": "prompts", "kb_names": "record"}[part]
    assert wrong(desk)[name] == "it is damaged"
    assert name not in DISPENSABLE


def test_figures_are_those_of_the_knowledge_base_that_is_furthest_behind(desk: Any) -> None:
    for kb in ("faq", "gone"):
        desk.catalog.ensure_kb(kb)
    desk.lags["faq"] = {"dense": 2, "lexical": 9}
    desk.breakers.of("通义", "http://a")
    gauges = Health(desk).gauges()
    assert gauges.index_lag == {"dense": 7, "lexical": 9}
    assert gauges.breakers == {"通义": BreakerState.CLOSED}
    assert gauges.traces_lost == 4
    assert set(gauges.jobs.values()) == {0}
    assert gauges.disk_free_bytes > 0
