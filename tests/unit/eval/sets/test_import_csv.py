"""A spreadsheet's table becomes questions; whatever cannot be used is kept with its row and its reason."""

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from eval.sets.csv_table import read_table
from eval.sets.import_csv import import_csv
from eval.sets.import_files import Imported, write_import
from eval.sets.questions import GoldQuote, load_questions

ENGLISH = """question,quote,document,answerable,language,tags,internal note
How long does a refund take?,"Refunds take 10 days, or 12.",refunds.md,yes,en,"price; time",ask Ada
Who founded it?,,,no,en,,
"""
CHINESE = """问题;答案;来源;可回答;标签
退款多久？;退款需要十个工作日。;help\\退款.md;是;退款、时间
谁创办了公司？;;;否;
"""


def table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "questions.csv"
    path.write_bytes(text.encode(encoding))
    return path


def imported(tmp_path: Path, text: str, encoding: str = "utf-8", **columns: str) -> Imported:
    return import_csv(table(tmp_path, text, encoding), columns)


def reasons(found: Imported) -> dict[int, str]:
    return {one.row: one.reason for one in found.rejected}


def test_an_english_table_gives_questions_with_quotes_and_tags(tmp_path: Path) -> None:
    found = imported(tmp_path, ENGLISH)
    first, second = found.questions
    assert first.question == "How long does a refund take?"
    assert first.gold == (GoldQuote(source="refunds.md", quote="Refunds take 10 days, or 12."),)
    assert (first.language, first.answerable, first.tags) == ("en", True, ("price", "time"))
    assert (second.answerable, second.gold) == (False, ())
    assert (found.rejected, found.ignored) == ((), ("internal note",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_chinese_table_is_read_in_every_encoding_and_with_every_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    found = imported(tmp_path, CHINESE.replace(";", delimiter), encoding)
    first, second = found.questions
    assert first.gold == (GoldQuote(source="help/退款.md", quote="退款需要十个工作日。"),)
    assert (first.language, first.tags) == ("zh", ("退款", "时间"))
    assert second.answerable is False


def test_the_first_line_that_excel_writes_for_itself_is_no_row(tmp_path: Path) -> None:
    found = imported(tmp_path, f"sep=;\r\n{CHINESE}")
    assert len(found.questions) == 2


def test_a_column_can_be_named_where_its_header_says_something_else(tmp_path: Path) -> None:
    text = "客户怎么问,应答,在哪\n退款多久？,十个工作日,a.md\n"
    with pytest.raises(InvalidInput, match="--column question=NAME"):
        imported(tmp_path, text)
    (question,) = imported(tmp_path, text, question="客户怎么问", quote="应答", document="在哪").questions
    assert question.gold == (GoldQuote(source="a.md", quote="十个工作日"),)


def test_an_answer_without_a_document_or_beside_a_quote_is_a_reference(tmp_path: Path) -> None:
    (alone,) = imported(tmp_path, "question,answer\nHow long?,Ten days.\n").questions
    assert (alone.gold, alone.reference, alone.answerable) == ((), "Ten days.", True)
    (both,) = imported(tmp_path, "question,answer,quote,document\n多久？,十天。,需要十天,a.md\n").questions
    assert (both.gold, both.reference) == ((GoldQuote(source="a.md", quote="需要十天"),), "十天。")


def test_every_row_that_cannot_be_used_is_named_by_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    text = """question,quote,document,answerable,language,id
"Two
lines?",yes it is,a.md,,,
,quote,a.md,,,
No document?,quote,,,,
Odd?,,,maybe,,
French?,,,no,fr,

No quote?,,,yes,,
Both?,quote,a.md,no,,
Surplus?,,,no,,,oops
Same id?,,,no,,x1
Other words?,,,no,,x1
"""
    found = imported(tmp_path, text)
    assert [question.question for question in found.questions] == ["Two\nlines?", "Same id?"]
    wanted = {
        3: "no question",
        4: "has no document",
        5: "'maybe'",
        6: "'fr'",
        8: "answerable=True",
        9: "answerable=False",
        10: "'oops'",
        12: "'x1' stands above for 'Same id?'",
    }
    assert reasons(found).keys() == wanted.keys()
    assert [words for row, words in wanted.items() if words not in reasons(found)[row]] == []
    assert found.rejected[2].values["question"] == "Odd?"


def test_rows_of_one_question_join_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    text = """问题,引文,文档,标签
退款多久？,十个工作日,a.md,时间
退款多久？,10 天以内,b.md,财务
退款多久？,十个工作日,a.md,时间
退款多久？,,,
"""
    found = imported(tmp_path, text)
    (question,) = found.questions
    assert [gold.source for gold in question.gold] == ["a.md", "b.md"]
    assert question.tags == ("时间", "财务")
    assert found.merged == 1
    assert reasons(found) == {
        4: "the same stands in an earlier row",
        5: "the question stands above with answerable=True",
    }


def test_an_id_stays_the_same_when_rows_are_added(tmp_path: Path) -> None:
    before = imported(tmp_path, ENGLISH).questions
    after = imported(tmp_path, ENGLISH.replace("\nHow", "\nNew?,,,no,,,\nHow")).questions
    assert [question.id for question in after[1:]] == [question.id for question in before]


def test_what_is_written_can_be_loaded_and_the_rejected_rows_are_kept(tmp_path: Path) -> None:
    found = imported(tmp_path, ENGLISH + ",lost words,a.md,,,,\n")
    files = write_import(found, tmp_path / "out", force=False)
    assert [path.name for path in files] == ["questions.jsonl", "rejected.jsonl"]
    assert tuple(load_questions(files[0])) == found.questions
    (kept,) = (json.loads(line) for line in files[1].read_text(encoding="utf-8").splitlines())
    assert (kept["row"], kept["values"]["quote"]) == (4, "lost words")


def test_nothing_is_overwritten_without_force_and_nothing_stale_stays_with_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_import(imported(tmp_path, ENGLISH + ",lost,a.md,,,,\n"), out, force=False)
    before = (out / "questions.jsonl").read_bytes()
    with pytest.raises(InvalidInput, match="--force"):
        write_import(imported(tmp_path, CHINESE), out, force=False)
    assert (out / "questions.jsonl").read_bytes() == before
    write_import(imported(tmp_path, CHINESE), out, force=True)
    assert [question.language for question in load_questions(out / "questions.jsonl")] == ["zh", "zh"]
    assert not (out / "rejected.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("", {}, "is empty"),
        ("question,question\na,b\n", {}, "'question' twice"),
        ("question\na\n", {"frage": "question"}, "the fields are id, question"),
        ("question\na\n", {"quote": "原文"}, "has the columns question"),
        ('question,quote\n"never closed,a\n', {}, "stray quotation mark"),
        ("PK\x03\x04rest", {}, "save the sheet as CSV"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_clear_error(
    tmp_path: Path, text: str, columns: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        import_csv(table(tmp_path, text), columns)


def test_of_two_headers_for_one_field_the_first_is_taken_and_the_other_told(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, "question,提问\nHow long?,多久？\n"), {})
    assert (read.columns["question"], read.ignored) == ("question", ("提问",))


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.csv"):
        import_csv(tmp_path / "none.csv", {})
