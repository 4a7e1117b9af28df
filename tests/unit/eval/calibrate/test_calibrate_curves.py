import numpy as np
import pytest

from answer.decision.bars import IsotonicCurve, LogisticCurve
from eval.calibrate.curves import (
    cross_fitted,
    cross_validated_losses,
    fit_isotonic,
    fit_logistic,
    log_loss,
    probabilities,
)


def drawn(n, truth, seed=3):
    """Scores and labels of questions whose true probability is ``truth`` of the score."""
    draw = np.random.default_rng(seed)
    scores = draw.random(n)
    return scores, draw.random(n) < truth(scores)


def test_scores_that_are_probabilities_keep_them():
    curve = fit_logistic(*drawn(20_000, lambda score: score))
    assert (curve.slope, curve.intercept) == pytest.approx((1.0, 0.0), abs=0.05)


def test_scores_that_say_the_opposite_are_worth_no_more_than_the_share():
    scores, labels = drawn(2_000, lambda score: 1 - score)
    curve = fit_logistic(scores, labels)
    assert curve.slope == 0
    assert curve.probability(0.9) == pytest.approx(labels.mean(), abs=1e-4)


def test_an_isotonic_curve_is_the_share_of_each_step():
    # One of four at 0.2, three of four at 0.6.
    scores = np.array([0.2] * 4 + [0.6] * 4)
    labels = np.array([True, False, False, False, True, True, True, False])
    assert fit_isotonic(scores, labels) == IsotonicCurve(scores=(0.2, 0.6), probabilities=(0.25, 0.75))


def test_a_few_questions_never_show_certainty():
    # Eight questions: no lower than 1 in 10, no higher than 9 in 10.
    curve = fit_isotonic(np.array([0.1] * 4 + [0.9] * 4), np.array([False] * 4 + [True] * 4))
    assert curve.probabilities == (0.1, 0.9)


def test_log_loss_by_hand():
    # -(ln 0.8 + ln 0.6) / 2
    assert log_loss(np.array([0.8, 0.4]), np.array([True, False])) == pytest.approx(0.366985, abs=1e-6)


def test_a_question_is_judged_by_a_curve_that_has_not_seen_it():
    scores, labels = np.array([0.5, 0.5, 0.5, 0.5]), np.array([True, True, False, False])
    folds = [np.array([True, True, False, False]), np.array([False, False, True, True])]
    # Each half is judged by the other, whose labels are all different: 1/4 and 3/4 by the rule of two questions.
    assert cross_fitted(fit_isotonic, scores, labels, folds).tolist() == [0.25, 0.25, 0.75, 0.75]


def test_a_step_is_told_from_a_slope():
    step = drawn(600, lambda score: np.where(score > 0.5, 0.9, 0.4))
    slope = drawn(600, lambda score: score)
    for kind, (scores, labels) in (("isotonic", step), ("logistic", slope)):
        folds = [np.arange(600) % 5 == number for number in range(5)]
        losses = cross_validated_losses(scores, labels, folds)
        assert min(losses, key=losses.__getitem__) == kind


def test_probabilities_of_many_scores():
    curve = LogisticCurve(slope=1.0, intercept=0.0)
    assert probabilities(curve, np.array([0.25, 0.75])).tolist() == pytest.approx([0.25, 0.75])
