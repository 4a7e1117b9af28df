"""A report as one HTML file that needs nothing else, or as Markdown for a pull request."""

import re
from functools import partial
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from eval.compare.compare import Comparison
from eval.report import charts
from eval.report.build import AnswersPart, Report, RetrievalPart
from eval.report.figures import PERCENTILES
from eval.report.labels import PageLanguage, labels
from eval.report.worst import shortened

_TEMPLATES = Path(__file__).parent / "templates"
# What a Markdown table or GitHub's HTML would take for its own.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def html_page(report: Report, language: PageLanguage = "en") -> str:
    """The page; equal reports give equal pages."""
    return _render("report.html.j2", report, language)


def markdown_page(report: Report, language: PageLanguage = "en") -> str:
    """The summary, slices and comparison; no single query's text."""
    return _render("report.md.j2", report, language)


def _render(template: str, report: Report, language: PageLanguage) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words = labels(language)
    environment.filters["number"] = number
    environment.filters["shortened"] = shortened
    environment.filters["md"] = escape_markdown
    return environment.get_template(template).render(
        report=report,
        t=words,
        lang="en" if language == "en" else "zh-Hans",
        percentiles=PERCENTILES,
        retrieval_charts=partial(_retrieval_charts, t=words),
        answer_charts=partial(_answer_charts, t=words),
        difference_chart=partial(_difference_chart, t=words),
        figure_name=lambda name: words.get(f"figure_{name}", ""),
    )


def number(value: float | None, digits: int = 3) -> str:
    """Fixed digits, with a dash for what is not defined."""
    return "–" if value is None else f"{value:.{digits}f}"


def escape_markdown(text: object) -> str:
    """The text on one line, with nothing in it that Markdown or HTML would act on."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def _retrieval_charts(part: RetrievalPart, prefix: str, t: dict[str, str]) -> dict[str, Markup]:
    rows = [(stage, figures[part.main]) for stage, figures in part.figures.items()]
    values = {each.stage: each.values for each in part.spreads}
    title = part.run.name + t["colon"]
    found = {
        "intervals": charts.interval_chart(f"{prefix}-i", rows, title=title + part.main, xlabel=part.main),
        "distribution": charts.distribution_chart(
            f"{prefix}-d", values, title=title + t["distribution"], xlabel=part.main, ylabel=t["share_of_queries"]
        ),
    }
    if part.latencies:
        found["latency"] = charts.latency_chart(
            f"{prefix}-l",
            part.latencies,
            title=title + t["latency"],
            xlabel=t["milliseconds"],
            ylabel=t["share_of_queries"],
        )
    return found


def _answer_charts(part: AnswersPart, prefix: str, t: dict[str, str]) -> dict[str, Markup]:
    title = part.file.name + t["colon"]
    found = {}
    if part.risk:
        curves = {name or t["all"]: curve for name, curve in part.risk.items()}
        found["risk"] = charts.risk_chart(
            f"{prefix}-r", curves, title=title + t["risk_coverage"], xlabel=t["coverage"], ylabel=t["risk"]
        )
    if part.reliability:
        found["reliability"] = charts.reliability_chart(
            f"{prefix}-c",
            part.reliability,
            title=title + t["reliability"],
            xlabel=t["predicted"],
            ylabel=t["observed"],
        )
    if part.times:
        found["latency"] = charts.latency_chart(
            f"{prefix}-l",
            part.times,
            title=title + t["latency"],
            xlabel=t["milliseconds"],
            ylabel=t["share_of_questions"],
        )
    return found


def _difference_chart(comparison: Comparison, t: dict[str, str]) -> Markup:
    measure = comparison.measures[0]
    known = {found.pair.variant.name: found.pair.differences(measure) for found in comparison.pairs}
    return charts.difference_chart(
        "differences",
        {name: values[~np.isnan(values)] for name, values in known.items()},
        title=t["comparison"] + t["colon"] + measure,
        xlabel=t["by_query"],
        ylabel=t["difference"],
    )
