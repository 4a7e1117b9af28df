import pytest
from evaluation_files import answer_line, query_line, write_lines, write_run

from core.errors import InvalidInput, NotFound
from eval.report.data import rankings, read_answers, read_run


def test_a_run_is_read_stage_by_stage_and_unknown_keys_are_passed_over(tmp_path):
    lines = [
        query_line("lexical", "q1", 0.5, novelty=1),
        query_line("rerank", "q1", 1.0),
        query_line("lexical", "z1", 0),
    ]
    run = read_run(write_run(tmp_path / "before", lines, novelty=2))
    assert run.name == "before"
    assert {stage: [row.query_id for row in rows] for stage, rows in run.rows.items()} == {
        "lexical": ["q1", "z1"],
        "rerank": ["q1"],
    }
    assert run.results.git_commit == "c0ffee"


def test_a_file_of_an_older_release_lacks_words_languages_and_tags(tmp_path):
    old = {"stage": "dense", "query_id": "q1", "measures": {"nDCG@10": 0.5}, "latency_ms": 3}
    [row] = read_run(write_run(tmp_path / "old", [old])).rows["dense"]
    assert (row.query, row.spoken, row.tags) == ("", "", ())


def test_the_language_is_taken_from_the_words_where_nobody_said(tmp_path):
    lines = [query_line("dense", "q1", 1.0, language=""), query_line("dense", "z1", 1.0, language="")]
    assert [row.spoken for row in read_run(write_run(tmp_path / "run", lines)).rows["dense"]] == ["en", "zh"]


def test_a_folder_that_is_no_run_is_named_with_what_makes_one(tmp_path):
    with pytest.raises(NotFound, match="eval run"):
        read_run(tmp_path / "nowhere")
    with pytest.raises(NotFound, match=r"results\.json"):
        read_run(tmp_path)


def test_a_damaged_line_is_named_by_file_and_number(tmp_path):
    folder = write_run(tmp_path / "run", [query_line("dense", "q1", 1.0)])
    with (folder / "per_query.jsonl").open("a") as file:
        file.write('{"stage": "dense"\n')
    with pytest.raises(InvalidInput, match=r"per_query\.jsonl, line 2"):
        read_run(folder)


def test_damaged_results_are_named_with_the_field(tmp_path):
    folder = write_run(tmp_path / "run", [query_line("dense", "q1", 1.0)], queries="many")
    with pytest.raises(InvalidInput, match=r"results\.json: queries: "):
        read_run(folder)


def test_a_run_or_file_without_lines_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="no queries"):
        read_run(write_run(tmp_path / "run", []))
    with pytest.raises(InvalidInput, match="no answers"):
        read_answers(write_lines(tmp_path / "answers.jsonl", []))


def test_answers_are_read_with_their_citations(tmp_path):
    file = read_answers(write_lines(tmp_path / "extractive.jsonl", [answer_line("z1", language="")]))
    assert file.name == "extractive"
    assert (file.rows[0].spoken, file.rows[0].citations[0].gold, file.rows[0].answered) == ("zh", True, True)


def test_rankings_follow_the_rank_and_not_the_line(tmp_path):
    path = tmp_path / "dense.run"
    path.write_text("q1 Q0 b 2 0.5 t\nq1 Q0 a 1 0.9 t\nq1 Q0 c 3 0.1 t\nq2 Q0 a 1 0.9 t\n")
    assert rankings(path, {"q1", "q3"}, 2) == {"q1": ["a", "b"], "q3": []}


def test_without_a_run_file_nothing_is_ranked(tmp_path):
    assert rankings(tmp_path / "dense.run", {"q1"}, 10) == {"q1": []}


def test_a_damaged_run_file_is_named_by_line(tmp_path):
    path = tmp_path / "dense.run"
    path.write_text("q1 Q0 a 1 0.9 t\nq1 a first\n")
    with pytest.raises(InvalidInput, match=r"dense\.run, line 2: 'q1 a first'"):
        rankings(path, {"q1"}, 10)
