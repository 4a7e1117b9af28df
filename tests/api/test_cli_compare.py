"""``citedesk eval compare`` and ``citedesk eval sweep`` as a person or a script calls them."""

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter
from saved_runs import query_row, write_run, write_values

from api.cli import main
from api.shapes import comparison as shapes

JUDGED = Path(__file__).parents[2] / "data" / "judged"


def run(*arguments: object):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def checked(stdout: str, shape: type):
    """The one JSON document, strictly of its documented shape."""
    document = json.loads(stdout)
    assert document.keys() == shape.__required_keys__
    TypeAdapter(shape).validate_json(json.dumps(document), strict=True)
    return document


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two hundred queries; the second run loses five points."""
    draw = random.Random(1)
    before = [draw.uniform(0.3, 1) for _ in range(200)]
    after = [value - draw.gauss(0.05, 0.1) for value in before]
    return write_values(tmp_path / "old", before), write_values(tmp_path / "new", after)


def test_a_planted_loss_ends_with_exit_code_1_and_one_sentence(runs) -> None:
    result = run("eval", "compare", *runs, "--gate", "nDCG@10 >= -0.005")
    assert result.exit_code == 1
    sentence = " ".join(result.stdout.split())
    assert sentence.startswith("Gate 'nDCG@10 >= -0.005' FAILED: nDCG@10 of new:hybrid changed by -0.0")
    assert "that is real (p < 0.001, one-sided and corrected)." in sentence
    assert "worse" in result.stdout


def test_rankings_without_marks_say_how_to_get_them(tmp_path: Path) -> None:
    sides = []
    for name, document, value in (("old", "重置密码", 1.0), ("new", "接口密钥", 0.0)):
        sides.append(write_run(tmp_path / name, [query_row("z5", {"nDCG@10": value})]))
        (tmp_path / name / "hybrid.run").write_text(f"z5 Q0 {document} 1 2.0 x\n", encoding="utf-8")
    hint = "give the judged set with --dataset"
    assert hint in run("eval", "compare", *sides).stderr
    assert hint not in run("eval", "compare", *sides, "--changed", 0).stderr
    marked = run("eval", "compare", *sides, "--qrels", JUDGED / "tiny_zh" / "qrels.tsv")
    assert "✗ 接口密钥" in marked.stdout
    assert hint not in marked.stderr


def test_a_comparison_that_cannot_be_written_is_one_clear_error(runs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = run("eval", "compare", *runs, "--out", tmp_path / "file" / "comparison.md")
    assert result.exit_code == 2
    assert "comparison.md' cannot be written: " in result.stderr


def test_a_run_against_itself_passes(runs) -> None:
    result = run("eval", "compare", runs[0], runs[0], "--gate", "nDCG@10 >= 0", "--gate", "p95_ms <= 0%", "--strict")
    assert result.exit_code == 0
    assert "FAILED" not in result.stdout
    assert "Changed most" not in result.stdout


def test_scripts_get_one_document(runs) -> None:
    result = run("eval", "compare", *runs, "--gate", "nDCG@10 >= -0.5", "--by", "language", "--changed", 3, "--json")
    document = checked(result.stdout, shapes.EvalCompare)
    assert result.exit_code == 0
    assert document["passed"] is True
    assert len(document["pairs"][0]["changed"]) == 3
    assert [part["value"] for part in document["pairs"][0]["slices"]] == ["en"]


def test_twenty_changed_queries_are_shown_of_one_pair_and_five_of_each_of_several(runs) -> None:
    one = json.loads(run("eval", "compare", *runs, "--json").stdout)
    two = json.loads(run("eval", "compare", *runs, runs[1], "--json").stdout)
    assert [len(pair["changed"]) for pair in one["pairs"]] == [20]
    assert [len(pair["changed"]) for pair in two["pairs"]] == [5, 5]


def test_markdown_is_written_for_a_pull_request(runs, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / "compare.md"
    run("eval", "compare", *runs, "--out", out)
    assert out.read_text(encoding="utf-8").startswith("## Retrieval comparison\n")


def test_run_files_are_compared_with_the_words_of_the_set(tmp_path: Path) -> None:
    query = json.loads((JUDGED / "tiny_zh" / "queries.jsonl").read_text(encoding="utf-8").splitlines()[0])
    document = json.loads((JUDGED / "tiny_zh" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[0])
    for name, ids in (("old.run", ["x", document["_id"]]), ("new.run", [document["_id"], "x"])):
        lines = [f"{query['_id']} Q0 {id_} {rank} {9 - rank} t" for rank, id_ in enumerate(ids, start=1)]
        (tmp_path / name).write_text("\n".join(lines))
    old, new, judged = tmp_path / "old.run", tmp_path / "new.run", JUDGED / "tiny_zh"
    assert run("eval", "compare", old, new, "--dataset", judged).exit_code == 0
    qrels = judged / "qrels.tsv"
    assert run("eval", "compare", old, new, "--qrels", qrels, "--complete").exit_code == 0


def test_a_stage_that_is_left_out_is_said_on_standard_error(tmp_path: Path, runs) -> None:
    rows = [query_row(f"q{at}", {"nDCG@10": 0.5}, stage=stage) for stage in ("hybrid", "rerank") for at in range(200)]
    result = run("eval", "compare", runs[0], write_run(tmp_path / "both", rows))
    assert result.stderr == "not in both runs, so left out: rerank\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{old}",), "two runs at least"),
        (("{old}", "/no/such/run"), "no folder or file '/no/such/run'"),
        (("{old}", "{new}", "--gate", "nDCG@10"), "gate 'nDCG@10' is not understood"),
        (("{old}", "{new}", "--gate", "nDCG@5 >= 0"), "no measure 'nDCG@5'"),
        (("{old}", "{new}", "--measure", "nDCG@5"), "no measure 'nDCG@5'"),
        (("{old}", "{new}", "--by", "tag"), "no query has a tag"),
        (("{old}", "{new}", "--qrels", "/no/qrels.tsv"), "/no/qrels.tsv"),
        (("{old}", "{new}", "--dataset", "/no/set"), "/no/set"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(runs, arguments: tuple[str, ...], said: str) -> None:
    old, new = runs
    result = run("eval", "compare", *(argument.format(old=old, new=new) for argument in arguments))
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("citedesk: ")
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_sweep_measures_each_combination_once_and_goes_on_where_it_was(
    tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEDESK_RETRIEVAL__MODEL_CACHE", str(model_cache))
    file = tmp_path / "tiny.yaml"
    file.write_text(f"""
