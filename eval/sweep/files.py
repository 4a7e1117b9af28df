"""What a sweep leaves beside the runs: results as JSON and CSV, and the trade-off of each set as a drawing."""

import json
import re
from pathlib import Path

from eval.charts import TradeOffPoint, trade_off_svg
from eval.sweep.results import SweepReport, SweepTable, sweep_csv, sweep_json


def write_sweep(out: Path, report: SweepReport) -> None:
    """Write ``results.json``, ``results.csv`` and ``trade-off-<set>.svg``."""
    results = json.dumps(sweep_json(report), ensure_ascii=False, indent=2)
    (out / "results.json").write_text(f"{results}\n", encoding="utf-8")
    # Spreadsheets take a file without a byte order mark for the local code page, and Chinese names for noise.
    (out / "results.csv").write_text(sweep_csv(report), encoding="utf-8-sig")
    for table in report.tables:
        name = re.sub(r"[^\w.-]+", "-", table.dataset)
        (out / f"trade-off-{name}.svg").write_text(_drawn(report, table), encoding="utf-8")


def _drawn(report: SweepReport, table: SweepTable) -> str:
    points = [
        TradeOffPoint(
            number=row.number,
            label=f"{row.combination} ({row.stage})",
            group=row.stage,
            cost=row.latency,
            quality=row.value,
            low=row.interval.low,
            high=row.interval.high,
            best=row.best,
        )
        for row in table.rows
    ]
    title = f"{table.dataset}: {table.queries} queries"
    return trade_off_svg(points, title=title, cost=report.latency.replace("_", " "), quality=report.measure)
