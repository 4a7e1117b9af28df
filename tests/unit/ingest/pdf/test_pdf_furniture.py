from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("head", "foot"), [("ACME Guide", "Page {} of 3"), ("安全指南", "第 {} 页 / 共 3 页"), ("ACME", "{}")]
)
def test_heads_and_page_numbers_are_dropped_and_a_sentence_goes_on(
    run_at: Make, page_of_runs: Make, read_all: Make, head: str, foot: str
) -> None:
    texts = ["The sentence begins here and", "goes on to the next page,", "where it ends after all."]
    pages = [
        page_of_runs(
            run_at(head, 50, 790, size=8), run_at(text, 50, 600), run_at(foot.format(n), 280, 30, size=8), number=n
        )
        for n, text in enumerate(texts, 1)
    ]
    assert read_all(pages) == [("paragraph", " ".join(texts))]


def test_a_head_on_two_of_two_pages_is_furniture(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    pages = [
        page_of_runs(run_at("Contract 2026", 50, 790), run_at(f"Clause {name} holds.", 50, 600), number=number)
        for number, name in ((1, "one"), (2, "two"))
    ]
    assert read_all(pages) == [("paragraph", "Clause one holds."), ("paragraph", "Clause two holds.")]


def test_a_page_that_is_there_twice_keeps_its_first_line(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    pages = [page_of_runs(run_at("May 5, 2023", 50, 790), run_at("Dear all.", 50, 600), number=n) for n in (1, 2)]
    assert [text for _, text in read_all(pages)] == ["May 5, 2023", "Dear all."] * 2


def test_a_title_stays_although_it_returns_smaller_as_page_head(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    first = page_of_runs(run_at("退款政策", 50, 760, size=20), run_at("正文从这里开始，写得足够长。", 50, 700))
    later = [
        page_of_runs(run_at("退款政策", 50, 795, size=8), run_at(f"第{n}部分的正文也写得足够长。", 50, 700), number=n)
        for n in (2, 3, 4)
    ]
    assert [text for _, text in read_all([first, *later])].count("退款政策") == 1


def test_a_running_head_that_changes_goes_with_the_page_number_beside_it(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    chapters = ["Diagnosis", "Treatment", "Recovery", "Support"]
    pages = [
        page_of_runs(
            run_at(f"{chapter} {n + 4}", 50, 30, size=8), run_at(f"Text about {chapter}, {'x' * n}.", 50, 600), number=n
        )
        for n, chapter in enumerate(chapters, 1)
    ]
    assert len(read_all(pages)) == 4


def test_the_last_row_of_a_table_is_no_page_number(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(run_at("Seats", 50, 60), run_at("12", 50, 48))
    assert "12" in " ".join(text for _, text in read_all([page]))