datasets: ["{JUDGED / "tiny_zh"}"]
stages: [lexical]
variants:
  - {{name: 二十条, settings: {{retrieval.candidates: 20}}}}
  - {{name: broken, settings: {{retrieval.embedder: /no/such/model}}}}
""")
    first = run("eval", "sweep", file, "--home", tmp_path / "home", "--workers", 2, "--json")
    document = checked(first.stdout, shapes.EvalSweep)
    assert first.exit_code == 1
    [table] = document["tables"]
    [row] = table["rows"]
    assert (row["combination"], row["stage"], row["pareto"]) == ("二十条", "lexical", True)
    assert row["measures"]["nDCG@10"] > 0.8
    [failure] = document["failed"]
    assert "/no/such/model" in failure["reason"]
    results = json.loads((Path(row["folder"]) / "results.json").read_text(encoding="utf-8"))
    assert [each["run_file"] for each in results["runs"]] == ["lexical.run"]
    assert (tmp_path / "tiny-results" / "trade-off-tiny_zh.svg").is_file()
    again = run("eval", "sweep", file, "--home", tmp_path / "home")
    assert "tiny_zh, 二十条: known" in again.stderr
    assert "二十条" in again.stdout
    compared = run("eval", "compare", row["folder"], row["folder"], "--gate", "nDCG@10 >= 0")
    assert compared.exit_code == 0


def test_a_sweep_refuses_bad_settings_before_it_runs_anything(tmp_path: Path) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(f"datasets: ['{JUDGED / 'tiny_en'}']\nsettings: {{retrieval.k: [20]}}")
    result = run("eval", "sweep", file, "--home", tmp_path / "home")
    assert result.exit_code == 2
    assert "no setting 'retrieval.k'" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_an_interrupted_sweep_says_that_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("eval.sweep.run.run_jobs", interrupted)
    file = tmp_path / "tiny.yaml"
    file.write_text(f"datasets: ['{JUDGED / 'tiny_en'}']")
    result = run("eval", "sweep", file, "--home", tmp_path / "home")
    assert result.exit_code == 130
    assert "the same command goes on" in result.stderr
