"""What the command line names becomes pairs, or one clear error."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from saved_runs import answer_row, query_row, write_rows, write_run, write_values

from core.errors import CitedeskError
from eval.compare.inputs import load_pairs
from eval.sets.dataset import load_dataset
from eval.sets.qrels import read_qrels

WriteSet = Callable[..., Path]


def two_stages(folder: Path, *values: float) -> Path:
    rows = [
        query_row(f"q{at}", {"MAP": value}, stage=stage)
        for stage in ("hybrid", "rerank")
        for at, value in enumerate(values)
    ]
    return write_run(folder, rows)


def names(*sources: Path | str, **options: object) -> list[tuple[str, str]]:
    inputs = load_pairs([str(source) for source in sources], **options)  # type: ignore[arg-type]
    return [(pair.baseline.name, pair.variant.name) for pair in inputs.pairs]


def test_folders_without_a_stage_are_compared_stage_by_stage(tmp_path: Path) -> None:
    old, new = two_stages(tmp_path / "old", 0.5), two_stages(tmp_path / "new", 0.6)
    assert names(old, new) == [("old:hybrid", "new:hybrid"), ("old:rerank", "new:rerank")]


def test_one_named_stage_stands_for_the_folders_that_name_none(tmp_path: Path) -> None:
    old, new = two_stages(tmp_path / "old", 0.5), two_stages(tmp_path / "new", 0.6)
    assert names(old, f"{new}:rerank") == [("old:rerank", "new:rerank")]
    assert names(f"{old}:hybrid", new, f"{new}:rerank") == [("old:hybrid", "new:hybrid"), ("old:hybrid", "new:rerank")]


def test_a_stage_that_only_one_folder_has_is_left_out_and_said(tmp_path: Path) -> None:
    old, new = two_stages(tmp_path / "old", 0.5), write_values(tmp_path / "new", [0.5], measure="MAP")
    inputs = load_pairs([str(old), str(new)])
    assert [pair.baseline.stage for pair in inputs.pairs] == ["hybrid"]
    assert inputs.unpaired == ("rerank",)


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    old, new = write_values(tmp_path / "a" / "run", [0.5]), write_values(tmp_path / "b" / "run", [0.5])
    assert names(old, new) == [(f"{old}:hybrid", f"{new}:hybrid")]
    assert names(old, old, old) == [("run:hybrid", "run (2):hybrid"), ("run:hybrid", "run (3):hybrid")]


def test_a_folder_whose_name_holds_a_colon_is_a_folder(tmp_path: Path) -> None:
    assert names(write_values(tmp_path / "a:b", [0.5]), write_values(tmp_path / "c", [0.5])) == [
        ("a:b:hybrid", "c:hybrid")
    ]


def test_subjects_keep_words_languages_and_tags(tmp_path: Path) -> None:
    rows = [query_row("z1", {"MAP": 1.0}, tags=["发票"]), query_row("q1", {"MAP": 0.0}, latency_ms=None)]
    run = write_run(tmp_path / "run", rows)
    [pair] = load_pairs([str(run), str(run)]).pairs
    chinese, english = pair.baseline.subjects
    assert (chinese.text, chinese.language, chinese.tags) == ("退款需要多久？", "zh", ("发票",))
    assert (english.language, english.tags) == ("en", ())
    assert pair.baseline.milliseconds.tolist()[0] == 10.0
    assert str(pair.baseline.milliseconds[1]) == "nan"


def test_run_files_are_measured_against_the_judgements(tmp_path: Path, write_set: WriteSet) -> None:
    dataset = load_dataset(write_set())
    first = write_rows(tmp_path / "first.run", ["q1 Q0 a 1 2.0 x", "q2 Q0 a 1 2.0 x"])
    second = write_rows(tmp_path / "second.run", ["q2 Q0 a 1 2.0 y", "q2 Q0 b 2 1.0 y", "q1 Q0 a 1 2.0 y"])
    [pair] = load_pairs([str(first), str(second)], dataset=dataset).pairs
    assert pair.baseline.values["MRR@10"].tolist() == [1.0, 0.0]
    assert pair.variant.values["MRR@10"].tolist() == [1.0, 0.5]
    assert [subject.text for subject in pair.baseline.subjects] == ["How long is a refund?", "退款多久"]
    assert [subject.language for subject in pair.baseline.subjects] == ["en", "zh"]
    qrels = read_qrels(tmp_path / "set" / "qrels.tsv")
    assert names(first, second, qrels=qrels) == [("first.run", "second.run")]


def test_run_files_of_other_queries_are_refused_unless_missing_ones_count_as_0(
    tmp_path: Path, write_set: WriteSet
) -> None:
    dataset = load_dataset(write_set())
    whole = write_rows(tmp_path / "whole.run", ["q1 Q0 a 1 2.0 x", "q2 Q0 b 1 2.0 x"])
    part = write_rows(tmp_path / "part.run", ["q1 Q0 a 1 2.0 x"])
    with pytest.raises(CitedeskError, match=r"differ in 1 ids: 1 only in whole.run \(q2\)"):
        load_pairs([str(whole), str(part)], dataset=dataset)
    [pair] = load_pairs([str(whole), str(part)], dataset=dataset, complete=True).pairs
    assert pair.variant.values["MRR@10"].tolist() == [1.0, 0.0]


def test_answers_are_judged_where_each_figure_means_something(tmp_path: Path) -> None:
    old = write_rows(tmp_path / "old.jsonl", [answer_row("a"), answer_row("b"), answer_row("c", answerable=False)])
    new = write_rows(
        tmp_path / "new.jsonl",
        [answer_row("a", located=False), answer_row("b"), answer_row("c", answerable=False, status="answered")],
    )
    [pair] = load_pairs([str(old), str(new)]).pairs
    found = {
        name: [None if value != value else value for value in column] for name, column in pair.variant.values.items()
    }
    assert found == {
        "located_gold": [0.0, 1.0, None], "completeness": [0.0, 1.0, None],
        "abstained": [None, None, 1.0], "false_refusal": [1.0, 0.0, None],
    }  # fmt: skip
    assert pair.baseline.milliseconds.tolist() == [12.0, 12.0, 12.0]
    assert pair.baseline.answers["a"] == "answered: 退款需要十个工作日。"
    assert pair.variant.answers["a"] == "insufficient_evidence"


def test_words_that_an_older_run_did_not_keep_come_from_the_set(tmp_path: Path, write_set: WriteSet) -> None:
    folder = write_set()
    dataset = load_dataset(folder)
    rows = [
        {"stage": "hybrid", "query_id": query, "measures": {"MAP": 1.0}, "latency_ms": 1.0} for query in ("q1", "q2")
    ]
    run = write_run(tmp_path / "run", rows, digest=dataset.digest)
    [pair] = load_pairs([str(run), str(run)], dataset=dataset).pairs
    assert [(s.text, s.language) for s in pair.baseline.subjects] == [
        ("How long is a refund?", "en"),
        ("退款多久", "zh"),
    ]
    other = write_run(tmp_path / "other", rows, digest="d" * 64)
    with pytest.raises(CitedeskError, match=r"other:hybrid was measured on faq .*, not on set as it is now"):
        load_pairs([str(run), str(other)], dataset=dataset)


GOOD = query_row("q0", {"MAP": 1.0})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([GOOD, '{"stage": "hybrid"'], r"per_query\.jsonl, line 2: Invalid JSON"),
        ([{**GOOD, "measures": {"MAP": "high"}}], r"per_query\.jsonl, line 1: measures\.MAP"),
        ([GOOD, GOOD], r"per_query\.jsonl, stage hybrid: id 'q0' stands there twice"),
        ([GOOD, query_row("q1", {"MRR@10": 1.0})], r"some lines have the measures \['MAP'\], others \['MRR@10'\]"),
        (['{"stage": "hybrid", "query_id": "q0", "measures": {"MAP": Infinity}}'], "MAP is infinite for a query"),
        ([""], r"per_query\.jsonl: no queries"),
    ],
)
def test_a_damaged_folder_is_one_clear_error(tmp_path: Path, rows: list[object], said: str) -> None:
    good, bad = write_run(tmp_path / "good", [GOOD]), write_run(tmp_path / "bad", rows)
    with pytest.raises(CitedeskError, match=said):
        load_pairs([str(good), str(bad)])


def test_a_folder_without_its_files_says_which_is_missing(tmp_path: Path) -> None:
    good = write_run(tmp_path / "good", [GOOD])
    for name in ("per_query.jsonl", "results.json"):
        bad = write_run(tmp_path / name.split(".")[0], [GOOD])
        (bad / name).unlink()
        with pytest.raises(CitedeskError, match=re.escape(str(bad / name))):
            load_pairs([str(good), str(bad)])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("q1 Q0 a 1 2.0", "line 2: 'q1 Q0 a 1 2.0' is not"),
        ("q1 Q0 a 1 high x", "line 2: 'q1 Q0 a 1 high x' is not"),
        ("q1 Q0 b 1 1.0 x", "query 'q1' ranks 'b' more than once"),
        ("q1 Q0 c 1 nan x", "query 'q1' gives 'c' the score nan"),
    ],
)
def test_a_malformed_run_file_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = write_rows(tmp_path / "bad.run", ["q1 Q0 b 1 3.0 x", line])
    with pytest.raises(CitedeskError) as caught:
        load_pairs([str(path), str(path)], qrels={"q1": {"b": 1}})
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_sources_that_cannot_be_compared_say_why(tmp_path: Path) -> None:
    run = write_values(tmp_path / "run", [0.5])
    rerank = write_values(tmp_path / "rerank", [0.5], stage="rerank")
    trec = write_rows(tmp_path / "some.run", ["q0 Q0 a 1 1.0 x"])
    answers = write_rows(tmp_path / "some.jsonl", [answer_row("q0")])
    (tmp_path / "empty.run").write_text("\n")
    for sources, options, said in (
        ([run], {}, "a comparison needs two runs at least"),
        ([run, tmp_path / "nowhere"], {}, f"no folder or file '{tmp_path / 'nowhere'}'"),
        ([run, f"{run}:best"], {}, "no stage 'best'; there are lexical, dense, hybrid, rerank"),
        ([run, f"{run}:rerank"], {}, "holds no stage 'rerank'; it has hybrid"),
        ([run, rerank], {}, "no stage in common: the runs have hybrid and rerank"),
        ([run, trec], {}, "give --qrels FILE or --dataset"),
        ([trec, trec], {"qrels": {"q9": {"a": 1}}}, "none of its 1 queries (q0) is judged"),
        ([tmp_path / "empty.run", trec], {"qrels": {"q0": {"a": 1}}}, "no ranked documents"),
        ([run, answers], {}, "answers and rankings; compare like with like"),
    ):  # fmt: skip
        with pytest.raises(CitedeskError) as caught:
            load_pairs([str(source) for source in sources], **options)  # type: ignore[arg-type]
        assert said in str(caught.value)


def test_answers_to_other_questions_are_refused(tmp_path: Path) -> None:
    old = write_rows(tmp_path / "old.jsonl", [answer_row("a")])
    new = write_rows(tmp_path / "new.jsonl", [answer_row("a", gold=[{"source": "退款.md", "quote": "二十天"}])])
    with pytest.raises(
        CitedeskError, match=r"1 ids stand for other words or expectations in old.jsonl and new.jsonl \(a\)"
    ):
        load_pairs([str(old), str(new)])
    row = answer_row("a")
    del row["verdicts"]["abstained"]
    with pytest.raises(CitedeskError, match="question 'a' has no verdict on abstained"):
        load_pairs([str(old), str(write_rows(tmp_path / "part.jsonl", [json.dumps(row)]))])
