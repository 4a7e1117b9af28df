"""``citedesk eval run`` on a real home: several sets, settings and measures by name, and runs that repeat exactly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.shapes import evaluation as shapes

JUDGED = Path(__file__).parents[2] / "data" / "judged"
SETS = [str(JUDGED / "tiny_en"), str(JUDGED / "tiny_zh")]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch, model_cache):
    for name in [name for name in os.environ if name.startswith("CITEDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CITEDESK_RETRIEVAL__MODEL_CACHE", str(model_cache))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("eval") / "home"


def evaluated(home: Path, *arguments: str):
    result = CliRunner().invoke(main, ["eval", "run", *arguments, "--home", str(home), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_several_sets_are_one_document_and_a_folder_each(home, tmp_path):
    document, progress = evaluated(home, *SETS, "--out", str(tmp_path))
    TypeAdapter(shapes.EvalRuns).validate_json(json.dumps(document), strict=True)
    assert [each["dataset"] for each in document["sets"]] == ["tiny_en", "tiny_zh"]
    for name in ("tiny_en", "tiny_zh"):
        assert {path.name for path in (tmp_path / name).iterdir()} == {
            "lexical.run", "dense.run", "hybrid.run", "rerank.run", "results.json", "per_query.jsonl",
        }  # fmt: skip
    assert "tiny_zh, rerank: 10/10 queries" in progress
    [rerank] = [run for run in document["sets"][1]["runs"] if run["stage"] == "rerank"]
    assert {"retrieve", "rerank"} <= rerank["parts_ms"].keys()
    assert rerank["parts_ms"]["rerank"]["p50"] < rerank["latency_ms"]["p50"]


def test_a_setting_by_its_name_measures_what_it_changes_and_takes_the_rest_from_the_cache(home):
    first, _ = evaluated(home, SETS[0])
    TypeAdapter(shapes.EvalRun).validate_json(json.dumps(first), strict=True)
    second, _ = evaluated(home, SETS[0], "--set", "rerank.kind=identity", "--measure", "ndcg@3", "--measure", "R@1")
    assert {run["stage"]: run["cached"] for run in second["runs"]} == {
        "lexical": True, "dense": True, "hybrid": True, "rerank": False,
    }  # fmt: skip
    assert second["configuration"]["rerank"]["kind"] == "identity"
    runs = {run["stage"]: run for run in second["runs"]}
    assert runs["rerank"]["measures"] == runs["hybrid"]["measures"]
    assert runs["rerank"]["measures"].keys() == {"nDCG@3", "recall@1"}
    times = {run["stage"]: (run["measured_at"], run["latency_ms"]) for run in first["runs"]}
    assert (runs["dense"]["measured_at"], runs["dense"]["latency_ms"]) == times["dense"]


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(home, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    arguments = ["eval", "run", SETS[1], "--out", str(tmp_path / "file" / "runs"), "--home", str(home)]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "file/runs' cannot be written: Not a directory; choose another place" in result.stderr
    assert "queries" not in result.stderr


def test_fresh_ranks_everything_again(home):
    evaluated(home, SETS[1], "--stage", "lexical")
    document, _ = evaluated(home, SETS[1], "--stage", "lexical", "--fresh")
    assert [run["cached"] for run in document["runs"]] == [False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "retrieval.k=50"], "no setting 'retrieval.k'; near it are "),
        (["--set", "retrieval.candidates=x"], "setting retrieval.candidates = 'x': "),
        (["--measure", "ndgc@10"], "no measure 'ndgc@10' (did you mean nDCG?); known are nDCG@k"),
        ([str(JUDGED / ".." / "judged" / "tiny_en")], "are both called 'tiny_en'; run them apart"),
        (["/no/such/set"], "no folder '/no/such/set'"),
    ],
)
def test_what_cannot_be_run_is_one_clear_line_before_any_work(tmp_path, arguments, said):
    result = CliRunner().invoke(main, ["eval", "run", SETS[0], *arguments, "--home", str(tmp_path / "home")])
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_two_processes_write_the_same_bytes_whatever_their_hash_seed(tmp_path):
    for seed in ("1", "2"):
        home, out = tmp_path / f"home{seed}", tmp_path / seed
        command = [sys.executable, "-m", "api.cli", "eval", "run", *SETS, "--home", str(home), "--out", str(out)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    runs = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.run"))
    assert len(runs) == 8
    for run in runs:
        assert (tmp_path / "1" / run).read_bytes() == (tmp_path / "2" / run).read_bytes()
        assert (tmp_path / "1" / run).stat().st_size > 0
