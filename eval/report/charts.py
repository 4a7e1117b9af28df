"""The charts of a report. Each function gives one ``<svg>``; labels come in the language of the page."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from eval.compare.significance import Vector
from eval.report.answers import Bin, RiskCoverage
from eval.report.drawing import BAD, DASHES, GOOD, INK, MARKERS, MUTED, SERIES, draw, plain_axes
from eval.report.figures import Figure, Times

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

WIDTH = 680
_POINTS = 200
_BAR_BINS = 10


def interval_chart(name: str, rows: Sequence[tuple[str, Figure]], *, title: str, xlabel: str) -> Markup:
    """One dot with its interval per row, the first row on top."""
    shown = [(label, figure) for label, figure in rows if figure.value is not None]

    def paint(canvas: "Canvas") -> None:
        axes = canvas.subplots()
        for at, (_, figure) in enumerate(shown):
            assert figure.value is not None
            if figure.low is not None and figure.high is not None:
                axes.plot([figure.low, figure.high], [at, at], color=SERIES[0], linewidth=3, solid_capstyle="round")
            axes.plot([figure.value], [at], "o", color=INK, markersize=6)
            axes.annotate(f"{figure.value:.3f}", (figure.value, at), (0, 7), textcoords="offset points", ha="center")
        axes.set_yticks(range(len(shown)), [label for label, _ in shown])
        axes.set_ylim(len(shown) - 0.4, -0.7)
        axes.set_xlim(0, 1.02)
        axes.grid(visible=False, axis="y")
        plain_axes(axes, xlabel=xlabel)

    return draw(name, WIDTH, 60 + 34 * len(shown), paint, title=title)


def distribution_chart(
    name: str, values: Mapping[str, Sequence[float]], *, title: str, xlabel: str, ylabel: str
) -> Markup:
    """One histogram per stage, side by side, with bars of a tenth and the share of queries upwards."""

    def paint(canvas: "Canvas") -> None:
        panels = canvas.subplots(1, len(values), sharey=True, squeeze=False)[0]
        for number, (axes, (stage, each)) in enumerate(zip(panels, values.items(), strict=True)):
            counts, edges = np.histogram(each, bins=_BAR_BINS, range=(0, 1))
            shares = counts / max(1, len(each))
            axes.bar(edges[:-1], shares, width=0.09, align="edge", color=SERIES[number % len(SERIES)])
            axes.axvline(float(np.mean(each)) if len(each) else 0.0, color=INK, linewidth=1.2, linestyle="--")
            axes.set_xlim(0, 1)
            axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            axes.grid(visible=False, axis="x")
            plain_axes(axes, title=stage, xlabel=xlabel, ylabel=ylabel if number == 0 else "")

    return draw(name, WIDTH, 220, paint, title=title)


def latency_chart(name: str, timed: Sequence[Times], *, title: str, xlabel: str, ylabel: str) -> Markup:
    """Share of queries that were done within so many milliseconds, one line per stage."""

    def paint(canvas: "Canvas") -> None:
        axes = canvas.subplots()
        for number, each in enumerate(timed):
            shares = np.linspace(0, 1, min(_POINTS, len(each.values) + 1))
            axes.plot(
                np.maximum(np.quantile(each.values, shares), 0.01),
                shares,
                label=each.name,
                color=SERIES[number % len(SERIES)],
                linestyle=DASHES[number % len(DASHES)],
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.tick_params(which="minor", length=0)
        axes.set_ylim(0, 1.01)
        axes.legend(loc="lower right")
        plain_axes(axes, xlabel=xlabel, ylabel=ylabel)

    return draw(name, WIDTH, 300, paint, title=title)


def risk_chart(name: str, curves: Mapping[str, RiskCoverage], *, title: str, xlabel: str, ylabel: str) -> Markup:
    """Risk over coverage, one line per group of questions."""

    def paint(canvas: "Canvas") -> None:
        axes = canvas.subplots()
        for number, (label, curve) in enumerate(curves.items()):
            at = np.unique(np.linspace(0, len(curve.risk) - 1, min(_POINTS, len(curve.risk))).astype(int))
            axes.plot(
                np.take(curve.coverage, at),
                np.take(curve.risk, at),
                color=SERIES[number % len(SERIES)],
                linestyle=DASHES[number % len(DASHES)],
                label=label,
            )
            barred = float(np.interp(curve.answered, curve.coverage, curve.risk))
            axes.plot([curve.answered], [barred], MARKERS[number % len(MARKERS)], color=SERIES[number % len(SERIES)])
        axes.set(xlim=(0, 1.01), ylim=(0, 1.01))
        axes.legend(loc="upper right")
        plain_axes(axes, xlabel=xlabel, ylabel=ylabel)

    return draw(name, WIDTH, 300, paint, title=title)


def reliability_chart(name: str, bins: Sequence[Bin], *, title: str, xlabel: str, ylabel: str) -> Markup:
    """Observed share over predicted probability with intervals; the area of a dot follows its questions."""

    def paint(canvas: "Canvas") -> None:
        axes = canvas.subplots()
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1)
        most = max(each.count for each in bins)
        for each in bins:
            observed = each.observed
            if observed.low is not None and observed.high is not None:
                axes.plot([each.predicted] * 2, [observed.low, observed.high], color=SERIES[0], linewidth=2)
            axes.scatter([each.predicted], [observed.value or 0.0], s=20 + 120 * each.count / most, color=SERIES[0])
        axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), aspect="equal")
        plain_axes(axes, xlabel=xlabel, ylabel=ylabel)

    return draw(name, 420, 380, paint, title=title)


def difference_chart(name: str, values: Mapping[str, Vector], *, title: str, xlabel: str, ylabel: str) -> Markup:
    """Differences by query side by side, the greatest gain first; of very many queries an even choice."""
    span = max(0.1, 1.05 * max(float(np.abs(each).max(initial=0)) for each in values.values()))

    def paint(canvas: "Canvas") -> None:
        panels = canvas.subplots(1, len(values), sharey=True, squeeze=False)[0]
        for number, (axes, (label, each)) in enumerate(zip(panels, values.items(), strict=True)):
            at = np.unique(np.linspace(0, len(each) - 1, min(_POINTS, len(each))).astype(int))
            heights = np.sort(each)[::-1][at]
            colors = [GOOD if height > 0 else BAD for height in heights]
            axes.bar(at, heights, width=max(1.0, len(each) / len(at)), color=colors)
            axes.axhline(0, color=INK, linewidth=1)
            axes.set(xlim=(-0.5, max(1, len(each)) - 0.5), ylim=(-span, span))
            axes.locator_params(axis="x", nbins=4, integer=True)
            plain_axes(axes, title=label, xlabel=xlabel, ylabel=ylabel if number == 0 else "")

    return draw(name, WIDTH, 240, paint, title=title)
