from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEmbedder

from answer.calibration import Logistic
from answer.decide import FEATURES, Decider, feature_row
from answer.extract import ExtractiveAnswerer, Scored
from answer.sentence_features import FEATURES as SENTENCE_FEATURES
from answer.sentences import sentences_of
from core.types import Stage


def constant(bias):
    return Logistic(names=FEATURES, weights=np.zeros(len(FEATURES), dtype=np.float32), bias=bias)


def scored(evidence, log_odds, **values):
    features = np.zeros(len(SENTENCE_FEATURES), dtype=np.float32)
    for name, value in values.items():
        features[SENTENCE_FEATURES.index(name)] = value
    return Scored(sentences_of(evidence)[0], log_odds, features)


def test_without_a_candidate_the_answer_is_no():
    decision = Decider(threshold=0.0).decide("why", (), ())
    assert (decision.probability, decision.answers) == (0.0, False)


@pytest.mark.parametrize(("bar", "answers"), [(0.5, True), (0.51, False)])
def test_the_bar_itself_passes(show, bar, answers):
    evidence = show("One.")
    decision = Decider(threshold=bar, model=constant(0.0)).decide("why", evidence, [scored(evidence[0], 0.0)])
    assert decision.probability == 0.5
    assert decision.answers is answers


def test_each_feature_by_hand(show):
    one, two = show("One.", "Two.")
    two = replace(two, hit=replace(two.hit, scores={Stage.LEXICAL: 6.0}))
    ranked = [
        scored(two, 1.5, names_missing_passage=0.5, names_missing_context=1.0, kind_missing=1.0, match_passage=0.4),
        scored(one, 0.5, kind_found=1.0, match_passage=0.7),
    ]
    row = dict(zip(FEATURES, feature_row("red apples green pears", (one, two), ranked).tolist(), strict=True))
    assert row == pytest.approx(
        {
            "log_odds": 1.5,
            "names_missing_passage": 0.5,
            "names_missing_context": 1.0,
            "kind_found": 0.0,
            "kind_missing": 1.0,
            "match": 0.7,
            "match_first": 0.7,
            "lexical": 3.0,
        }
    )


@pytest.mark.parametrize(
    ("passage", "held", "absent"),
    [
        ("The Business plan holds 5 TB.", "How much holds the Business plan?", "How much holds the Premium plan?"),
        ("TM-1042 表示文件被占用。", "TM-1042 表示什么？", "TM-7788 表示什么？"),
    ],
)
def test_a_name_that_the_evidence_lacks_makes_an_answer_less_likely(show, passage, held, absent):
    evidence = show(passage)
    answerer, decider = ExtractiveAnswerer(FakeEmbedder()), Decider()
    likely, unlikely = (decider.decide(q, evidence, answerer.rank(q, evidence)).probability for q in (held, absent))
    assert likely > unlikely
