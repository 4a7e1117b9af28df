"""Evaluations over HTTP: those of one folder, and nothing beside it."""

import os

import pytest
from evaluation_files import answer_line, query_line, write_lines, write_run
from tenant_home import TenantHome

from api.evaluations import Evaluations
from store.key import Scope


def lines(gain):
    return [
        query_line(stage, f"{kind}{n}", min(1.0, n / 10 + gain))
        for stage in ("hybrid", "rerank")
        for kind in "qz"
        for n in range(8)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "base" / "help_zh", lines(0.0), rankings={"q0": ["退款.md", "d2"]})
    write_run(folder / "new" / "help_zh", lines(0.3), rankings={"q0": ["d2"]})
    write_run(folder / "other", lines(0.0), digest="e" * 64, dataset="other")
    os.utime(folder / "base" / "help_zh" / "results.json", (1, 1))
    rows = [
        answer_line("q1", probability=0.9),
        answer_line("z1", probability=0.8, citations=[{"source": "a.md", "quote": "错", "exact": True, "gold": False}],
                    verdicts={"located_gold": False, "completeness": 0.0, "abstained": False, "false_refusal": False}),
        answer_line("q2", status="insufficient_evidence", probability=0.2),
    ]  # fmt: skip
    write_lines(folder / "base" / "answers.jsonl", rows)
    write_lines(folder / "base" / "questions.jsonl", [{"id": "q1", "question": "?", "answerable": True}])
    broken = folder / "broken"
    broken.mkdir()
    (broken / "results.json").write_text("{", encoding="utf-8")
    (broken / "per_query.jsonl").write_text("", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory, folder):
    home = TenantHome(tmp_path_factory.mktemp("home"), texts={})
    home.app.state.evaluations = Evaluations(folder)
    yield home
    home.close()


@pytest.fixture(scope="module")
def get(home):
    admin = home.key()
    return lambda path="", **asked: home.send("GET", f"/v1/evaluations{path}", admin, params=asked)


def test_runs_and_answers_are_listed_with_their_figures_and_broken_ones_with_the_reason(get, folder):
    listed = get().json()

    assert listed["folder"] == str(folder)
    assert {run["name"] for run in listed["runs"]} == {"base/help_zh", "new/help_zh", "other"}
    assert listed["runs"][-1]["name"] == "base/help_zh"
    assert listed["runs"][-1]["modified_at"] == "1970-01-01T00:00:01+00:00"
    assert [stage["stage"] for stage in listed["runs"][0]["stages"]] == ["hybrid", "rerank"]
    assert [(each["name"], each["questions"]) for each in listed["answers"]] == [("base/answers.jsonl", 3)]
    assert [each["name"] for each in listed["unread"]] == ["broken"]
    assert "results.json" in listed["unread"][0]["reason"]


def test_a_run_tells_its_slices_and_its_worst_queries(get):
    run = get("/run", name="base/help_zh").json()

    assert (run["measure"], run["best"]) == ("nDCG@10", "rerank")
    assert [(part["kind"], part["name"], part["count"]) for part in run["slices"]] == [
        ("all", "", 16),
        ("language", "en", 8),
        ("language", "zh", 8),
        ("tag", "refund", 16),
    ]
    # 0, .1 ... .7 in each language.
    assert run["slices"][0]["figures"]["rerank"]["value"] == pytest.approx(0.35)
    assert [query["query_id"] for query in run["worst"][:3]] == ["q0", "z0", "q1"]
    assert run["worst"][0]["ranked"] == ["退款.md", "d2"]
    assert run["worst"][2]["by_stage"] == {"hybrid": 0.1, "rerank": 0.1}
    assert run["times"] == [
        {"stage": stage, "p50_ms": 10.0, "p95_ms": 10.0, "p99_ms": 10.0} for stage in ("hybrid", "rerank")
    ]


def test_answers_tell_risk_by_coverage_and_what_went_wrong(get):
    told = get("/answers", name="base/answers.jsonl").json()

    # Of two answers the surer one is right; the third question was refused.
    assert told["risk"][0]["coverage"] == pytest.approx([1 / 3, 2 / 3])
    assert told["risk"][0]["risk"] == [0.0, 0.5]
    assert told["risk"][0]["answered"] == pytest.approx(2 / 3)
    assert [curve["name"] for curve in told["risk"]] == ["", "en", "zh"]
    assert [(each["id"], each["fault"]) for each in told["worst"]] == [("z1", "wrong_quote"), ("q2", "refused")]
    assert told["worst"][0]["shown"] == [{"source": "a.md", "quote": "错"}]
    assert sum(part["count"] for part in told["calibration"]) == 3


def test_two_runs_are_compared_question_by_question(get):
    told = get("/comparison", baseline="base/help_zh", variant="new/help_zh", stage="rerank").json()
    (pair,) = told["pairs"]
    found = {each["measure"]: each for each in pair["overall"]["differences"]}

    assert found["nDCG@10"]["difference"] == pytest.approx(0.3)
    assert found["nDCG@10"]["interval"][0] > 0
    assert found["nDCG@10"]["real"] is True
    assert (found["nDCG@10"]["wins"], found["nDCG@10"]["losses"]) == (16, 0)
    assert pair["changed"][0]["before_ranking"][0]["document_id"] == "退款.md"
    assert [each["stage"] for each in (pair["baseline"], pair["variant"])] == ["rerank", "rerank"]
    assert len(get("/comparison", baseline="base/help_zh", variant="new/help_zh").json()["pairs"]) == 2


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/run", {"name": "../base/help_zh"}, 404),
        ("/run", {"name": "/etc/passwd"}, 404),
        ("/run", {"name": "base"}, 404),
        ("/run", {"name": "base/answers.jsonl"}, 422),
        ("/answers", {"name": "base/help_zh"}, 422),
        ("/answers", {"name": "base/questions.jsonl"}, 404),
        ("/answers", {"name": "base/help_zh/per_query.jsonl"}, 404),
        ("/comparison", {"baseline": "base/help_zh", "variant": "other"}, 422),
        ("/comparison", {"baseline": "base/help_zh", "variant": "base/answers.jsonl"}, 422),
        ("/comparison", {"baseline": "base/help_zh", "variant": "new/help_zh", "stage": "dense"}, 422),
        ("/comparison", {"baseline": "base/help_zh"}, 422),
        ("/run", {"name": "broken"}, 422),
    ],
)
def test_what_is_not_in_the_folder_or_cannot_be_compared_is_refused(get, path, asked, status):
    assert get(path, **asked).status_code == status


def test_a_link_out_of_the_folder_is_not_followed(tmp_path, folder):
    inside = tmp_path / "runs"
    inside.mkdir()
    (inside / "away").symlink_to(folder / "base")
    (inside / "answers.jsonl").symlink_to(folder / "base" / "answers.jsonl")
    assert Evaluations(inside).all() == {"folder": str(inside), "runs": [], "answers": [], "unread": []}


def test_without_a_folder_there_is_nothing_to_tell(tmp_path):
    assert Evaluations(None).all()["runs"] == []
    assert Evaluations(tmp_path / "none").all()["runs"] == []


@pytest.mark.parametrize("how", [{"tenant": "acme"}, {"kbs": frozenset({"faq"})}])
def test_other_tenants_are_not_told_of_them(home, how):
    token = home.key(how.pop("tenant", "default"), frozenset({Scope.ADMIN}), **how)
    for path in ("", "/run?name=other", "/answers?name=base/answers.jsonl", "/comparison?baseline=other&variant=other"):
        assert home.send("GET", f"/v1/evaluations{path}", token).status_code == 404
