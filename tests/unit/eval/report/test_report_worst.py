import json

import pytest
from evaluation_files import answer_line, query_line, write_run

from eval.report.data import AnswerRow, read_run
from eval.report.worst import shortened, worst_answers, worst_queries
from eval.sets.dataset import load_dataset


@pytest.fixture
def run(tmp_path):
    lines = [query_line("dense", name, value) for name, value in (("q1", 0.5), ("q2", 0.0), ("q3", 1.0), ("z1", 0.0))]
    return read_run(write_run(tmp_path / "run", lines, rankings={"q2": ["c", "a"], "z1": ["c"]}))


def test_the_worst_stand_first_and_perfect_ones_never(run):
    assert [each.row.query_id for each in worst_queries(run, 10, None)] == ["q2", "z1", "q1"]
    assert [each.row.query_id for each in worst_queries(run, 1, None)] == ["q2"]


def test_without_the_judged_set_only_ids_are_known(run):
    [worst] = worst_queries(run, 1, None)
    assert [(each.rank, each.id, each.grade, each.text) for each in worst.ranked] == [
        (1, "c", None, ""),
        (2, "a", None, ""),
    ]
    assert worst.expected == ()


def test_with_the_judged_set_titles_grades_and_what_was_expected_are_shown(run, write_set):
    queries = [{"_id": "q2", "text": "How long?"}, {"_id": "z1", "text": "退款多久"}]
    judged = load_dataset(write_set(queries=queries, qrels="query-id\tcorpus-id\tscore\nq2\ta\t2\nz1\tb\t1\n"))
    first, second = worst_queries(run, 2, judged)
    assert [(each.id, each.grade, each.text) for each in first.ranked] == [
        ("c", 0, "Empty:"),
        ("a", 2, "Refunds: Refunds take ten days."),
    ]
    assert [(each.id, each.rank) for each in first.expected] == [("a", 2)]
    assert [(each.id, each.rank, each.text) for each in second.expected] == [("b", None, "退款需要十个工作日。")]


def test_words_that_the_run_lacks_come_from_the_judged_set(tmp_path, write_set):
    run = read_run(write_run(tmp_path / "run", [query_line("dense", "q2", 0.0, query="", language="")]))
    judged = load_dataset(
        write_set(queries=[{"_id": "q2", "text": "退款多久"}], qrels="query-id\tcorpus-id\tscore\nq2\tb\t1\n")
    )
    assert worst_queries(run, 1, judged)[0].text == "退款多久"


def answer(id_, **fields):
    return AnswerRow.model_validate(answer_line(id_, **fields))


def test_faults_are_named_and_the_gravest_stands_first():
    missed = {"located_gold": False}
    inexact = [{"source": "a", "quote": "b", "exact": False, "gold": True}]
    rows = [
        answer("refused", status="insufficient_evidence"),
        answer("fine"),
        answer("honest", status="insufficient_evidence", answerable=False, gold=[]),
        answer("down", status="unavailable"),
        answer("wrong", verdicts=missed),
        answer("sure", answerable=False, gold=[], probability=0.99),
        answer("unsure", answerable=False, gold=[], probability=0.6),
        answer("inexact", citations=inexact),
    ]
    assert [(each.row.id, each.fault) for each in worst_answers(rows, 50)] == [
        ("inexact", "inexact"),
        ("sure", "unanswerable_answered"),
        ("unsure", "unanswerable_answered"),
        ("wrong", "wrong_quote"),
        ("down", "unavailable"),
        ("refused", "refused"),
    ]


def test_long_texts_are_cut_on_one_line():
    assert shortened("a\n b") == "a b"
    assert shortened("退" * 400) == "退" * 299 + "…"
    assert json.dumps(shortened("x" * 300)) == json.dumps("x" * 300)
