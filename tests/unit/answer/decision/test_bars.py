import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.decision.bars import IDENTITY, Bars, IsotonicCurve, LogisticCurve, shipped_bars

shares = st.floats(0, 1)


def test_a_logistic_curve_by_hand():
    # 0.8 has odds of 4; squared and divided by e they are 5.886071, a probability of 5.886071 / 6.886071.
    assert LogisticCurve(slope=2.0, intercept=-1.0).probability(0.8) == pytest.approx(0.854779, abs=1e-6)


def test_an_isotonic_curve_draws_straight_lines_between_its_knots_and_is_flat_outside():
    curve = IsotonicCurve(scores=(0.2, 0.6), probabilities=(0.1, 0.9))
    assert [curve.probability(score) for score in (0.0, 0.2, 0.3, 0.6, 1.0)] == pytest.approx([0.1, 0.1, 0.3, 0.9, 0.9])


@given(shares)
def test_the_identity_changes_no_score(score):
    assert IDENTITY.probability(score) == pytest.approx(score, abs=1e-5)


@given(shares, shares, st.floats(0, 20), st.floats(-20, 20))
def test_a_higher_score_never_gets_a_lower_probability(one, other, slope, intercept):
    low, high = sorted((one, other))
    for curve in (
        LogisticCurve(slope=slope, intercept=intercept),
        IsotonicCurve(scores=(0.1, 0.5, 0.5, 0.7), probabilities=(0.0, 0.2, 0.6, 1.0)),
    ):
        assert 0 <= curve.probability(low) <= curve.probability(high) <= 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LogisticCurve(slope=-0.1, intercept=0.0), "must not fall, got slope -0.1"),
        (lambda: IsotonicCurve(scores=(0.1,), probabilities=()), "got 0 and 1"),
        (lambda: IsotonicCurve(scores=(), probabilities=()), "got 0 and 0"),
        (lambda: IsotonicCurve(scores=(0.1, 0.2), probabilities=(0.9, 0.1)), "must rise"),
        (lambda: Bars(score=1.5), "score must lie in 0..1, got 1.5"),
        (lambda: Bars(score=0.5, support=-1), "support must lie in 0..1, got -1"),
    ],
)
def test_impossible_bars_are_refused_with_their_values(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_shipped_bars_take_scores_as_they_are():
    for bars in shipped_bars().values():
        assert bars.curve == IDENTITY
        assert 0 < bars.score < 1
