"""From measured files to what people read: plots, then the page that shows them."""

from pathlib import Path

from eval.bench.page import benchmarks_page
from eval.bench.plots import write_plots


def publish(folder: Path) -> list[Path]:
    """Write the plots into ``folder`` and ``<folder>.md`` beside it. Raises ``InvalidInput`` for a strange file."""
    plots = write_plots(folder)
    page = folder.with_suffix(".md")
    page.write_text(benchmarks_page(folder), encoding="utf-8")
    return [*plots, page]
