import time
from collections.abc import Callable
from typing import Any

from ingest.parsers.pdf.tables import Table, with_tables
from ingest.parsers.pdf.types import Rules

Make = Callable[..., Any]


def ruled(xs: list[float], ys: list[float]) -> Rules:
    """All lines of a grid."""
    across = tuple((y, xs[0], xs[-1]) for y in ys)
    return Rules(across=across, down=tuple((x, ys[-1], ys[0]) for x in xs))


def cells(found: list[Any]) -> list[list[list[str]]]:
    return [[list(row) for row in item.rows] for item in found if isinstance(item, Table)]


def test_lines_make_cells_and_a_cell_may_have_several_lines(run_at: Make) -> None:
    rules = ruled([50, 150, 300], [600, 580, 540])
    runs = [run_at("Plan", 55, 595), run_at("限制", 155, 595), run_at("Team", 55, 570)]
    runs += [run_at("up to ten", 155, 575), run_at("seats", 155, 560), run_at("After it.", 50, 500)]
    found = with_tables(runs, rules, 1)
    assert cells(found) == [[["Plan", "限制"], ["Team", "up to ten seats"]]]
    assert found[1] is runs[-1]


def test_a_run_over_a_line_is_parted_at_it(run_at: Make) -> None:
    rules = ruled([50, 100, 200], [600, 580, 560])
    found = with_tables([run_at("Plan Seats", 78, 595), run_at("Solo", 55, 575), run_at("一", 105, 575)], rules, 1)
    assert cells(found) == [[["Plan", "Seats"], ["Solo", "一"]]]


def test_cells_without_a_line_between_them_are_one(run_at: Make) -> None:
    # The line under the upper left cell is missing.
    rules = Rules(
        across=((600, 50, 200), (580, 100, 200), (560, 50, 200), (540, 50, 200)),
        down=((50, 540, 600), (100, 540, 600), (200, 540, 600)),
    )
    runs = [run_at("Plan", 55, 595), run_at("Seats", 105, 595), run_at("of all", 55, 575), run_at("9", 105, 575)]
    runs += [run_at("团队", 55, 555), run_at("25", 105, 555)]
    assert cells(with_tables(runs, rules, 1)) == [[["Plan of all", "Seats"], ["", "9"], ["团队", "25"]]]


def test_a_frame_around_prose_is_no_table(run_at: Make) -> None:
    rules = ruled([40, 300, 560], [700, 650, 100])
    runs = [run_at("Left", 50, 690), run_at("Right", 310, 690)]
    for number in range(40):
        runs += [run_at("Prose of the left side, line for line", 50, 640 - 12 * number)]
        runs += [run_at("Prose of the other side, of course", 310, 640 - 12 * number)]
    assert cells(with_tables(runs, rules, 1)) == []


def test_aligned_columns_are_a_table_without_any_line(run_at: Make) -> None:
    rows = [
        ("Office", "Weekdays", "周六"),
        ("Lyon", "8 to 18", "9 to 13"),
        ("Ghent", "9 to 17", "休息"),
        ("Turin", "8 to 17", "-"),
    ]
    runs = [run_at(text, 50 + 120 * c, 600 - 18 * r) for r, row in enumerate(rows) for c, text in enumerate(row)]
    assert cells(with_tables(runs, Rules(), 1)) == [[list(row) for row in rows]]


def test_a_cell_of_two_lines_stays_one_row(run_at: Make) -> None:
    runs = [
        run_at("Office", 50, 600),
        run_at("Hours", 200, 600),
        run_at("Lyon", 50, 580),
        run_at("8 to 18", 200, 580),
        run_at("Ghent", 50, 560),
        run_at("9 to 17,", 200, 560),
        run_at("Mondays 10 to 17", 200, 548),
        run_at("Turin", 50, 528),
        run_at("8 to 17", 200, 528),
    ]
    assert cells(with_tables(runs, Rules(), 1))[0][2] == ["Ghent", "9 to 17, Mondays 10 to 17"]


