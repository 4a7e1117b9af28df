"""The report of the answer side as JSON for scripts and as tables for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eval.answers.costs import AnswerCosts
from eval.answers.model_judge import JudgeFigures
from eval.answers.report import FIGURES, AnswerFigures, AnswersReport
from eval.tables import bounds, cell, table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def answers_json(report: AnswersReport) -> dict[str, object]:
    """The shape of ``citedesk eval answers --json``: ``api.shapes.evaluation.EvalAnswers``."""
    return {
        **_figures_json(report.overall),
        "by_language": _groups_json(report.by_language),
        "by_tag": _groups_json(report.by_tag),
        "follow_ups": _groups_json(_follow_ups(report)),
        "judge": _judge_json(report.judge) if report.judge is not None else None,
        "unlocated_gold": [
            {"id": verdict.question.id, "source": gold.source, "quote": gold.quote}
            for verdict in report.verdicts
            for gold in verdict.unlocated
        ],
    }


def print_answers(report: AnswersReport, console: "Console") -> None:
    """The figures by language, follow-ups with and without rewriting, the curve, the costs; then what to know."""
    groups = {"overall": report.overall, **report.by_language}
    console.print(_figures_table(f"{report.overall.questions} judged questions", groups))
    if report.follow_ups is not None:
        title = f"{report.follow_ups.rewritten.questions} follow-ups, with and without rewriting"
        console.print(_figures_table(title, _follow_ups(report)))
    if report.overall.curve:
        console.print(_curve_table(groups))
    console.print(_costs_table(groups))
    if report.judge is not None:
        console.print(_judge_line(report.judge))
    if report.overall.unavailable:
        console.print(f"{report.overall.unavailable} questions found a part of the system down; see their reasons.")
    for verdict in report.verdicts:
        for gold in verdict.unlocated:
            console.print(f"{verdict.question.id}: no such quote in {gold.source}: {gold.quote}", markup=False)


def _follow_ups(report: AnswersReport) -> dict[str, AnswerFigures]:
    if report.follow_ups is None:
        return {}
    return {"rewritten": report.follow_ups.rewritten, "without_rewriting": report.follow_ups.alone}


def _groups_json(groups: Mapping[str, AnswerFigures]) -> dict[str, object]:
    return {name: _figures_json(figures) for name, figures in groups.items()}


def _figures_json(figures: AnswerFigures) -> dict[str, object]:
    return {
        "questions": figures.questions,
        **figures.values,
        "located_gold": figures.values["citation_recall"],
        "unavailable": figures.unavailable,
        "interval": {name: bounds(interval) for name, interval in figures.intervals.items()},
        "risk_coverage": [
            {"coverage": point.coverage, "risk": point.risk, "threshold": point.threshold} for point in figures.curve
        ],
        **_costs_json(figures.costs),
    }


def _costs_json(costs: AnswerCosts) -> dict[str, object]:
    return {
        "latency_ms": costs.latency_ms.get("total"),
        "first_claim_ms": costs.latency_ms.get("first_claim"),
        "added_ms": costs.latency_ms.get("added"),
        "tokens_per_question": {"input": costs.input_tokens, "output": costs.output_tokens},
    }


def _judge_json(judge: JudgeFigures) -> dict[str, object]:
    return {
        "graded": judge.graded,
        "failed": judge.failed,
        "correct": judge.correct,
        "relevant_claims": judge.relevant,
        "interval": {"correct": bounds(judge.correct_interval)},
    }


def _figures_table(title: str, groups: Mapping[str, AnswerFigures]) -> "Table":
    made = table(title, ["figure", *groups])
    made.add_row("questions", *(str(figures.questions) for figures in groups.values()))
    for name in FIGURES:
        made.add_row(name, *(cell(figures.values[name], figures.intervals[name]) for figures in groups.values()))
    return made


def _curve_table(groups: Mapping[str, AnswerFigures]) -> "Table":
    """One row per tenth of the questions, fewer where several tenths end at the same question."""
    curves = {name: figures.curve for name, figures in groups.items() if figures.curve}
    made = table("risk (threshold) by coverage", ["coverage", *curves])
    rows = {
        f"{steps[0].coverage:.2f}": [f"{step.risk:.3f} ({step.threshold:.2f})" for step in steps]
        for steps in zip(*curves.values(), strict=True)
    }
    for coverage, cells in rows.items():
        made.add_row(coverage, *cells)
    return made


def _costs_table(groups: Mapping[str, AnswerFigures]) -> "Table":
    made = table("latency in ms (p50 / p95 / p99) and tokens per question", ["cost", *groups])
    costs = [figures.costs for figures in groups.values()]
    for name in ("total", "first_claim", "added"):
        made.add_row(name, *(_percentiles(each.latency_ms.get(name)) for each in costs))
    made.add_row("tokens in / out", *(f"{each.input_tokens:.0f} / {each.output_tokens:.0f}" for each in costs))
    return made


def _percentiles(found: Mapping[str, float] | None) -> str:
    return "–" if found is None else " / ".join(f"{found[name]:.0f}" for name in ("p50", "p95", "p99"))


def _judge_line(judge: JudgeFigures) -> str:
    figures = f"correct {cell(judge.correct, judge.correct_interval)}, relevant claims {cell(judge.relevant)}"
    return f"judge model: {judge.graded} answers graded ({judge.failed} failed): {figures}"
