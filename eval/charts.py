"""Drawings as self-contained SVG: no script, no font file, nothing from outside; text stays text.

matplotlib is imported when the first chart is drawn.
"""

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that stay apart for colour-blind eyes (Okabe & Ito 2008).
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_GREY = "#777777"
_METADATA = ("Date", "Creator", "Format", "Type")


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
    """Quality over cost: every point with its interval and number, the Pareto front joined and named beside.

    The costs are drawn on a logarithmic scale where they span a factor of 10. Raises ``ValueError`` without points.
    """
    if not points:
        raise ValueError("a chart needs points")
    with drawing(9, 5) as (figure, axes):
        _draw_points(axes, points)
        front = sorted((point for point in points if point.best), key=lambda point: point.cost)
        axes.plot([p.cost for p in front], [p.quality for p in front], color=_GREY, linewidth=1, zorder=1)
        costs = [point.cost for point in points]
        if min(costs) > 0 and max(costs) >= 10 * min(costs):
            _scale_by_factors(axes)
        axes.set(title=title, xlabel=cost, ylabel=quality)
        _name_front(axes, front)
        return svg(figure)


def _scale_by_factors(axes: "Axes") -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_points(axes: "Axes", points: Sequence[TradeOffPoint]) -> None:
    for at, group in enumerate(dict.fromkeys(point.group for point in points)):
        colour = _COLOURS[at % len(_COLOURS)]
        for point in (point for point in points if point.group == group):
            axes.vlines(point.cost, point.low, point.high, color=colour, alpha=0.35, linewidth=1.5, zorder=2)
            face = colour if point.best else "white"
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


def _name_front(axes: "Axes", front: Sequence[TradeOffPoint]) -> None:
    for point in front:
        axes.plot([], [], linestyle="none", label=f"{point.number}  {point.label}")
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        alignment="left",
        frameon=False,
        fontsize=8,
        title="filled: not beaten",
        title_fontsize=8,
    )


@contextmanager
def drawing(width: float, height: float) -> "Iterator[tuple[Figure, Axes]]":
    """A figure of that many inches with one pair of axes, in the style that all charts share."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    style = rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "citedesk",
            "text.parse_math": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    with style, warnings.catch_warnings():
        # Text stays text, so the reader's own fonts draw what the measuring font here does not have.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(width, height))
        yield figure, figure.add_subplot()


def svg(figure: "Figure") -> str:
    """The drawing as one ``<svg>`` element, equal for equal input. Call it within ``drawing``."""
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata=dict.fromkeys(_METADATA))
    content = text.getvalue()
    return content[content.index("<svg") :]
