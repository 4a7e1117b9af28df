"""The plots of ``docs/benchmarks/``, drawn from the measured files beside them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from eval.bench.page import PLOTS, results
from eval.report.drawing import DASHES, INK, MARKERS, SERIES, draw, plain_axes, standing_alone

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_WIDTH = 760
_MEASURE = "nDCG@10"
_ANSWERS = ("citation_precision", "citation_recall", "completeness", "unanswerable_abstained", "auroc")
Stored: TypeAlias = Mapping[str, Any]
Bar: TypeAlias = tuple[float, float, float]


def write_plots(folder: Path) -> list[Path]:
    """Draw every plot that the files have figures for. Raises ``InvalidInput`` as ``results`` does."""
    found = {path.stem: stored["figures"] for path, stored in results(folder)}
    written = []
    for name, plot in (("retrieval", _retrieval), ("answers", _answers), ("latency", _latency), ("scale", _scale)):
        if svg := plot(found):
            path = folder / f"{name}.svg"
            path.write_text(svg, encoding="utf-8")
            written.append(path)
    return written


def _retrieval(found: Mapping[str, Stored]) -> str:
    panels = {
        name: {run["stage"]: _bar(run["measures"][_MEASURE], run["interval"].get(_MEASURE)) for run in figures["runs"]}
        for name, figures in _of(found, "retrieval")
    }
    return _rows("retrieval", panels, title=PLOTS["retrieval"], xlabel=f"{_MEASURE}, 95 % interval")


def _answers(found: Mapping[str, Stored]) -> str:
    panels = {
        f"{name}, {language}": {
            figure: _bar(column[figure], column["interval"].get(figure))
            for figure in _ANSWERS
            if column.get(figure) is not None
        }
        for name, figures in _of(found, "answers")
        for language, column in figures["by_language"].items()
    }
    return _rows("answers", panels, title=PLOTS["answers"], xlabel="share, 95 % interval")


def _latency(found: Mapping[str, Stored]) -> str:
    panels = {
        name: {
            run["stage"]: (run["latency_ms"]["p50"], run["latency_ms"]["p50"], run["latency_ms"]["p95"])
            for run in figures["runs"]
        }
        for name, figures in _of(found, "retrieval")
    }
    return _rows("latency", panels, title=PLOTS["latency"], xlabel="ms a query: dot p50, line to p95", log=True)


def _scale(found: Mapping[str, Stored]) -> str:
    """The middle query of every way of searching over the number of passages; bars reach up to the slow ones."""
    lines: dict[str, list[tuple[int, float, float]]] = {}
    for _, figures in _of(found, "scale"):
        for way, latency in figures["latency"].items():
            lines.setdefault(way, []).append((figures["passages"], latency["p50_ms"], latency["p99_ms"]))
    if not lines:
        return ""

    def paint(canvas: "Canvas") -> None:
        axes = canvas.subplots()
        for at, (way, points) in enumerate(lines.items()):
            passages, middle, slow = zip(*sorted(points), strict=True)
            color, dash, marker = SERIES[at % len(SERIES)], DASHES[at % len(DASHES)], MARKERS[at % len(MARKERS)]
            axes.plot(passages, middle, color=color, linestyle=dash, marker=marker, label=way)
            axes.vlines(passages, middle, slow, color=color, linewidth=1)
        plain_axes(axes, title=PLOTS["scale"], xlabel="passages", ylabel="ms a query: p50, line to p99")
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.tick_params(which="minor", length=0)
        axes.legend()

    return standing_alone(draw("scale", _WIDTH, 420, paint, title=PLOTS["scale"]))


def _of(found: Mapping[str, Stored], kind: str) -> Iterator[tuple[str, Stored]]:
    for stem, figures in found.items():
        if stem.startswith(f"{kind}-"):
            yield stem.removeprefix(f"{kind}-"), figures


def _bar(value: float, interval: Sequence[float] | None) -> Bar:
    low, high = interval or (value, value)
    return value, low, high


def _rows(name: str, panels: Mapping[str, Mapping[str, Bar]], *, title: str, xlabel: str, log: bool = False) -> str:
    """One panel per set, one above the other, with a dot and a line per row."""
    if not panels:
        return ""
    rows = sum(len(bars) for bars in panels.values())

    def paint(canvas: "Canvas") -> None:
        heights = [len(bars) + 1 for bars in panels.values()]
        every = canvas.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (label, bars) in zip(every, panels.items(), strict=True):
            _panel(axes, bars)
            plain_axes(axes, title=label, xlabel=xlabel if axes is every[-1] else "")
            if log:
                axes.set_xscale("log")
                axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
                axes.tick_params(which="minor", length=0)
            else:
                axes.set_xlim(0, 1.02)

    return standing_alone(draw(name, _WIDTH, 60 + 44 * len(panels) + 24 * rows, paint, title=title))


def _panel(axes: "Axes", bars: Mapping[str, Bar]) -> None:
    for at, (value, low, high) in enumerate(bars.values()):
        axes.plot([low, high], [at, at], color=SERIES[at % len(SERIES)], linewidth=3, solid_capstyle="round")
        axes.plot([value], [at], "o", color=INK, markersize=5)
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
