"""The drawing of a sweep: quality over cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

from eval.report.drawing import MUTED, PAPER, SERIES, draw, plain_axes, standing_alone

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_WIDTH, _HEIGHT, _LINE = 680, 360, 20
_CHARACTERS = 80  # of the legend in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOffPoint:
    """A way of working: its cost, its quality with the bounds of the interval, and whether no other beats it."""

    number: int
    label: str
    group: str
    cost: float
    quality: float
    low: float
    high: float
    best: bool


def trade_off_svg(points: Sequence[TradeOffPoint], *, title: str, cost: str, quality: str) -> str:
    """Quality over cost: every point with its interval and number, the Pareto front joined and named below.

    The costs are drawn on a logarithmic scale where they span a factor of 10. Raises ``ValueError`` without points.
    """
    if not points:
        raise ValueError("a chart needs points")
    front = sorted((point for point in points if point.best), key=lambda point: point.cost)
    names = [fill(f"{point.number}  {point.label}", _CHARACTERS) for point in front]
    costs = [point.cost for point in points]

    def paint(canvas: "Canvas") -> None:
        axes = canvas.subplots()
        _draw_points(axes, points)
        axes.plot([p.cost for p in front], [p.quality for p in front], color=MUTED, linewidth=1, zorder=1)
        if min(costs) > 0 and max(costs) >= 10 * min(costs):
            _scale_by_factors(axes)
        plain_axes(axes, xlabel=cost, ylabel=quality, title=title)
        for name in names:
            axes.plot([], [], linestyle="none", label=name)
        canvas.legend(loc="outside lower left", alignment="left", title="filled: not beaten")

    lines = 1 + len({point.group for point in points}) + sum(1 + name.count("\n") for name in names)
    return standing_alone(draw("trade-off", _WIDTH, _HEIGHT + _LINE * lines, paint, title=title))


def _scale_by_factors(axes: "Axes") -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_points(axes: "Axes", points: Sequence[TradeOffPoint]) -> None:
    for at, group in enumerate(dict.fromkeys(point.group for point in points)):
        colour = SERIES[at % len(SERIES)]
        for point in (point for point in points if point.group == group):
            axes.vlines(point.cost, point.low, point.high, color=colour, alpha=0.35, linewidth=1.5, zorder=2)
            face = colour if point.best else PAPER
            axes.scatter(point.cost, point.quality, s=42, color=face, edgecolors=colour, linewidths=1.5, zorder=3)
            axes.annotate(
                str(point.number),
                (point.cost, point.quality),
                xytext=(6, 4),
                textcoords="offset points",
                fontsize=8,
                color=colour,
            )
        axes.scatter([], [], color=colour, label=group)
