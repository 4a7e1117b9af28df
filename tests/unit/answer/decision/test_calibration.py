import numpy as np
import pytest

from answer.decision import calibration, decide
from answer.decision.calibration import Logistic, load_decision_model, load_sentence_models, load_threshold
from answer.sentences import sentence_features


def test_log_odds_are_the_weighted_sum_and_the_bias():
    model = Logistic(names=("a", "b"), weights=np.array([2.0, -1.0], dtype=np.float32), bias=0.5)
    rows = np.array([[1.0, 1.0], [0.0, 0.5]], dtype=np.float32)
    assert model.log_odds(rows).tolist() == [1.5, 0.0]
    assert model.probabilities(rows).tolist() == pytest.approx([0.817574, 0.5])


def test_a_model_refuses_a_weight_too_many():
    with pytest.raises(ValueError, match="1 feature names need as many weights, got 2"):
        Logistic(names=("a",), weights=np.zeros(2, dtype=np.float32), bias=0.0)


def test_the_stored_numbers_fit_the_features_of_the_code():
    assert set(load_sentence_models(sentence_features.FEATURES)) == {"en", "zh"}
    assert load_decision_model(decide.FEATURES).names == decide.FEATURES
    assert all(0 < load_threshold(language) < 1 for language in ("en", "zh"))


@pytest.mark.parametrize("names", [("nonsense",), decide.FEATURES[::-1]])
def test_numbers_of_other_features_are_refused(names):
    with pytest.raises(ValueError, match=r"run python -m eval\.fit\.answers"):
        load_decision_model(names)


def test_the_file_says_how_good_its_numbers_are():
    figures = calibration._stored()["figures"]
    assert set(figures) == {"cross_validated", "held_out"}
    assert figures["held_out"]["all"]["questions"] == 220
