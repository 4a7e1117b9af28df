"""What people see of a comparison: in a terminal, in a pull request, as JSON."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from saved_runs import answer_row, query_row, write_rows, write_run

from core.errors import InvalidInput
from eval.compare.as_json import comparison_json
from eval.compare.changes import RankingReader, head
from eval.compare.compare import Comparison, compare, with_rankings
from eval.compare.gate import GateResult, judge_gates, parse_gate
from eval.compare.inputs import load_pairs
from eval.compare.markdown import to_markdown
from eval.compare.text import print_comparison
from eval.compare.words import change_words, entry_words, p_words, signed
from eval.sets.dataset import RetrievalSet, load_dataset

WriteSet = Callable[..., Path]


@pytest.fixture
def dataset(write_set: WriteSet) -> RetrievalSet:
    """Eleven documents; a0 is right for the Chinese query."""
    corpus = [{"_id": f"a{at}", "title": f"标题{at}", "text": "退款 | 需要\n十个<b>工作日"} for at in range(11)]
    queries = [{"_id": "z1", "text": "退款需要多久？"}, {"_id": "q2", "text": "How long?"}]
    return load_dataset(
        write_set(corpus=corpus, queries=queries, qrels="query-id\tcorpus-id\tscore\nz1\ta0\t2\nz1\ta1\t0\nq2\ta1\t1\n")
    )


@pytest.fixture
def pairs(tmp_path: Path, dataset: RetrievalSet):
    """Old finds a0 first, new finds it eighth; the English query stays as it was."""
    folders = []
    for name, value, place in (("old", 1.0, 0), ("new", 0.125, 7)):
        rows = [query_row("z1", {"MRR@10": value}), query_row("q2", {"MRR@10": 0.5}, query="How long?")]
        folder = write_run(tmp_path / name, rows, digest=dataset.digest)
        ranked = [f"a{at}" for at in range(1, 11)]
        ranked.insert(place, "a0")
        lines = [f"z1 Q0 {id_} {rank} {20 - rank} x" for rank, id_ in enumerate(ranked, start=1)]
        write_rows(folder / "hybrid.run", lines)
        folders.append(str(folder))
    return load_pairs(folders).pairs


@pytest.fixture
def comparison(pairs, dataset: RetrievalSet) -> Comparison:
    return with_rankings(compare(pairs), RankingReader(dataset=dataset))


@pytest.fixture
def gates(pairs) -> tuple[GateResult, ...]:
    return judge_gates([parse_gate("MRR@10 >= -0.5"), parse_gate("MRR@10 >= -1%")], pairs)


def shown(comparison: Comparison, gates: tuple[GateResult, ...] = (), width: int = 100, *, watched: bool = True) -> str:
    text = io.StringIO()
    print_comparison(comparison, gates, Console(file=text, width=width, force_terminal=watched, color_system=None))
    return text.getvalue()


def test_both_rankings_hold_the_first_five_and_the_relevant_ones_behind(comparison: Comparison) -> None:
    [query] = comparison.pairs[0].changed
    assert [(entry.rank, entry.document_id, entry.grade) for entry in query.before_ranking] == [
        (1, "a0", 2), (2, "a1", 0), (3, "a2", None), (4, "a3", None), (5, "a4", None),
    ]  # fmt: skip
    assert [(entry.rank, entry.document_id) for entry in query.after_ranking] == [
        (1, "a1"), (2, "a2"), (3, "a3"), (4, "a4"), (5, "a5"), (8, "a0"),
    ]  # fmt: skip
    assert query.before_ranking[0].head == "标题0 退款 | 需要 十个<b>工作日"


def test_rankings_are_empty_where_the_run_file_is_gone_and_damaged_ones_are_named(pairs, dataset) -> None:
    run_file = pairs[0].variant.run_file
    run_file.write_text("z1 Q0 a0\n")
    with pytest.raises(InvalidInput, match=r"hybrid\.run, line 1"):
        with_rankings(compare(pairs), RankingReader(dataset=dataset))
    run_file.unlink()
    [query] = with_rankings(compare(pairs), RankingReader()).pairs[0].changed
    assert query.after_ranking == ()
    assert [entry.grade for entry in query.before_ranking] == [None] * 5


def test_a_terminal_of_100_columns_shows_every_figure(comparison: Comparison, gates) -> None:
    text = shown(comparison, gates)
    lines = text.splitlines()
    assert all(cell_len(line) <= 100 for line in lines)
    [row] = [line for line in lines if line.split()[:1] == ["MRR@10"] and "0/1/1" in line]
    assert row.split() == ["MRR@10", "0.750", "0.312", "-0.438", "[-0.875,", "0.000]", "1.000", "-0.71", "0/1/1"]
    assert "old:hybrid → new:hybrid" in text
    assert "Latency: p50 10.0 → 10.0 ms (+0.0 %" in text
    assert "z1  退款需要多久？" in text
    assert "MRR@10 1.000 → 0.125" in text


def test_chinese_columns_stand_under_each_other(comparison: Comparison) -> None:
    lines = [line for line in shown(comparison, width=120).splitlines() if " a1 " in line or " a0 " in line]
    first, second, _ = lines
    left, right = first.index("1 ✗ a1"), second.index("2 ✗ a1")
    assert cell_len(first[:left]) > 60
    assert cell_len(second[:right]) < 5
    columns = {cell_len(line[: line.index(mark)]) for line, mark in ((first, "1 ✗ a1"), (second, "2   a2"))}
    assert len(columns) == 1


def test_gates_come_first(comparison: Comparison, gates) -> None:
    assert shown(comparison, gates).startswith("Gate 'MRR@10 >= -0.5' passed: ")


def test_a_log_holds_each_gate_on_one_line(comparison: Comparison, gates) -> None:
    lines = shown(comparison, gates, watched=False).splitlines()
    assert [line.endswith(").") for line in lines if line.startswith("Gate ")] == [True, True]
    assert lines[2] == ""


def test_slices_have_their_own_part_of_the_table(pairs) -> None:
    text = shown(compare(pairs, by=["language"]))
    assert text.index("all (2)") < text.index("en (1)") < text.index("zh (1)")


def test_markdown_is_a_table_that_documents_cannot_break(comparison: Comparison, gates) -> None:
    text = to_markdown(comparison, gates)
    assert text.startswith("## Retrieval comparison\n\n- ✅ Gate 'MRR@10 &gt;= -0.5' passed")
    assert "- ⚠️ Gate 'MRR@10 &gt;= -1%' passed, unproven" in text
    assert "| MRR@10 | 2 | 0.750 | 0.312 | -0.438 | \\[-0.875, 0.000\\] | 1.000 | -0.71 | 0/1/1 |  |" in text
    assert "| 1 ✓ a0 标题0 退款 \\| 需要 十个&lt;b&gt;工作日 | 1 ✗ a1 标题1" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {11, 3}


def test_a_question_calls_nobody_and_opens_no_link_in_a_pull_request(tmp_path: Path) -> None:
    asked = answer_row("a", question="ask @someone, or a@b `x` [y](z) a_b")
    old = write_rows(tmp_path / "old.jsonl", [asked])
    new = write_rows(tmp_path / "new.jsonl", [{**asked, "verdicts": {**asked["verdicts"], "located_gold": False}}])
    text = to_markdown(compare(load_pairs([str(old), str(new)]).pairs), ())
    assert "**a** ask &#64;someone, or a@b \\`x\\` \\[y\\](z) a\\_b  \n" in text


def test_the_json_document_holds_every_figure(comparison: Comparison, gates) -> None:
    document = comparison_json(comparison, gates)
    assert json.loads(json.dumps(document)) == document
    assert document["passed"] is True
    [pair] = document["pairs"]
    assert pair["baseline"]["stage"] == "hybrid"
    [difference] = pair["overall"]["differences"]
    assert difference["difference"] == pytest.approx(-0.4375)
    assert difference["real"] is False
    assert pair["changed"][0]["after_ranking"][-1] == {
        "rank": 8, "document_id": "a0", "grade": 2, "head": "标题0 退款 | 需要 十个<b>工作日",
    }  # fmt: skip
    assert [gate["status"] for gate in document["gates"]] == ["passed", "unproven"]


def test_a_failed_gate_makes_the_document_say_so(comparison: Comparison, pairs) -> None:
    failed = judge_gates([parse_gate("MRR@10 >= -0.1")], pairs, strict=True)
    assert comparison_json(comparison, failed)["passed"] is False
    assert "- ❌ Gate" in to_markdown(comparison, failed)


def test_changed_answers_stand_side_by_side(tmp_path: Path) -> None:
    old = write_rows(tmp_path / "old.jsonl", [answer_row("a"), answer_row("b")])
    new = write_rows(tmp_path / "new.jsonl", [answer_row("a", located=False), answer_row("b")])
    comparison = compare(load_pairs([str(old), str(new)]).pairs)
    text = shown(comparison)
    assert "located_gold 1.000 → 0.000, completeness 1.000 → 0.000, false_refusal 0.000 → 1.000" in text
    [row] = [line for line in text.splitlines() if "insufficient_evidence" in line]
    assert row.split() == ["answered:", "退款需要十个工作日。", "insufficient_evidence"]
    assert to_markdown(comparison, ()).startswith("## Answer comparison")


def test_a_measure_that_became_undefined_is_a_dash(comparison: Comparison) -> None:
    [query] = comparison.pairs[0].changed
    object.__setattr__(query, "after", {"MRR@10": None})
    assert change_words(query) == "MRR@10 1.000 → –"
    assert entry_words(None) == ""


def test_small_figures_are_written_plainly() -> None:
    assert [signed(value) for value in (0.0004, -0.0004, 0.0005, -0.25)] == ["0.000", "0.000", "+0.001", "-0.250"]
    assert [p_words(value) for value in (0.0009, 0.001, 1.0)] == ["< 0.001", "0.001", "1.000"]


def test_a_long_text_is_cut_to_its_head() -> None:
    assert head("一\n二  三") == "一 二 三"
    assert head("x" * 200) == "x" * 89 + "…"
