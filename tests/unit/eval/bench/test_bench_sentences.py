from pathlib import Path

import pytest

from core.errors import InvalidInput
from core.sentences import split_sentences
from core.types import Span
from eval.bench.sentences import read_labelled, scored, splitters


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.txt"
    path.write_text("@ plain note\nOne.‖ Two.\nThree\n\n@ code\n  x = 1‖\n\n@ zh\n一。‖二。\n", encoding="utf-8")
    return path


def test_marks_and_line_ends_become_spans_without_white_space(labelled: Path) -> None:
    plain, code, chinese = read_labelled(labelled)
    assert (plain.kind, plain.text) == ("plain", "One. Two.\nThree")
    assert plain.sentences == (Span(0, 4), Span(5, 9), Span(10, 15))
    assert [span.of(code.text) for span in code.sentences] == ["x = 1"]
    assert chinese.sentences == (Span(0, 2), Span(2, 4))


def test_a_missing_file_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nothing\.txt"):
        read_labelled(tmp_path / "nothing.txt")


def test_a_sentence_is_right_when_both_its_ends_are(labelled: Path) -> None:
    def by_lines(text: str) -> list[Span]:
        return [Span(0, 9), Span(10, 15)] if text.startswith("One") else split_sentences(text)

    scores = scored(by_lines, read_labelled(labelled))
    assert (scores["plain"].right, scores["plain"].given, scores["plain"].expected) == (1, 2, 3)
    assert (scores["plain"].precision, scores["plain"].recall, scores["plain"].f1) == (1 / 2, 1 / 3, 2 / 5)
    assert scores["all"].expected == 6
    assert scores["zh"].f1 == 1.0


def test_our_splitter_is_always_among_those_measured() -> None:
    assert splitters("zh")["citedesk"] is split_sentences
