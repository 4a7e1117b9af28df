"""Charts are one self-contained SVG whose text is text."""

import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from eval.charts import TradeOffPoint, trade_off_svg


def point(number: int, cost: float, quality: float, *, best: bool = False, label: str = "段落=300") -> TradeOffPoint:
    return TradeOffPoint(
        number=number, label=label, group="hybrid", cost=cost, quality=quality, low=quality - 0.1, high=quality + 0.1,
        best=best,
    )  # fmt: skip


def drawn(*points: TradeOffPoint) -> str:
    return trade_off_svg(points, title="客服问答 $5: 20 queries", cost="p95 ms", quality="nDCG@10")


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # our own drawing
    return ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_words_numbers_and_names_of_the_front_stay_text() -> None:
    found = texts(drawn(point(1, 10, 0.5, best=True), point(2, 20, 0.4, label="beaten")))
    assert {"客服问答 $5: 20 queries", "p95 ms", "nDCG@10", "1", "2", "hybrid"} <= set(found)
    assert [text for text in found if "段落=300" in text]
    assert not [text for text in found if "beaten" in text and "not" not in text]


def test_nothing_comes_from_outside_and_equal_points_give_equal_bytes() -> None:
    svg = drawn(point(1, 10, 0.5, best=True), point(2, 20, 0.4))
    assert svg == drawn(point(1, 10, 0.5, best=True), point(2, 20, 0.4))
    assert svg.startswith("<svg")
    assert {url for url in re.findall(r'https?://[^"]*', svg) if "www.w3.org" not in url} == set()
    assert "<script" not in svg
    assert "<image" not in svg


def test_costs_that_span_a_factor_of_ten_are_drawn_by_factors() -> None:
    wide, narrow = drawn(point(1, 10, 0.5), point(2, 500, 0.4)), drawn(point(1, 10, 0.5), point(2, 50, 0.4))
    assert {"10", "20", "50", "100", "200", "500"} <= set(texts(wide))
    assert "100" not in texts(narrow)


def test_a_chart_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="needs points"):
        drawn()


def test_importing_the_module_loads_no_drawing_library() -> None:
    code = "import sys, eval.charts, eval.sweep.files; print('matplotlib' in sys.modules)"
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
