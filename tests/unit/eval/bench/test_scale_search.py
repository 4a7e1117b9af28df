"""What is measured in a home that holds the generated corpus: here a thousand passages."""

import numpy as np
import pytest

from core.types import SearchStage
from eval.bench.scale import exact
from eval.bench.scale.corpus import Asked, Corpus
from eval.bench.scale.exact import EVERYWHERE, filter_of, passages_by_area, recall
from eval.bench.scale.fill import TRAIN, fill
from eval.bench.scale.home import KB, ScaleHome
from eval.bench.scale.living import busy, fresh
from eval.bench.scale.section import scale_section
from eval.bench.scale.timing import in_turns, latency

PASSAGES = 1_000


@pytest.fixture(scope="module")
def corpus():
    return Corpus(KB, TRAIN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scale")
    fill(folder, PASSAGES)
    return folder


@pytest.fixture(scope="module")
def home(folder):
    home = ScaleHome(folder, following=0.1)
    home.indexes.catch_up(KB)
    yield home
    home.close()


@pytest.fixture(scope="module")
def asked(corpus, home):
    asked = corpus.questions(PASSAGES, 6)
    home.embedder.know(asked)
    return asked


def test_all_stages_find_ten_passages_with_and_without_a_filter(home, asked):
    for stage in (SearchStage.DENSE, SearchStage.HYBRID):
        for area in (EVERYWHERE, "half"):
            found = home.search(asked[0].text, stage, filter_of(area))
            assert len(found.hits) == 10
            assert found.degraded == ()


def test_of_a_thousand_passages_the_dense_stage_finds_what_exact_search_finds(home, corpus, asked):
    assert recall(home, corpus, PASSAGES, asked) == dict.fromkeys(passages_by_area(PASSAGES), 1.0)


def test_what_is_not_found_lowers_the_recall(home, corpus, asked, monkeypatch):
    monkeypatch.setattr(exact, "_nearest", lambda *_: {EVERYWHERE: [["nowhere"] * 10 for _ in asked]})
    assert recall(home, corpus, PASSAGES, asked) == {EVERYWHERE: 0.0}


def test_what_was_added_is_found_and_gone_again_afterwards(home, corpus, asked):
    found = fresh(home, corpus, PASSAGES, asked, 2)
    assert 0 <= found.median_seconds <= found.most_seconds < 30
    assert home.documents() == PASSAGES // 10


def test_questions_are_timed_while_another_process_writes(home, folder, asked):
    found = busy(home, folder, PASSAGES, 1_000, asked)
    assert (found.passages, home.documents()) == (1_000, PASSAGES // 10)
    assert found.latency.queries > 0


def test_a_latency_is_percentiles_and_mean_processor_time():
    found = latency([0.001] * 50 + [0.003] * 50 + [0.5], 0.202)
    assert (found.queries, found.p50_ms, found.p99_ms, found.processor_ms) == (101, 3, 3, 2)


def test_sides_take_turns_after_one_that_does_not_count():
    said: list[str] = []
    question = Asked("退款", np.zeros(2, dtype=np.float32))
    sides = {"ours": lambda _: said.append("ours"), "theirs": lambda _: said.append("theirs")}
    found = in_turns(sides, {"ours": [question] * 2, "theirs": [question]}, turns=2)
    assert said == ["ours", "ours", "theirs"] * 3
    assert {name: each.queries for name, each in found.items()} == {"ours": 2, "theirs": 1}


def test_a_section_shows_latency_filters_and_what_a_home_needs():
    timed = {"queries": 100, "p50_ms": 8.5, "p99_ms": 20.0, "processor_ms": 9.25}
    text = "\n".join(
        scale_section(
            "0100000",
            {
                "passages": 100_000,
                "questions": 100,
                "turns": 3,
                "load": 0.1,
                "open_seconds": 1.5,
                "memory_mb": 1_234,
                "disk_mb": 600,
                "latency": {"hybrid": timed, "rank-bm25": {**timed, "p50_ms": 1_500.0}},
                "times_as_fast": {"rank-bm25": 320.0},
                "filters": [{"kept": 1_000, **timed, "times_unfiltered": 1.2, "recall_at_10": 0.995}],
                "fresh": {"turns": 5, "median_seconds": 0.6, "most_seconds": 0.9},
                "busy": {"passages": 1_000, "seconds": 9.0, "latency": timed},
            },
        )
    )
    assert "## Search among 100,000 generated passages (100 questions, 3 turns)" in text
    assert "| hybrid | 8.5 | 20 | 9.25 |\n| rank-bm25 | 1,500 | 20 | 9.25 |" in text
    assert "the lexical index takes 320 times less processor time a query than rank-bm25." in text
    assert "| 1 % | 1,000 | 8.5 | 20 | 1.2 | 0.995 |" in text
    assert "Open to the first answer: 1.5 s; 1,234 MB of memory" in text
