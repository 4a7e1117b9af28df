from collections.abc import Callable
from typing import Any

from ingest.parsers.pdf.types import HYPHEN

Make = Callable[..., Any]


def test_lines_of_a_paragraph_are_joined_and_a_gap_parts_two(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("Refunds take a while, mostly", 50, 600),
        run_at("three days.", 50, 588),
        run_at("Ask us.", 50, 550),
    )
    assert read_all([page]) == [("paragraph", "Refunds take a while, mostly three days."), ("paragraph", "Ask us.")]


def test_chinese_lines_join_without_a_space(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(run_at("退款会在三个工作日", 50, 600), run_at("内到账。", 50, 586))
    assert read_all([page]) == [("paragraph", "退款会在三个工作日内到账。")]


def test_a_word_parted_at_a_line_end_is_put_together(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at(f"The quick re{HYPHEN}", 50, 600),
        run_at(f"fund of a co{HYPHEN}", 50, 588),
        run_at("owner and an on-", 50, 576),
        run_at("going co-owner case", 50, 564),
    )
    assert read_all([page]) == [("paragraph", "The quick refund of a co-owner and an ongoing co-owner case")]


def test_a_hyphen_at_a_line_end_stays_where_the_word_has_one_elsewhere(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    page = page_of_runs(
        run_at("A co-owner may ask, and any co-", 50, 600),
        run_at("owner may pay; 联名账户的 on-", 50, 588),
        run_at("going cases too", 50, 576),
    )
    text = "A co-owner may ask, and any co-owner may pay; 联名账户的 ongoing cases too"
    assert read_all([page]) == [("paragraph", text)]


def test_a_hyphen_of_a_name_stays_without_a_space(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("加密采用 AES-256-", 50, 600),
        run_at("GCM 算法 for pre-", 50, 586),
        run_at("and post-release builds", 50, 574),
    )
    assert read_all([page]) == [("paragraph", "加密采用 AES-256-GCM 算法 for pre- and post-release builds")]


def test_a_paragraph_that_begins_in_bold_type_is_one(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("Note that refunds", 50, 600, bold=True), run_at("take three days in all, counted from today.", 50, 588)
    )
    assert read_all([page]) == [("paragraph", "Note that refunds take three days in all, counted from today.")]


def test_a_listing_keeps_its_lines_its_indent_and_its_empty_lines(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    page = page_of_runs(
        run_at("This is how it is called, in three lines:", 50, 620),
        run_at("def ask():", 60, 600, mono=True),
        run_at("return answer", 80, 588, mono=True),
        run_at("# 回答之后", 60, 564, width=40, mono=True),
        run_at("Then read the answer aloud, please, to all.", 50, 530),
    )
    assert read_all([page])[1] == ("code", "def ask():\n    return answer\n\n# 回答之后")


def test_a_typewritten_document_is_no_listing(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("Dear customer, this letter", 50, 600, mono=True), run_at("was typed.", 50, 588, mono=True)
    )
    assert read_all([page]) == [("paragraph", "Dear customer, this letter was typed.")]


def test_a_footnote_stands_after_the_paragraph_that_goes_on_over_the_page(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    first = page_of_runs(
        run_at("The refund of the amount that", 50, 300), run_at("1 Without the postage.", 50, 150, size=7)
    )
    second = page_of_runs(run_at("was paid takes three days.", 50, 600), number=2)
    assert read_all([first, second]) == [
        ("paragraph", "The refund of the amount that was paid takes three days."),
        ("paragraph", "1 Without the postage."),
    ]


def test_bullets_set_apart_come_back_to_their_items(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    items = [run_at("first of all", 70, 600), run_at("第二", 70, 586), run_at("third", 70, 572)]
    marks = [run_at("•", 55, 600), run_at("•", 55, 586), run_at("3.", 55, 572)]
    page = page_of_runs(run_at("What we need from you:", 50, 620), *items, *marks)
    assert read_all([page])[1:] == [("list_item", "first of all"), ("list_item", "第二"), ("list_item", "3. third")]


def test_cells_of_a_line_stay_one_line_of_their_own(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("Team", 50, 600), run_at("25 seats", 300, 600), run_at("Solo", 50, 588), run_at("1 seat", 300, 588)
    )
    assert read_all([page]) == [("paragraph", "Team 25 seats"), ("paragraph", "Solo 1 seat")]


def test_no_pages_give_no_paragraphs(read_all: Make) -> None:
    assert read_all([]) == []


def test_one_line_of_type_of_equal_width_is_a_command_or_an_address(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    page = page_of_runs(
        run_at("Install it with this command, then write to us:", 50, 620),
        run_at("$ pip install citedesk", 50, 590, mono=True),
        run_at("The address of the desk is the one below this line.", 50, 560),
        run_at("desk@example.com", 50, 530, mono=True),
    )
    assert [kind for kind, _ in read_all([page])] == ["paragraph", "code", "paragraph", "paragraph"]
