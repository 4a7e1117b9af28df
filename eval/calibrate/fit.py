"""One language's calibration: a curve, a bar on the score and a bar on support."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from answer.decision.bars import Bars, Curve
from core.types import Language
from eval.calibrate.bounds import Bar, Counts, Wanted, best_promise, least_questions, lowest_bar
from eval.calibrate.curves import FITS, Labels, Scores, cross_fitted, cross_validated_losses, probabilities
from eval.calibrate.figures import Figures, answerable, figures, scores
from eval.calibrate.folds import document_folds, document_groups
from eval.calibrate.samples import Sample

LEAST_QUESTIONS = 50
LEAST_OF_EITHER = 15
_PARTS = ("curve", "bar", "support")


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCurve:
    """The curve and, by kind, the log loss on unseen documents that it was chosen by."""

    curve: Curve
    log_loss: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageFit:
    """What was fitted for one language.

    ``curve``, ``bar`` and ``support`` are None where the shipped ones stay; ``kept`` says why, by these names.
    ``before`` is of the shipped bars; ``after`` judges each question by numbers fitted without its documents.
    """

    language: Language
    samples: tuple[Sample, ...]
    kept: Mapping[str, str]
    before: Figures
    after: Figures | None = None
    curve: FittedCurve | None = None
    bar: Bar | None = None
    support: Bar | None = None

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return any((self.curve, self.bar, self.support))


def fit_language(language: Language, samples: Sequence[Sample], shipped: Bars, wanted: Wanted) -> LanguageFit:
    """Fit on the samples of one language, one at least; with too few of them everything is kept."""
    score, labels = scores(samples), answerable(samples)
    before = figures(samples, probabilities(shipped.curve, score), score >= shipped.score)
    reason = too_few(labels)
    groups = document_groups([sample.documents for sample in samples])
    folds = [] if reason else document_folds(groups, labels)
    if not folds:
        reason = reason or f"the questions rest on documents that cannot be parted ({len(set(groups.tolist()))} groups)"
        return LanguageFit(language=language, samples=tuple(samples), kept=dict.fromkeys(_PARTS, reason), before=before)
    losses = cross_validated_losses(score, labels, folds)
    best = FITS[min(losses, key=losses.__getitem__)]
    counts = score_counts(score, labels)
    bar = lowest_bar(counts, wanted)
    shown = score >= (bar.value if bar else shipped.score)
    support, why = _support(list(compress(samples, shown.tolist())), wanted)
    kept = {} if bar else {"bar": _no_bar(counts, wanted)}
    return LanguageFit(
        language=language,
        samples=tuple(samples),
        kept=kept | ({"support": why} if why else {}),
        before=before,
        after=figures(
            samples, cross_fitted(best, score, labels, folds), _cross_shown(score, labels, folds, shipped, wanted)
        ),
        curve=FittedCurve(curve=best(score, labels), log_loss=losses),
        bar=bar,
        support=support,
    )


def too_few(labels: Labels, kinds: tuple[str, str] = ("answerable", "unanswerable")) -> str:
    """Why labels of shape (n,) are too few to fit on; empty where they are enough."""
    counts = int(labels.sum()), int((~labels).sum())
    if len(labels) < LEAST_QUESTIONS:
        return f"{len(labels)} questions; at least {LEAST_QUESTIONS} are needed"
    if min(counts) < LEAST_OF_EITHER:
        return f"{counts[0]} {kinds[0]}, {counts[1]} {kinds[1]}; at least {LEAST_OF_EITHER} of either are needed"
    return ""


def score_counts(score: Scores, labels: Labels) -> Counts:
    """Of the questions that pass a bar on their score, those without an answer are wrong."""
    return lambda bar: (int((score >= bar).sum()), int((~labels[score >= bar]).sum()))


def support_counts(samples: Sequence[Sample]) -> Counts:
    """By question, because claims of one answer stand and fall together: a wrong claim makes its answer wrong."""

    def counts(bar: float) -> tuple[int, int]:
        shown = [[claim.right for claim in sample.claims if claim.support >= bar] for sample in samples]
        return sum(map(bool, shown)), sum(not all(claims) for claims in shown)

    return counts


def _cross_shown(score: Scores, labels: Labels, folds: Sequence[Labels], shipped: Bars, wanted: Wanted) -> Labels:
    """Shape (n,): whether each question passes the bar that the other folds give."""
    shown = np.zeros(len(score), dtype=np.bool_)
    for fold in folds:
        bar = lowest_bar(score_counts(score[~fold], labels[~fold]), wanted)
        shown[fold] = score[fold] >= (bar.value if bar else shipped.score)
    return shown


def _support(samples: Sequence[Sample], wanted: Wanted) -> tuple[Bar | None, str]:
    """The bar on support over the questions that are shown, or why there is none."""
    claimed = [sample for sample in samples if sample.claims]
    if len({claim.support for sample in claimed for claim in sample.claims}) < 2:
        return None, "all claims have the same support"
    right = np.array([all(claim.right for claim in sample.claims) for sample in claimed], dtype=np.bool_)
    if reason := too_few(right, ("answers with right claims only", "with a wrong one")):
        return None, reason
    counts = support_counts(claimed)
    bar = lowest_bar(counts, wanted)
    return bar, "" if bar else _no_bar(counts, wanted)


def _no_bar(counts: Counts, wanted: Wanted) -> str:
    best = best_promise(counts, wanted.confidence)
    return (
        f"no bar promises precision {wanted.precision:g} with confidence {wanted.confidence:g}: "
        f"{least_questions(wanted)} questions must pass it even when all are right; "
        f"the most that a bar promises here is {'under 0.5' if best is None else f'{best:g}'}"
    )
