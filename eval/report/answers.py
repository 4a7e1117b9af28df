"""The figures of the answer side for a report, out of one line per question."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.answers.abstention import aurc, auroc, calibration_error, curve
from eval.report.data import AnswerRow
from eval.report.figures import Figure, Slice, Times, mean_figure, times
from eval.runs.intervals import bootstrap, share_interval

BINS = 10
_POINTS = 200
_MAX_TAGS = 40
_Share = Callable[[AnswerRow], tuple[float, float]]
# The definitions of eval/answers/report.py, read from the lines that it left.
_SHARES: Mapping[str, _Share] = MappingProxyType(
    {
        "exact_location_rate": lambda row: (sum(quote.exact for quote in row.citations), len(row.citations)),
        "citation_precision": lambda row: (sum(quote.gold for quote in row.citations), len(row.citations)),
        "citation_recall": lambda row: (bool(row.gold) and _said(row, "located_gold"), bool(row.gold)),
        "unanswerable_abstained": lambda row: (not row.answerable and _said(row, "abstained"), not row.answerable),
        "false_answers": lambda row: (not row.answerable and row.answered, not row.answerable),
        "false_refusals": lambda row: (row.answerable and not row.answered, row.answerable),
        "selective_risk": lambda row: (row.answered and not right(row), row.answered),
        "answered": lambda row: (row.answered, row.status != "unavailable"),
    }
)
# Verdicts that the shares above are made of; the mean of any other is a figure of its own.
_IN_SHARES = frozenset({"located_gold", "abstained", "false_refusal", "false_answer", "right", "right_if_shown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """Answering only the surest: ``coverage`` of all questions, ``risk`` of those answers wrong.

    Points of a curve, 0 to 1, by rising coverage; ``area`` is the mean risk along it, and ``answered`` the coverage
    that the bar chose.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    area: float
    answered: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Questions whose probability lies in ``low`` to ``high``; the last bin includes 1."""

    low: float
    high: float
    count: int
    predicted: float
    observed: Figure


def answer_slices(rows: Sequence[AnswerRow]) -> list[Slice]:
    """All questions, then each language and each of the most frequent tags; a column per figure."""
    groups: list[tuple[str, str, list[AnswerRow]]] = [("all", "", list(rows))]
    for language in sorted({row.spoken for row in rows}):
        groups.append(("language", language, [row for row in rows if row.spoken == language]))
    for tag, _ in Counter(tag for row in rows for tag in row.tags).most_common(_MAX_TAGS):
        groups.append(("tag", tag, [row for row in rows if tag in row.tags]))
    extra = extra_verdicts(rows)
    return [
        Slice(kind=kind, name=name, count=len(chosen), figures=answer_figures(chosen, extra))
        for kind, name, chosen in groups
    ]


def answer_figures(rows: Sequence[AnswerRow], extra: Sequence[str] = ()) -> dict[str, Figure]:
    """Every figure of ``eval.answers.report``, then the mean of each verdict named in ``extra``."""
    found = {name: _share(rows, share) for name, share in _SHARES.items()}
    found["auroc"] = _auroc(rows)
    for name in extra:
        found[name] = mean_figure(float(said) for row in rows if (said := row.verdicts.get(name)) is not None)
    return found


def extra_verdicts(rows: Sequence[AnswerRow]) -> list[str]:
    """Verdicts that a line may hold beside those that the figures above are made of."""
    return sorted({name for row in rows for name in row.verdicts} - _IN_SHARES)


def right(row: AnswerRow) -> bool:
    """Whether a shown answer quotes what was expected; any answer to an unanswerable question is wrong."""
    expected = _said(row, "located_gold") if row.gold else row.answerable
    return bool(row.verdicts.get("right_if_shown", row.answerable and expected))


def risk_coverage(rows: Sequence[AnswerRow]) -> RiskCoverage | None:
    """None where no answer is known.

    It reaches over all questions where the file also knows how the refused ones would have been answered.
    """
    asked = [row for row in rows if row.probability is not None and row.status != "unavailable"]
    drafted = all(row.verdicts.get("right_if_shown") is not None for row in asked)
    known = [row for row in asked if drafted or row.answered]
    if not known:
        return None
    scores = np.array([row.probability for row in known], dtype=np.float64)
    truths = np.array([right(row) for row in known], dtype=np.bool_)
    steps = min(_POINTS, len(known))
    points = curve(scores, truths, [(step + 1) / steps for step in range(steps)])
    share = len(known) / len(asked)
    return RiskCoverage(
        coverage=tuple(point.coverage * share for point in points),
        risk=tuple(point.risk for point in points),
        area=aurc(scores, truths),
        answered=sum(row.answered for row in asked) / len(asked),
    )


def reliability(rows: Sequence[AnswerRow]) -> list[Bin]:
    """How often the documents do answer, in ten bins of the probability that they do; empty bins are left out."""
    judged = [(row.probability, float(row.answerable)) for row in rows if row.probability is not None]
    found: list[Bin] = []
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [pair for pair in judged if min(int(pair[0] * BINS), BINS - 1) == number]
        if inside:
            predicted = float(np.mean([probability for probability, _ in inside]))
            observed = mean_figure(answerable for _, answerable in inside)
            found.append(Bin(low=low, high=high, count=len(inside), predicted=predicted, observed=observed))
    return found


def expected_error(rows: Sequence[AnswerRow]) -> float | None:
    """Expected calibration error of the probability that the documents answer; None without a probability."""
    judged = [(row.probability, row.answerable) for row in rows if row.probability is not None]
    if not judged:
        return None
    scores, positive = zip(*judged, strict=True)
    return calibration_error(np.array(scores, dtype=np.float64), np.array(positive, dtype=np.bool_))


def answer_times(rows: Sequence[AnswerRow]) -> list[Times]:
    """One entry per step that was timed, in the order of the first line that has it."""
    steps = dict.fromkeys(step for row in rows for step in row.timings_ms)
    return [times(step, [row.timings_ms[step] for row in rows if step in row.timings_ms]) for step in steps]


def _said(row: AnswerRow, verdict: str) -> float:
    return float(row.verdicts.get(verdict) or 0.0)


def _share(rows: Sequence[AnswerRow], share: _Share) -> Figure:
    parts, wholes = np.array([share(row) for row in rows], dtype=np.float64).T
    interval = share_interval(parts, wholes)
    if interval is None or not wholes.sum():
        return Figure()
    return Figure(value=float(parts.sum() / wholes.sum()), low=interval.low, high=interval.high)


def _auroc(rows: Sequence[AnswerRow]) -> Figure:
    judged = [row for row in rows if row.status != "unavailable" and row.probability is not None]
    scores: NDArray[np.float64] = np.array([row.probability for row in judged], dtype=np.float64)
    positive = np.array([row.answerable for row in judged], dtype=np.bool_)
    value = auroc(scores, positive)
    if np.isnan(value):
        return Figure()
    interval = bootstrap(lambda chosen: auroc(scores[chosen], positive[chosen]), len(judged))
    return Figure(value=value, low=interval.low, high=interval.high) if interval else Figure(value=value)
