"""Every golden file, against what a person copied out of it: ``eval/bench/golden.py`` says what they hold."""

from functools import cache
from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.text import language_of
from core.types import BlockKind
from eval.bench.fidelity import Fidelity, compare, figures, words
from eval.bench.golden import FOLDER, Golden, goldens
from ingest.parse import parse_file
from ingest.parsers.builder import DocumentBuilder

ALL = goldens()
each_file = pytest.mark.parametrize("golden", ALL, ids=[golden.name for golden in ALL])


@cache
def _fidelity(path: Path) -> Fidelity:
    golden = next(golden for golden in ALL if golden.path == path)
    return compare(golden, parse_file(path))


@each_file
def test_a_file_keeps_its_words_in_their_order(golden: Golden) -> None:
    fidelity = _fidelity(golden.path)
    assert (fidelity.recall >= 0.99, fidelity.order >= 0.98, fidelity.precision >= 0.95) == (True, True, True), fidelity


@each_file
def test_a_file_keeps_its_structure(golden: Golden) -> None:
    assert _fidelity(golden.path).wrong == {}


def test_every_file_has_its_golden_and_both_languages_occur_in_each_format() -> None:
    files = {path for path in FOLDER.glob("*/*") if not path.name.endswith(".golden.json")}
    assert files == {golden.path for golden in ALL}
    assert len(ALL) >= 40
    spoken = {(golden.path.parent.name, language_of(golden.text)) for golden in ALL}
    assert {name for name, _ in spoken} == {name for name, said in spoken if said == "zh"}


def test_words_are_counted_alike_in_both_languages() -> None:
    assert words("退款 takes ３ days, v2.1!") == ["退", "款", "takes", "3", "days", "v2", "1"]


def test_what_a_document_loses_swaps_or_makes_up_shows_in_its_figures() -> None:
    builder = DocumentBuilder()
    builder.add(BlockKind.HEADING, "退款", level=2)
    builder.add(BlockKind.PARAGRAPH, "three d c b a surplus", page=3)
    builder.add(BlockKind.TABLE, "| Plan | 天 |\n| --- | --- |\n| a \\| b | 4 |", page=3)
    golden = Golden(
        path=Path("docx/a.docx"),
        text="退款 three a b c d lost Plan 天 a b 4",
        title="Refunds",
        headings=[[1, "退款"]],
        tables=[[["Plan", "天"], ["a | b", "3"]]],
        pages={"three d": 2},
        metadata={"author": "Li"},
        list_items=["three"],
        code=["x"],
        absent=["surplus"],
    )
    fidelity = compare(golden, builder.build(title="退款", parser="test"))
    # 13 words expected, "lost" is missing; of the 12 kept three stand in another order; one word is made up.
    assert fidelity.recall == pytest.approx(12 / 13)
    assert fidelity.order == pytest.approx(9 / 12)
    assert fidelity.precision == pytest.approx(12 / 13)
    assert set(fidelity.wrong) == {
        "title", "headings", "tables", "pages", "metadata", "list_items", "code", "absent",
    }  # fmt: skip
    assert fidelity.wrong["tables"][0] == "missing: [['Plan', '天'], ['a | b', '3']]"


def test_figures_count_files_by_format() -> None:
    one = next(golden for golden in ALL if golden.name == "epub/客服手册.epub")
    rows = figures([one])
    assert list(rows) == ["epub", "all"]
    assert rows["epub"] == rows["all"]
    assert (rows["all"]["files"], rows["all"]["recall"], rows["all"]["tables"]) == (1, 1.0, 1)


def test_a_golden_without_its_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "docx").mkdir()
    (tmp_path / "docx" / "a.golden.json").write_text("{}")
    with pytest.raises(InvalidInput, match=r"needs one file a\.\* beside it, found \[\]"):
        goldens(tmp_path)
