import numpy as np
import pytest

from answer.decision.bars import Bars
from eval.calibrate.bounds import Wanted
from eval.calibrate.figures import figures
from eval.calibrate.fit import fit_language, support_counts, too_few
from eval.calibrate.samples import ClaimSample, Sample

SHIPPED = Bars(score=0.5)


def sample(number, score, *, answerable, claims=(), language="en", documents=None):
    return Sample(
        id=str(number),
        language=language,
        answerable=answerable,
        score=score,
        documents=frozenset(documents or [f"document-{number // 3}"]),
        claims=tuple(ClaimSample(support=support, right=right) for support, right in claims),
    )


def parted(n, language="en"):
    """Two of three are answerable; their scores lie from 0.4 on, those of the others below."""
    draw = np.random.default_rng(1)
    found = []
    for number in range(n):
        yes = number % 3 > 0
        score = draw.uniform(0.4, 0.9) if yes else draw.uniform(0.05, 0.35)
        found.append(sample(number, float(score), answerable=yes, language=language))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scores_that_part_the_questions_get_a_lower_bar_and_a_steep_curve(language):
    fit = fit_language(language, parted(150, language), SHIPPED, Wanted())
    assert fit.bar is not None
    assert 0.3 < fit.bar.value < 0.41
    assert fit.curve is not None
    assert fit.curve.curve.probability(0.6) > 0.95
    assert fit.curve.curve.probability(0.2) < 0.1
    assert fit.kept == {"support": "all claims have the same support"}


def test_figures_before_are_of_the_shipped_bar_and_after_of_unseen_documents():
    samples = parted(150)
    fit = fit_language("en", samples, SHIPPED, Wanted())
    over = [each for each in samples if each.score >= 0.5]
    assert fit.before["coverage"].value == pytest.approx(len(over) / 150)
    assert fit.before["auroc"].value == 1.0
    # A fold's bar may let a few wrong ones through, as many as were asked for.
    assert fit.after["coverage"].value >= 100 / 150
    assert 0.95 <= fit.after["precision"].value < 1
    assert fit.after["brier"].value < fit.before["brier"].value
    assert fit.after["ece"].value < fit.before["ece"].value


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (parted(49), "49 questions; at least 50 are needed"),
        ([sample(n, 0.5, answerable=n % 10 > 0) for n in range(100)], "90 answerable, 10 unanswerable; at least 15"),
        ([sample(n, 0.5, answerable=n % 2 > 0, documents=["one"]) for n in range(60)], "cannot be parted (1 groups)"),
    ],
)
def test_too_little_keeps_everything_and_says_so(samples, said):
    fit = fit_language("en", samples, SHIPPED, Wanted())
    assert not fit.changes
    assert (fit.curve, fit.bar, fit.support, fit.after) == (None, None, None, None)
    assert set(fit.kept) == {"curve", "bar", "support"}
    assert all(said in reason for reason in fit.kept.values())


def test_a_promise_that_no_bar_keeps_leaves_the_shipped_bar_and_says_what_could_be_promised():
    draw = np.random.default_rng(2)
    # Scores that know nothing: half of the questions are answerable at any bar.
    samples = [sample(n, float(draw.random()), answerable=n % 2 > 0) for n in range(120)]
    fit = fit_language("en", samples, SHIPPED, Wanted())
    assert fit.bar is None
    assert fit.changes
    assert "no bar promises precision 0.95 with confidence 0.9" in fit.kept["bar"]
    assert "the most that a bar promises here is" in fit.kept["bar"]
    assert fit.after["coverage"].value == fit.before["coverage"].value


def test_support_that_tells_right_claims_from_wrong_ones_gets_a_bar_of_its_own():
    samples = []
    for number, each in enumerate(parted(240)):
        right = number % 6 != 1
        claims = [(0.9 if right else 0.6, right)] if each.answerable else []
        samples.append(sample(number, each.score, answerable=each.answerable, claims=claims))
    fit = fit_language("en", samples, SHIPPED, Wanted())
    # 160 are answerable, 40 of them with a wrong claim at 0.6; the grid's lowest bar above is 0.605.
    assert fit.support is not None
    assert (fit.support.value, fit.support.shown, fit.support.wrong) == (0.605, 120, 0)


def test_a_wrong_claim_makes_its_answer_wrong_and_a_hidden_one_does_not():
    samples = [
        sample(1, 1.0, answerable=True, claims=[(0.9, True), (0.6, False)]),
        sample(2, 1.0, answerable=True, claims=[(0.7, True)]),
        sample(3, 1.0, answerable=True),
    ]
    counts = support_counts(samples)
    assert [counts(bar) for bar in (0.5, 0.65, 0.8, 0.95)] == [(2, 1), (2, 0), (1, 0), (0, 0)]


def test_figures_by_hand():
    samples = [
        sample(1, 0.9, answerable=True, claims=[(1.0, True)]),
        sample(2, 0.8, answerable=True, claims=[(1.0, False)]),
        sample(3, 0.7, answerable=False),
        sample(4, 0.1, answerable=False),
    ]
    found = figures(samples, np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, True, True, False]))
    assert found["coverage"].value == 0.75
    assert found["precision"].value == pytest.approx(2 / 3)
    assert found["gold_precision"].value == pytest.approx(1 / 3)
    assert found["auroc"].value == 1.0
    # (0.1^2 + 0.2^2 + 0.7^2 + 0.1^2) / 4
    assert found["brier"].value == pytest.approx(0.1375)
    # Two bins of two: |0.4 - 0| and |0.85 - 1|
    assert found["ece"].value == pytest.approx(0.275)


def test_a_figure_of_nothing_is_none():
    found = figures([sample(1, 0.9, answerable=True)], np.array([0.9]), np.array([False]))
    assert found["auroc"].value is None
    assert found["precision"] == found["gold_precision"]
    assert found["precision"].value is None


def test_enough_is_fifty_with_fifteen_of_either():
    labels = np.array([True] * 35 + [False] * 15)
    assert too_few(labels) == ""
    assert too_few(labels[1:]) != ""
    assert too_few(np.array([True] * 40 + [False] * 14)) != ""
