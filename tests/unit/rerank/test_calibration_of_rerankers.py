import json

import numpy as np
import pytest

from core.errors import InvalidInput, ModelRefused
from rerank.calibration import Platt, calibration_path, fit_platt, read_calibration, save_calibration

DIGEST = "a" * 64


def test_a_model_without_a_calibration_is_trusted(tmp_path):
    for cache in (None, tmp_path):
        curve = read_calibration(cache, DIGEST)
        assert curve.probability(np.array([0.0, np.log(3)], dtype=np.float32)) == pytest.approx([0.5, 0.75])


def test_a_fitted_curve_gives_the_shares_that_answer():
    # Log-odds 2 answer 3 times of 4, log-odds -2 once of 4: the curve through both is log(3) / 2 steep.
    curve = fit_platt(np.repeat([2.0, -2.0], 400).astype(np.float32), np.tile([1, 1, 1, 0] * 100, 2) ^ mirrored(400))
    assert curve.slope == pytest.approx(np.log(3) / 2, rel=1e-2)
    assert curve.intercept == pytest.approx(0, abs=1e-3)
    assert curve.probability(np.array([2, -2], dtype=np.float32)) == pytest.approx([0.75, 0.25], abs=1e-2)


def mirrored(count):
    """0 for the first half, 1 for the second: turns shares of 3 in 4 into 1 in 4."""
    return np.repeat([0, 1], count)


def test_two_models_that_order_alike_mean_the_same_by_a_probability():
    random = np.random.default_rng(0)
    odds = random.normal(-1, 2, 2_000).astype(np.float32)
    relevant = (random.random(2_000) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    steep = 5 * odds - 9
    one, other = fit_platt(odds, relevant), fit_platt(steep, relevant)
    assert one.probability(odds) == pytest.approx(other.probability(steep), abs=2e-3)


def test_a_model_that_orders_the_wrong_way_round_is_refused():
    with pytest.raises(InvalidInput, match="it cannot rerank"):
        fit_platt(np.array([1, 2, -1, -2], dtype=np.float32), np.array([0, 0, 1, 1]))


def test_candidates_of_one_kind_only_calibrate_nothing():
    with pytest.raises(InvalidInput, match="got 2 of 2"):
        fit_platt(np.array([1, 2], dtype=np.float32), np.array([1, 1]))


def test_what_is_saved_is_read_back_for_these_weights_only(tmp_path):
    path = save_calibration(tmp_path / "models", DIGEST, Platt(slope=0.5, intercept=-2), {"candidates": 60})
    assert json.loads(path.read_text())["fitted"] == {"candidates": 60}
    assert read_calibration(tmp_path / "models", DIGEST) == Platt(slope=0.5, intercept=-2)
    with pytest.raises(ModelRefused, match=r"fitted for the model a{64}, not a{63}b"):
        read_calibration(tmp_path / "models", "a" * 63 + "b")


@pytest.mark.parametrize("text", ["{", "[]", '{"model": "' + DIGEST + '"}'])
def test_a_damaged_calibration_is_refused(tmp_path, text):
    calibration_path(tmp_path, DIGEST).write_text(text)
    with pytest.raises(ModelRefused, match="is no calibration"):
        read_calibration(tmp_path, DIGEST)


@pytest.mark.parametrize(("slope", "intercept"), [(0, 0), (-1, 0), (np.nan, 0), (1, np.inf)])
def test_a_curve_that_does_not_rise_is_refused(slope, intercept):
    with pytest.raises(ModelRefused, match="slope above 0"):
        Platt(slope=slope, intercept=intercept)
