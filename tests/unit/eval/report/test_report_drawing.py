import re

import pytest
from lxml import etree

from eval.report.answers import Bin, RiskCoverage
from eval.report.charts import (
    difference_chart,
    distribution_chart,
    interval_chart,
    latency_chart,
    reliability_chart,
    risk_chart,
)
from eval.report.drawing import INK, draw
from eval.report.figures import Figure, times

WORDS = {"title": "检索：<b>", "xlabel": "毫秒", "ylabel": "占比"}
HALF = Figure(value=0.5, low=0.4, high=0.6)
CHARTS = {
    "intervals": lambda: interval_chart("a", [("dense", HALF), ("$x$", Figure())], title="t", xlabel="nDCG@10"),
    "distribution": lambda: distribution_chart("a", {"dense": [0.0, 1.0], "密集": [0.5]}, **WORDS),
    "latency": lambda: latency_chart("a", [times("dense", [1.0, 20.0]), times("rerank", [0.0])], **WORDS),
    "risk": lambda: risk_chart(
        "a", {"全部": RiskCoverage(coverage=(0.5, 1.0), risk=(0.0, 0.5), area=0.25, answered=0.5)}, **WORDS
    ),
    "reliability": lambda: reliability_chart(
        "a", [Bin(low=0.4, high=0.5, count=3, predicted=0.45, observed=HALF)], **WORDS
    ),
    "difference": lambda: difference_chart("a", {"dense": np_array([0.5, 0.0, -0.2])}, **WORDS),
}


def np_array(values):
    import numpy as np

    return np.array(values)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_takes_every_colour_and_font_from_its_page(name):
    svg = CHARTS[name]()
    assert "var(--ink)" in svg
    # Colours that matplotlib would paint by itself, and its own font.
    assert re.findall(r"#[0-9a-f]{6}(?![0-9a-f])", re.sub(r'(href="#|id="|url\(#)[^")]*', "", svg)) == []
    assert "font-family" not in svg


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_well_formed_and_names_itself_for_screen_readers(name):
    root = etree.fromstring(CHARTS[name]())
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root.get("viewBox")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(id_.startswith("a-") for id_ in ids)
    targets = re.findall(r'(?:href="|url\()#([^")]+)', CHARTS[name]())
    assert set(targets) <= set(ids)


@pytest.mark.parametrize("name", CHARTS)
def test_equal_figures_give_equal_charts(name):
    assert CHARTS[name]() == CHARTS[name]()


def test_words_stay_words_in_both_languages_and_never_become_markup():
    svg = distribution_chart("a", {"<script>": [0.5], "$\\frac{退款}$": [0.5]}, **WORDS)
    texts = ["".join(element.itertext()) for element in etree.fromstring(svg).iter("{*}text")]
    assert {"<script>", "$\\frac{退款}$", "毫秒", "占比"} <= set(texts)
    assert "<script" not in svg


def test_a_drawing_leaves_the_settings_of_matplotlib_alone():
    import matplotlib

    before = matplotlib.rcParams["svg.fonttype"], matplotlib.rcParams["text.color"]
    draw("a", 100, 100, lambda figure: figure.text(0, 0, "x", color=INK), title="t")
    assert (matplotlib.rcParams["svg.fonttype"], matplotlib.rcParams["text.color"]) == before


def test_thousands_of_queries_do_not_make_a_larger_chart():
    small, large = (
        latency_chart("a", [times("dense", [1.0 + n for n in range(count)])], **WORDS) for count in (300, 9_000)
    )
    assert len(large) < 1.2 * len(small)
