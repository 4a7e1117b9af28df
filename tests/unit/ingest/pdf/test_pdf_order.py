from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.pdf.reading import read
from ingest.parsers.pdf.types import Page, Rules, Run

Make = Callable[..., Any]

LEFT = [
    "Every complaint gets a number and",
    "one person who looks after it. That",
    "person answers within one day,",
    "even where the answer is only that",
    "more time is needed for it.",
]
RIGHT = [
    "客户同意或者三十天没有回音的投诉结案",
    "结案的投诉保存三年之后销毁客服中心",
    "每个季度分析一次反复出现的原因并且通",
    "知有关的部门加以改进改进的结果在下一",
    "个季度的例会上报告。",
]


def test_columns_written_across_the_gutter_are_read_one_after_the_other(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    runs = [run_at("A head across both of the columns, which is wide", 50, 700, width=450)]
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        runs += [run_at(left, 50, 660 - 13 * number), run_at(right, 320, 660 - 13 * number)]
    assert [text for _, text in read_all([page_of_runs(*runs)])][1:] == [" ".join(LEFT), "".join(RIGHT)]


def test_columns_of_unequal_width_are_parted_where_the_white_strip_is(
    run_at: Make, page_of_runs: Make, read_all: Make
) -> None:
    wide = [f"as its reason is written down, {left}" for left in LEFT]
    runs = []
    for number, (left, right) in enumerate(zip(wide, RIGHT, strict=True)):
        runs += [run_at(left, 30, 660 - 13 * number), run_at(right, 400, 660 - 13 * number)]
    assert [text for _, text in read_all([page_of_runs(*runs)])] == [" ".join(wide), "".join(RIGHT)]


def test_columns_written_one_after_the_other_stay_so(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    runs = [run_at(text, 50, 660 - 13 * n) for n, text in enumerate(LEFT)]
    runs += [run_at(text, 320, 660 - 13 * n) for n, text in enumerate(RIGHT)]
    assert [text for _, text in read_all([page_of_runs(*runs)])] == [" ".join(LEFT), "".join(RIGHT)]


def test_lines_written_in_any_order_are_read_from_the_top(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    runs = [run_at(f"Sentence {n} stands on its own.", 50, 700 - 40 * n) for n in range(8)]
    shuffled = [runs[n] for n in (7, 2, 5, 0, 6, 1, 4, 3)]
    assert [text for _, text in read_all([page_of_runs(*shuffled)])] == [run.text for run in runs]


def test_labels_and_values_are_read_row_by_row(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    pairs = [
        ("Name", "Li Wei"),
        ("City", "上海"),
        ("Order", "HM-20417, paid by card"),
        ("State", "open"),
        ("Paid", "yes"),
    ]
    runs = [
        run for n, (a, b) in enumerate(pairs) for run in (run_at(a, 50, 600 - 40 * n), run_at(b, 200, 600 - 40 * n))
    ]
    assert [text for _, text in read_all([page_of_runs(*runs)])] == [f"{a} {b}" for a, b in pairs]


def test_turned_type_comes_last(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(run_at("arXiv", 10, 500, aside=True), run_at("The text of the page.", 50, 600))
    assert [text for _, text in read_all([page])] == ["The text of the page.", "arXiv"]


WORDS = st.text(alphabet="abcDEF019退款政策", min_size=1, max_size=9)


@st.composite
def runs_anywhere(draw: st.DrawFn) -> Run:
    left, bottom = draw(st.integers(60, 400)), draw(st.integers(150, 600))
    size = draw(st.sampled_from([8.0, 10.0, 16.0]))
    text = draw(WORDS)
    return Run(
        text=text,
        left=left,
        right=left + size * len(text),
        bottom=bottom,
        top=bottom + size,
        size=size,
        bold=draw(st.booleans()),
        mono=draw(st.booleans()),
        aside=draw(st.booleans()),
        starts=((0, left),),
    )


LINES = st.lists(st.tuples(st.integers(100, 650), st.integers(40, 200), st.integers(210, 560)), max_size=6)


@given(st.lists(runs_anywhere(), max_size=25), LINES, LINES)
def test_nothing_inside_a_page_is_lost_or_made_up(
    runs: list[Run], across: list[tuple[int, int, int]], down: list[tuple[int, int, int]]
) -> None:
    page = Page(number=1, width=600, height=800, runs=tuple(runs), rules=Rules(across=tuple(across), down=tuple(down)))
    found = "".join(paragraph.text for paragraph in read([page], {}))
    assert sorted(filter(str.isalnum, found)) == sorted(c for run in runs for c in run.text if c.isalnum())
