from hypothesis import given
from hypothesis import strategies as st

from core.text import count_tokens
from core.types import Block, BlockKind, Span
from ingest.sections import Section
from ingest.token_count import count_by_rule
from ingest.units import fitting, measure


def texts(text: str, kind: BlockKind, budget: int) -> list[str]:
    block = Block(kind=kind, span=Span(0, len(text)))
    section = Section(path=(), heading=None, blocks=(block,), leaf=True)
    (measured,) = measure(text, [section], budget, count_by_rule)
    return [unit.span.of(text) for unit in measured.units]


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
    assert [(len(span), size) for span, size in fitting("退" * 25, Span(0, 25), 10, count_by_rule)] == [
        (10, 10),
        (10, 10),
        (5, 5),
    ]


def test_a_run_whose_tokens_are_denser_at_one_end_is_cut_until_every_piece_fits() -> None:
    # A token a byte, three bytes a Chinese character, as byte-level tokenizers have it at worst.
    def by_bytes(texts: list[str]) -> list[int]:
        return [len(text.encode()) for text in texts]

    pieces = fitting("a" * 20 + "退" * 20, Span(0, 40), 10, by_bytes)
    assert max(size for _, size in pieces) <= 10
    assert sum(len(span) for span, _ in pieces) == 40


def test_everything_is_counted_in_one_call_where_it_fits() -> None:
    calls: list[list[str]] = []

    def counted(texts: list[str]) -> list[int]:
        calls.append(list(texts))
        return count_by_rule(texts)

    text = "Title\nOne. 二。\n- item"
    heading = Block(kind=BlockKind.HEADING, span=Span(0, 5), level=1)
    blocks = (
        Block(kind=BlockKind.PARAGRAPH, span=Span(6, 13)),
        Block(kind=BlockKind.LIST_ITEM, span=Span(14, 20)),
    )
    section = Section(path=("Title",), heading=heading, blocks=blocks, leaf=True)
    (measured,) = measure(text, [section], 50, counted)
    assert calls == [["Title", "One.", "二。", "- item"]]
    assert (measured.heading_tokens, measured.body_tokens, measured.tokens) == (1, 2 + 2 + 2, 7)


@given(st.text(max_size=200), st.integers(min_value=1, max_value=20))
def test_pieces_fit_and_leave_out_only_white_space(text: str, budget: int) -> None:
    pieces = fitting(text, Span(0, len(text)), budget, count_by_rule)
    kept = "".join(piece.of(text) for piece, _ in pieces)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(count_tokens(piece.of(text)) <= size <= budget for piece, size in pieces)
