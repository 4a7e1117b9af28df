"""Calibration of one home: what was fitted for each language, as a settings file and as a table."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from answer.decision.bars import AllBars
from answer.decision.calibration_file import SCHEMA_VERSION, Fingerprints
from core.types import Language
from eval.calibrate.bounds import Bar, Wanted
from eval.calibrate.figures import FIGURES, Estimate, Figures
from eval.calibrate.fit import LanguageFit, fit_language
from eval.calibrate.samples import Sample
from eval.places import writing
from eval.tables import cell, table

if TYPE_CHECKING:
    from rich.console import Console

_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a calibration was made from.

    ``questions`` holds the SHA-256 of each questions file by its name; ``knowledge_base`` names the knowledge base and
    ``documents`` digests its sources with their contents.
    """

    questions: Mapping[str, str]
    knowledge_base: str
    documents: str
    fingerprints: Fingerprints


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReport:
    """The fit of every language that occurs in the questions."""

    fits: tuple[LanguageFit, ...]
    wanted: Wanted
    provenance: Provenance
    shipped: AllBars

    @property
    def changes(self) -> bool:
        """Whether anything was fitted at all."""
        return any(fit.changes for fit in self.fits)


def calibrate(
    samples: Sequence[Sample], *, wanted: Wanted, shipped: AllBars, provenance: Provenance
) -> CalibrationReport:
    """Fit each language on its own samples."""
    by_language = {language: [s for s in samples if s.language == language] for language in _LANGUAGES}
    fits = tuple(fit_language(lang, own, shipped[lang], wanted) for lang, own in by_language.items() if own)
    return CalibrationReport(fits=fits, wanted=wanted, provenance=provenance, shipped=shipped)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sources_digest(sources: Iterable[tuple[str, str]]) -> str:
    """SHA-256 of (source, content hash) pairs in any order."""
    return hashlib.sha256("\n".join(sorted(f"{source}\0{content}" for source, content in sources)).encode()).hexdigest()


def to_json(report: CalibrationReport) -> dict[str, object]:
    """The settings file: what the answer path reads (``answer.calibration_file``), and figures for people."""
    return {
        "schema_version": SCHEMA_VERSION,
        "citedesk": metadata.version("citedesk"),
        "created_from": {
            "questions": dict(report.provenance.questions),
            "knowledge_base": report.provenance.knowledge_base,
            "documents": report.provenance.documents,
        },
        "fingerprints": asdict(report.provenance.fingerprints),
        "wanted": asdict(report.wanted),
        "languages": {fit.language: _language_json(fit) for fit in report.fits},
    }


def write_file(report: CalibrationReport, path: Path) -> None:
    """Put the settings file in place at once: a service may be reading the old one. Raises ``InvalidInput``."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(to_json(report), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)


def _language_json(fit: LanguageFit) -> dict[str, object]:
    return {
        "bar": fit.bar.value if fit.bar else None,
        "support": fit.support.value if fit.support else None,
        "curve": asdict(fit.curve.curve) if fit.curve else None,
        "kept": dict(fit.kept),
        "questions": len(fit.samples),
        "answerable": sum(sample.answerable for sample in fit.samples),
        "documents": len({document for sample in fit.samples for document in sample.documents}),
        "bounds": {"bar": _bar_json(fit.bar), "support": _bar_json(fit.support)},
        "log_loss": {k: round(v, _DIGITS) for k, v in fit.curve.log_loss.items()} if fit.curve else None,
        "figures": {"before": _figures_json(fit.before), "after": _figures_json(fit.after)},
    }


def _bar_json(bar: Bar | None) -> dict[str, float] | None:
    if bar is None:
        return None
    return {"shown": bar.shown, "wrong": bar.wrong, "upper_risk": round(bar.upper_risk, _DIGITS)}


def _figures_json(figures: Figures | None) -> dict[str, object] | None:
    if figures is None:
        return None
    return {name: _estimate_json(figures[name]) for name in FIGURES}


def _estimate_json(estimate: Estimate) -> dict[str, object]:
    value, interval = estimate.value, estimate.interval
    return {
        "value": None if value is None else round(value, _DIGITS),
        "interval": interval and [round(interval.low, _DIGITS), round(interval.high, _DIGITS)],
    }


def print_table(report: CalibrationReport, console: "Console") -> None:
    """A table of figures before and after for each language, and what was fitted or kept below it."""
    for fit in report.fits:
        title = f"{fit.language}: {len(fit.samples)} questions, {sum(s.answerable for s in fit.samples)} answerable"
        made = table(title, ["figure", "before", "after, cross-validated"])
        for name in FIGURES:
            made.add_row(name, _cell(fit.before, name), _cell(fit.after, name))
        console.print(made)
        for line in _lines(fit, report):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(fit: LanguageFit, report: CalibrationReport) -> Iterable[str]:
    shipped = report.shipped[fit.language]
    if fit.curve:
        losses = ", ".join(f"{kind} {loss:.3f}" for kind, loss in fit.curve.log_loss.items())
        yield f"curve: {fit.curve.curve.kind} (log loss on unseen documents: {losses})"
    for name, bar, was in (("bar", fit.bar, shipped.score), ("support", fit.support, shipped.support)):
        if bar:
            yield (
                f"{name}: {was:g} becomes {bar.value:g}; {bar.wrong} of {bar.shown} shown are wrong, at most "
                f"{bar.upper_risk:.3f} with confidence {report.wanted.confidence:g}"
            )
    for name, reason in fit.kept.items():
        yield f"{name}: kept as shipped: {reason}"


def _cell(figures: Figures | None, name: str) -> str:
    return cell(figures[name].value, figures[name].interval) if figures else cell(None)
