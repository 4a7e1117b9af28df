"""Prompt reports as JSON for scripts and as a table for people."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.prompts.cases import KINDS
from eval.prompts.report import CaseResult, Rate, VariantReport
from eval.prompts.snapshots import SnapshotState
from eval.runs.report import Latency
from eval.tables import bounds, table

if TYPE_CHECKING:
    from rich.console import Console


def to_json(reports: Sequence[VariantReport], *, model: str, goal: float) -> dict[str, object]:
    """The shape of ``citedesk eval prompts --json``."""
    return {"model": model, "goal": goal, "variants": [_variant_json(report) for report in reports]}


def _variant_json(report: VariantReport) -> dict[str, object]:
    return {
        "variant": report.name,
        "prompts": list(report.prompts),
        "cases": _rate_json(report.passed),
        "by_kind": {kind: _rate_json(rate) for kind, rate in report.by_kind.items()},
        "compliance": _rate_json(report.compliance),
        "tokens": {"input": _tokens(report)[0], "output": _tokens(report)[1]},
        "latency_ms": _latency_json(report),
        "snapshots": {state.value: report.snapshots(state) for state in SnapshotState},
        "results": [_result_json(result) for result in report.results],
    }


def _rate_json(rate: Rate) -> dict[str, object]:
    return {"passed": rate.passed, "of": rate.of, "rate": rate.value, "interval": bounds(rate.interval)}


def _result_json(result: CaseResult) -> dict[str, object]:
    completion = result.completion
    return {
        "case": result.case.id,
        "tags": list(result.case.tags),
        "passed": result.passed,
        "problem": completion.problem.value if completion.problem else None,
        "detail": completion.detail,
        "failures": {kind: off for kind, off in result.expectations.items() if off},
        "off_contract": result.off_contract,
        "snapshot": result.snapshot.state.value,
        "diff": result.snapshot.diff,
        "input_tokens": completion.usage.input_tokens,
        "output_tokens": completion.usage.output_tokens,
        "latency_ms": 1000 * completion.seconds,
        "text": completion.text,
    }


def print_table(reports: Sequence[VariantReport], console: "Console", *, goal: float, updated: bool = False) -> None:
    """One table with a column for each variant; below it every failure and every change of words."""
    made = table(f"{reports[0].passed.of} prompt cases", ["", *(report.name for report in reports)])
    for name, cells in _rows(reports, goal):
        made.add_row(name, *cells)
    console.print(made)
    for report in reports:
        for result in report.results:
            for line in _lines(report, result, updated=updated):
                console.print(line, markup=False, highlight=False, soft_wrap=True)


def _rows(reports: Sequence[VariantReport], goal: float) -> list[tuple[str, list[str]]]:
    rows = [("cases passed", [_cell(report.passed) for report in reports])]
    for kind in KINDS:
        rates = [report.by_kind.get(kind) for report in reports]
        if any(rates):
            rows.append((kind, [_cell(rate) if rate else "–" for rate in rates]))
    rows.append((f"follows the schema (goal {goal:.1%})", [_cell(report.compliance) for report in reports]))
    rows.append(("tokens in / out, mean", ["{:.0f} / {:.0f}".format(*_tokens(report)) for report in reports]))
    rows.append(("latency p50 / p95, ms", [_latency_cell(report) for report in reports]))
    states = [SnapshotState.SAME, SnapshotState.CHANGED, SnapshotState.NEW]
    rows.append(
        (f"snapshots {' / '.join(states)}", [" / ".join(str(r.snapshots(state)) for state in states) for r in reports])
    )
    return rows


def _lines(report: VariantReport, result: CaseResult, *, updated: bool) -> list[str]:
    name = f"{report.name}/{result.case.id}"
    completion = result.completion
    lines = [f"{name}: {completion.problem}: {completion.detail}"] if completion.problem else []
    if completion.arrived:
        lines += [f"{name}: {kind}: {off}" for kind, off in result.expectations.items() if off]
        lines += [f"{name}: off the schema: {result.off_contract}"] if result.off_contract else []
    if result.snapshot.state is SnapshotState.CHANGED:
        lines += [f"{name}: the words changed{', accepted' if updated else ''}\n{result.snapshot.diff}"]
    return lines


def _cell(rate: Rate) -> str:
    interval = rate.interval
    return f"{rate.passed}/{rate.of}" + (f" [{interval.low:.2f}, {interval.high:.2f}]" if interval else "")


def _tokens(report: VariantReport) -> tuple[float, float]:
    """Mean tokens in and out of the completions that arrived; 0 without any."""
    used = [result.completion.usage for result in report.results if result.completion.arrived]
    many = max(1, len(used))
    return sum(usage.input_tokens for usage in used) / many, sum(usage.output_tokens for usage in used) / many


def _latency(report: VariantReport) -> Latency | None:
    arrived = [1000 * result.completion.seconds for result in report.results if result.completion.arrived]
    return Latency.of(arrived) if arrived else None


def _latency_json(report: VariantReport) -> dict[str, float] | None:
    latency = _latency(report)
    return asdict(latency) if latency else None


def _latency_cell(report: VariantReport) -> str:
    latency = _latency(report)
    return f"{latency.p50:.0f} / {latency.p95:.0f}" if latency else "–"
