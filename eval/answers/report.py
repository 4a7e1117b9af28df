"""The figures of the answer side, over all judged questions and over each language and tag."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from eval.answers.abstention import (
    CurvePoint,
    Scores,
    Truths,
    aurc,
    auroc,
    brier,
    calibration_error,
    curve,
    excess_aurc,
)
from eval.answers.costs import AnswerCosts, costs_of
from eval.answers.model_judge import Grade, JudgeFigures, judge_figures
from eval.answers.verdicts import Verdict
from eval.runs.intervals import Interval, bootstrap, share_intervals


def _mean(value: float | None) -> tuple[float, float]:
    return (0.0, 0.0) if value is None else (value, 1.0)


# Each figure is a share: what one question adds to its part and to its whole.
_SHARES: Mapping[str, Callable[[Verdict], tuple[float, float]]] = MappingProxyType(
    {
        "exact_location_rate": lambda v: (sum(citation.exact for citation in v.citations), len(v.citations)),
        "citation_precision": lambda v: (sum(citation.gold for citation in v.citations), len(v.citations)),
        "citation_recall": lambda v: (bool(v.question.gold) and v.located_gold, bool(v.question.gold)),
        "citation_char_precision": lambda v: _mean(v.char_precision),
        "citation_char_recall": lambda v: _mean(v.char_recall),
        "claim_support": lambda v: (sum(claim.support for claim in v.answer.claims), len(v.answer.claims)),
        "graded_support": lambda v: (sum(v.support), len(v.support)),
        "completeness": lambda v: _mean(v.completeness),
        "rouge_l": lambda v: _mean(v.rouge_l),
        "bleu": lambda v: _mean(v.bleu),
        "unanswerable_abstained": lambda v: (not v.question.answerable and v.abstained, not v.question.answerable),
        "false_answers": lambda v: (not v.question.answerable and v.answered, not v.question.answerable),
        "false_refusals": lambda v: (v.question.answerable and not v.answered, v.question.answerable),
        "answered": lambda v: (v.answered, not v.unavailable),
        "selective_risk": lambda v: (v.answered and not v.right, v.answered),
        "accuracy": lambda v: (v.right, not v.unavailable),
    }
)
# Without any gold quote no quote can be wrong.
_OF_GOLD = ("citation_precision", "citation_char_precision")
# Each of these takes the probabilities and whether the question is answerable, …
_OF_ANSWERABLE: Mapping[str, Callable[[Scores, Truths], float]] = MappingProxyType(
    {"auroc": auroc, "calibration_error": calibration_error, "brier": brier}
)
# … and each of these whether the answer is right that is, or would be, shown.
_OF_RIGHT: Mapping[str, Callable[[Scores, Truths], float]] = MappingProxyType(
    {"aurc": aurc, "excess_aurc": excess_aurc}
)
FIGURES = (*_SHARES, *_OF_ANSWERABLE, *_OF_RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFigures:
    """``values`` holds each of ``FIGURES``, 0 to 1, or None where no question says anything about it.

    Of citations and claims:

    - ``exact_location_rate``: of all shown quotes, those that stand in the stored text at their span
    - ``citation_precision``: of all shown quotes, those that overlap a gold quote of the same source; None where no
      question has gold quotes, as for the same by characters
    - ``citation_recall``: of questions with gold quotes, those with a shown quote that overlaps one
    - ``citation_char_precision``, ``citation_char_recall``: mean over questions of the share of shown characters that
      are gold, and of gold characters that are shown
    - ``claim_support``: mean support of all shown claims as the proof counts it, ``graded_support`` as a fitted model
      does (``answer/proof/support.py``)

    Of the text, over answerable questions, 0 for one that was not answered:

    - ``completeness``: mean share of the gold facts in the answer's text; ``rouge_l`` and ``bleu``: its mean overlap
      with the reference, or else with the gold quotes

    Of abstention, at the bar:

    - ``unanswerable_abstained``: of unanswerable questions, those that ended in an honest no; ``false_answers``: those
      that were answered; ``false_refusals``: of answerable questions, those not answered for whatever reason
    - ``answered``: of all questions; ``selective_risk``: of the answered, those answered wrongly; ``accuracy``: of all,
      those that ended right: a right answer, or an honest no where there is none

    And of the probability itself: ``auroc``, ``calibration_error`` and ``brier`` against answerability, ``aurc`` and
    ``excess_aurc`` against right answers (``eval/answers/abstention.py``); the last two are None where what the bar
    turned away was not asked again without it. ``curve`` is the risk-coverage curve under the same condition.

    ``unavailable`` counts questions that found a part of the system down; where it is not 0 the rest means little.
    """

    questions: int
    unavailable: int
    values: Mapping[str, float | None]
    intervals: Mapping[str, Interval | None]
    curve: tuple[CurvePoint, ...]
    costs: AnswerCosts


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """Follow-up questions measured twice: rewritten with their history, and ``alone`` without."""

    rewritten: AnswerFigures
    alone: AnswerFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersReport:
    """All verdicts with their figures; ``by_language`` and ``by_tag`` have a key for each that occurs, sorted.

    ``follow_ups`` is None without any; ``judge`` is what a judge model said, None without one.
    """

    verdicts: tuple[Verdict, ...]
    overall: AnswerFigures
    by_language: Mapping[str, AnswerFigures]
    by_tag: Mapping[str, AnswerFigures]
    follow_ups: FollowUps | None
    judge: JudgeFigures | None


def report_on(
    verdicts: Sequence[Verdict], *, alone: Sequence[Verdict] = (), grades: Sequence[Grade] = ()
) -> AnswersReport:
    """Take the figures of all verdicts, and of the follow-ups that were asked ``alone`` as well.

    Raises ``ValueError`` without any verdict.
    """
    languages = sorted({verdict.question.language for verdict in verdicts})
    tags = sorted({tag for verdict in verdicts for tag in verdict.question.tags})
    return AnswersReport(
        verdicts=tuple(verdicts),
        overall=figures(verdicts),
        by_language={name: figures([v for v in verdicts if v.question.language == name]) for name in languages},
        by_tag={name: figures([v for v in verdicts if name in v.question.tags]) for name in tags},
        follow_ups=_follow_ups(verdicts, alone) if alone else None,
        judge=judge_figures(grades) if grades else None,
    )


def _follow_ups(verdicts: Sequence[Verdict], alone: Sequence[Verdict]) -> FollowUps:
    return FollowUps(rewritten=figures([v for v in verdicts if v.question.history]), alone=figures(alone))


def figures(verdicts: Sequence[Verdict]) -> AnswerFigures:
    """The figures of some verdicts with their intervals. Raises ``ValueError`` without any."""
    shares = np.array([[share(verdict) for verdict in verdicts] for share in _SHARES.values()], dtype=np.float64)
    parts, wholes = np.moveaxis(shares.reshape(len(_SHARES), -1, 2), -1, 0)
    if not any(verdict.question.gold for verdict in verdicts):
        wholes[[list(_SHARES).index(name) for name in _OF_GOLD]] = 0
    totals = zip(_SHARES, parts.sum(axis=1).tolist(), wholes.sum(axis=1).tolist(), strict=True)
    values: dict[str, float | None] = {name: part / whole if whole else None for name, part, whole in totals}
    intervals = dict(zip(_SHARES, share_intervals(parts, wholes), strict=True))
    answerable, right = _outcomes(verdicts)
    for named, outcomes in ((_OF_ANSWERABLE, answerable), (_OF_RIGHT, right)):
        for name, figure in named.items():
            values[name], intervals[name] = _measured(figure, outcomes)
    return AnswerFigures(
        questions=len(verdicts),
        unavailable=sum(verdict.unavailable for verdict in verdicts),
        values=values,
        intervals=intervals,
        curve=curve(*right) if right is not None else (),
        costs=costs_of([verdict.answer for verdict in verdicts]),
    )


def _outcomes(verdicts: Sequence[Verdict]) -> tuple[tuple[Scores, Truths], tuple[Scores, Truths] | None]:
    """Probabilities with answerability, and with right answers where that is known of every question."""
    judged = [verdict for verdict in verdicts if not verdict.unavailable]
    scores = np.array([verdict.answer.probability for verdict in judged], dtype=np.float64)
    answerable = np.array([verdict.question.answerable for verdict in judged], dtype=np.bool_)
    if any(verdict.right_if_shown is None for verdict in judged):
        return (scores, answerable), None
    return (scores, answerable), (scores, np.array([verdict.right_if_shown for verdict in judged], dtype=np.bool_))


def _measured(
    figure: Callable[[Scores, Truths], float], outcomes: tuple[Scores, Truths] | None
) -> tuple[float | None, Interval | None]:
    if outcomes is None:
        return None, None
    scores, truths = outcomes
    value = figure(scores, truths)
    if np.isnan(value):
        return None, None
    return value, bootstrap(lambda chosen: figure(scores[chosen], truths[chosen]), len(scores))
