from hypothesis import given
from hypothesis import strategies as st

from core.text import count_tokens
from core.types import Block, BlockKind, Span
from ingest.units import fitting, units_of


def texts(text: str, kind: BlockKind, budget: int) -> list[str]:
    block = Block(kind=kind, span=Span(0, len(text)))
    return [unit.span.of(text) for unit in units_of(text, [block], budget)]


def test_a_paragraph_gives_its_sentences_in_both_languages() -> None:
    assert texts("First one. Second one. 第一句。第二句。", BlockKind.PARAGRAPH, 50) == [
        "First one.",
        "Second one.",
        "第一句。",
        "第二句。",
    ]


def test_a_list_item_stays_whole_until_it_does_not_fit() -> None:
    assert texts("One two. Three four.", BlockKind.LIST_ITEM, 50) == ["One two. Three four."]
    assert texts("One two. Three four.", BlockKind.LIST_ITEM, 4) == ["One two.", "Three four."]


def test_a_table_that_does_not_fit_is_parted_into_rows_with_the_rule_under_its_header() -> None:
    table = "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"
    assert texts(table, BlockKind.TABLE, 200) == [table]
    assert texts(table, BlockKind.TABLE, 20) == ["| a | b |\n| --- | --- |", "| 1 | 2 |", "| 3 | 4 |"]


def test_a_long_sentence_is_parted_at_a_clause() -> None:
    text = "alpha beta gamma, delta epsilon zeta"
    assert texts(text, BlockKind.PARAGRAPH, 4) == ["alpha beta gamma,", "delta epsilon zeta"]


def test_a_run_without_marks_is_cut_where_the_budget_ends() -> None:
    assert [len(span) for span in fitting("退" * 25, Span(0, 25), 10)] == [10, 10, 5]


@given(st.text(max_size=200), st.integers(min_value=1, max_value=20))
def test_pieces_fit_and_leave_out_only_white_space(text: str, budget: int) -> None:
    pieces = fitting(text, Span(0, len(text)), budget)
    kept = "".join(piece.of(text) for piece in pieces)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(count_tokens(piece.of(text)) <= budget for piece in pieces)
