"""What a sweep found: the order of the rows, the front, the files."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from saved_runs import query_row, write_run

from core.settings import Settings
from eval.sweep.files import write_sweep
from eval.sweep.jobs import jobs_of
from eval.sweep.plan import SweepPlan, load_plan
from eval.sweep.results import SweepReport, pareto, sweep_csv, sweep_json, sweep_report
from eval.sweep.run import Ended
from eval.sweep.text import print_sweep


@pytest.fixture
def plan(tmp_path: Path, write_set) -> SweepPlan:
    write_set()
    path = tmp_path / "sweep.yaml"
    path.write_text("""
datasets: [set]
stages: [hybrid]
variants: [{name: first}, {name: 更好, settings: {retrieval.candidates: 7}}, {name: =slow}, {name: broken}]
""")
    return load_plan(path, Settings(home=tmp_path / "home"))


@pytest.fixture
def report(plan: SweepPlan, tmp_path: Path) -> SweepReport:
    """A better and slower combination, one that is neither, and one that failed."""
    ended = []
    for job, value, milliseconds in zip(jobs_of(plan), (0.5, 0.75, 0.25, None), (10.0, 20.0, 30.0, None), strict=True):
        if value is None:
            ended.append(Ended(job=job, folder=None, reason="no model"))
            continue
        rows = [query_row(f"q{at}", {"nDCG@10": value, "MAP": 0.1}, latency_ms=milliseconds) for at in range(10)]
        ended.append(
            Ended(job=job, folder=write_run(tmp_path / job.combination.name, rows, dataset="客服"), seconds=1.0)
        )
    return sweep_report(plan, ended)


def test_rows_are_sorted_by_the_measure_and_compared_with_the_first(report: SweepReport) -> None:
    [table] = report.tables
    assert [(row.number, row.combination, row.value) for row in table.rows] == [
        (2, "更好", 0.75), (1, "first", 0.5), (3, "=slow", 0.25),
    ]  # fmt: skip
    best, first, slow = table.rows
    assert first.difference is None
    assert best.difference is not None
    assert slow.difference is not None
    # Ten equal differences: 2 of 1,024 sign patterns, twice for two rows.
    assert (best.difference.difference, best.difference.p_corrected) == pytest.approx((0.25, 4 / 1024))
    assert slow.difference.difference == pytest.approx(-0.25)
    assert (table.dataset, table.queries) == ("客服", 10)
    assert best.changes == ("retrieval.candidates=7",)


def test_the_front_is_what_nothing_beats(report: SweepReport) -> None:
    assert {row.combination: row.best for row in report.tables[0].rows} == {"更好": True, "first": True, "=slow": False}


def test_equal_points_share_the_front_and_a_point_that_is_worse_in_one_is_off() -> None:
    assert pareto([(0.5, 10), (0.5, 10), (0.5, 11), (0.4, 10), (0.9, 50)]) == {0, 1, 4}
    assert pareto([]) == set()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_every_point_is_on_the_front_or_beaten_by_one_that_is(points: list[tuple[int, int]]) -> None:
    front = pareto([(float(quality), float(cost)) for quality, cost in points])
    assert front
    for at, (quality, cost) in enumerate(points):
        beaten = any(points[on][0] >= quality and points[on][1] <= cost and points[on] != points[at] for on in front)
        assert beaten != (at in front)


def test_people_see_the_rows_the_front_and_the_failures(report: SweepReport) -> None:
    text = io.StringIO()
    print_sweep(report, Console(file=text, width=110))
    shown = text.getvalue()
    assert shown.index("更好") < shown.index("first") < shown.index("=slow")
    assert "failed: set, broken: no model" in shown
    rows = [line for line in shown.splitlines() if " hybrid " in line]
    assert len({cell_len(line[: line.index("hybrid")]) for line in rows}) == 1
    assert [line.rstrip().endswith("*") for line in rows] == [True, True, False]


def test_json_and_csv_hold_every_figure(report: SweepReport) -> None:
    document = sweep_json(report)
    assert json.loads(json.dumps(document)) == document
    assert document["failed"] == [{"dataset": "set", "combination": "broken", "reason": "no model"}]
    rows = list(csv.DictReader(io.StringIO(sweep_csv(report))))
    assert [row["combination"] for row in rows] == ["更好", "first", "'=slow"]
    assert (rows[0]["nDCG@10"], rows[0]["MAP"], rows[0]["p95_ms"], rows[0]["pareto"]) == ("0.75", "0.1", "20.0", "1")
    assert (rows[1]["difference"], rows[1]["p"]) == ("", "")
    assert [row["folder"] for row in rows] == [row["folder"] for row in document["tables"][0]["rows"]]


def test_files_can_be_opened_by_a_spreadsheet_and_a_browser(report: SweepReport, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_sweep(out, report)
    assert sorted(path.name for path in out.iterdir()) == ["results.csv", "results.json", "trade-off-客服.svg"]
    assert (out / "results.csv").read_bytes().startswith(b"\xef\xbb\xbfdataset,")
    assert json.loads((out / "results.json").read_text(encoding="utf-8")) == sweep_json(report)
    assert "更好 (hybrid)" in (out / "trade-off-客服.svg").read_text(encoding="utf-8")


def test_a_set_whose_every_combination_failed_has_no_table(plan: SweepPlan) -> None:
    report = sweep_report(plan, [Ended(job=job, folder=None, reason="down") for job in jobs_of(plan)])
    assert report.tables == ()
    assert len(report.failed) == 4