def test_two_columns_of_prose_are_no_table(run_at: Make) -> None:
    left = [run_at("The customer prints the label and hands", 50, 600 - 12 * n) for n in range(12)]
    right = [run_at("the parcel to any counter of the carrier", 320, 600 - 12 * n) for n in range(12)]
    assert cells(with_tables(left + right, Rules(), 1)) == []
    across = [run for pair in zip(left, right, strict=True) for run in pair]
    assert cells(with_tables(across, Rules(), 1)) == []


def test_short_lines_side_by_side_written_one_after_the_other_are_no_table(run_at: Make) -> None:
    columns = [["carbon", "intensity", "in 2022"], ["platform", "engineer", "in 2020"], ["电力", "生产", "2022 年"]]
    runs = [
        run_at(text, 50 + 150 * c, 600 - 12 * r) for c, column in enumerate(columns) for r, text in enumerate(column)
    ]
    assert cells(with_tables(runs, Rules(), 1)) == []


def test_bullets_and_their_items_are_no_table(run_at: Make) -> None:
    runs = [run for n in range(5) for run in (run_at("•", 50, 600 - 14 * n), run_at("short item", 70, 600 - 14 * n))]
    assert cells(with_tables(runs, Rules(), 1)) == []


def test_three_lines_above_below_and_under_the_header_make_a_table(run_at: Make) -> None:
    rules = Rules(across=((605, 50, 350), (585, 50, 350), (545, 50, 350)))
    runs = [run_at("Repair", 50, 600), run_at("Fee", 200, 600), run_at("Lamp", 50, 580), run_at("15.00", 200, 580)]
    runs += [run_at("Kettle", 50, 560), run_at("22.50", 200, 560)]
    assert cells(with_tables(runs, rules, 1)) == [[["Repair", "Fee"], ["Lamp", "15.00"], ["Kettle", "22.50"]]]


def test_a_table_that_goes_on_over_the_page_is_one_with_one_header(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    rules = ruled([50, 150, 300], [600, 580, 560])
    pages = [
        page_of_runs(
            run_at("Plan", 55, 595),
            run_at("Seats", 155, 595),
            run_at(plan, 55, 575),
            run_at(seats, 155, 575),
            number=number,
            rules=rules,
        )
        for number, plan, seats in ((1, "Solo", "1"), (2, "团队", "25"))
    ]
    assert read_all(pages) == [("table", "| Plan | Seats |\n| --- | --- |\n| Solo | 1 |\n| 团队 | 25 |")]


def test_two_tables_of_different_columns_stay_two(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    def page(number: int, xs: list[float]) -> Any:
        runs = [
            run_at(text, x + 5, y)
            for y, row in ((595, f"a{number}"), (575, "cd"))
            for x, text in zip(xs, row, strict=False)
        ]
        return page_of_runs(*runs, number=number, rules=ruled([*xs, 400], [600, 580, 560]))

    assert [kind for kind, _ in read_all([page(1, [50, 150]), page(2, [50, 250])])] == ["table", "table"]


def test_a_line_across_the_columns_is_text_and_the_row_below_it_the_header(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    across = tuple((y, 50, 300) for y in (620, 600, 580, 560, 540))
    rules = Rules(across=across, down=((50, 540, 620), (150, 560, 600), (300, 540, 620)))
    runs = [run_at("Fees of this year", 55, 615), run_at("Plan", 55, 595), run_at("费用", 155, 595)]
    runs += [
        run_at("Team", 55, 575),
        run_at("15.00", 155, 575),
        run_at("All fees include tax, whatever it is", 55, 555),
    ]
    assert read_all([page_of_runs(*runs, rules=rules)]) == [
        ("paragraph", "Fees of this year"),
        ("table", "| Plan | 费用 |\n| --- | --- |\n| Team | 15.00 |"),
        ("paragraph", "All fees include tax, whatever it is"),
    ]


def test_a_page_of_thousands_of_pieces_takes_no_minute(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    pieces = [run_at("•" if c % 2 else "item", 20 + 50 * c, 790 - r) for r in range(0, 700, 2) for c in range(12)]
    began = time.process_time()
    assert len(read_all([page_of_runs(*pieces)])) > 0
    # 0.3 s; trying every row with every other took a minute.
    assert time.process_time() - began < 10
