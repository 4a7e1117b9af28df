"""The figures of the answer side, over all judged questions and over each language and tag."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.types import AnswerStatus
from eval.intervals import Interval, bootstrap, share_interval
from eval.verdicts import Verdict

# Each figure is a share: what one question adds to its part and to its whole.
_SHARES: Mapping[str, Callable[[Verdict], tuple[float, float]]] = MappingProxyType(
    {
        "exact_location_rate": lambda v: (sum(citation.exact for citation in v.citations), len(v.citations)),
        "citation_precision": lambda v: (sum(citation.gold for citation in v.citations), len(v.citations)),
        "citation_recall": lambda v: (v.question.answerable and v.located_gold, v.question.answerable),
        "completeness": lambda v: (v.completeness or 0.0, v.completeness is not None),
        "unanswerable_abstained": lambda v: (not v.question.answerable and v.abstained, not v.question.answerable),
        "false_refusals": lambda v: (v.question.answerable and not v.answered, v.question.answerable),
    }
)
FIGURES = (*_SHARES, "auroc")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFigures:
    """``values`` holds each of ``FIGURES``, 0 to 1, or None where no question says anything about it.

    - ``exact_location_rate``: of all shown quotes, those that stand in the stored text at their span
    - ``citation_precision``: of all shown quotes, those that overlap a gold quote of the same source
    - ``citation_recall``: of answerable questions, those with a shown quote that overlaps a gold quote
    - ``completeness``: mean share of the gold quotes' facts in the answer's text, over answerable questions
    - ``unanswerable_abstained``: of unanswerable questions, those that ended in an honest no
    - ``false_refusals``: of answerable questions, those that were not answered for whatever reason
    - ``auroc``: chance that an answerable question has a higher probability than an unanswerable one

    ``unavailable`` counts questions that found a part of the system down; where it is not 0 the rest means little.
    """

    questions: int
    unavailable: int
    values: Mapping[str, float | None]
    intervals: Mapping[str, Interval | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersReport:
    """All verdicts with their figures; ``by_language`` and ``by_tag`` have a key for each that occurs, sorted."""

    verdicts: tuple[Verdict, ...]
    overall: AnswerFigures
    by_language: Mapping[str, AnswerFigures]
    by_tag: Mapping[str, AnswerFigures]


def report_on(verdicts: Sequence[Verdict]) -> AnswersReport:
    """Take the figures of all verdicts. Raises ``ValueError`` without any."""
    languages = sorted({verdict.question.language for verdict in verdicts})
    tags = sorted({tag for verdict in verdicts for tag in verdict.question.tags})
    return AnswersReport(
        verdicts=tuple(verdicts),
        overall=figures(verdicts),
        by_language={name: figures([v for v in verdicts if v.question.language == name]) for name in languages},
        by_tag={name: figures([v for v in verdicts if name in v.question.tags]) for name in tags},
    )


def figures(verdicts: Sequence[Verdict]) -> AnswerFigures:
    """The figures of some verdicts with their intervals. Raises ``ValueError`` without any."""
    values: dict[str, float | None] = {}
    intervals: dict[str, Interval | None] = {}
    for name, share in _SHARES.items():
        parts, wholes = np.array([share(verdict) for verdict in verdicts], dtype=np.float64).T
        values[name] = float(parts.sum() / wholes.sum()) if wholes.sum() else None
        intervals[name] = share_interval(parts, wholes)
    values["auroc"], intervals["auroc"] = _auroc_of(verdicts)
    return AnswerFigures(
        questions=len(verdicts),
        unavailable=sum(verdict.answer.status is AnswerStatus.UNAVAILABLE for verdict in verdicts),
        values=values,
        intervals=intervals,
    )


def _auroc_of(verdicts: Sequence[Verdict]) -> tuple[float | None, Interval | None]:
    judged = [verdict for verdict in verdicts if verdict.answer.status is not AnswerStatus.UNAVAILABLE]
    scores = np.array([verdict.answer.probability for verdict in judged], dtype=np.float64)
    positive = np.array([verdict.question.answerable for verdict in judged], dtype=np.bool_)
    value = auroc(scores, positive)
    if np.isnan(value):
        return None, None
    return value, bootstrap(lambda chosen: auroc(scores[chosen], positive[chosen]), len(judged))


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance, 0 to 1, that a positive scores above a negative, ties counting half; NaN where either is missing.

    The Mann-Whitney rank statistic (Hanley & McNeil 1982). Both arrays have shape (n,).
    """
    above, below = scores[positive], np.sort(scores[~positive])
    if not (above.size and below.size):
        return float("nan")
    beaten = np.searchsorted(below, above, side="left") + np.searchsorted(below, above, side="right")
    return float(beaten.sum() / (2 * above.size * below.size))
