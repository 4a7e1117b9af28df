from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEmbedder, FakeJudge

from answer.decision.bars import Bars, LogisticCurve
from answer.decision.calibration import Logistic
from answer.decision.decide import FEATURES, Decider, feature_row
from answer.sentences.extract import ExtractiveAnswerer, Scored
from answer.sentences.sentence_features import FEATURES as SENTENCE_FEATURES
from answer.sentences.sentences import sentences_of
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
        scored(
            two,
            1.5,
            names_missing_passage=0.5,
            names_missing_context=1.0,
            kind_missing=1.0,
            match_passage=0.4,
            answers=-1.0,
        ),
        scored(one, 0.5, kind_found=1.0, match_passage=0.7, answers=2.0),
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
            "answers": -1.0,
            "answers_most": 2.0,
            "answers_top": 0.5,
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
    answerer, decider = ExtractiveAnswerer(FakeEmbedder(), FakeJudge()), Decider()
    likely, unlikely = (decider.decide(q, evidence, answerer.rank(q, evidence)).probability for q in (held, absent))
    assert likely > unlikely


def test_the_bar_lies_on_the_score_and_the_curve_only_makes_it_a_probability(show):
    evidence = show("One.")
    curve = LogisticCurve(slope=1.0, intercept=2.0)
    for language, question in (("en", "why"), ("zh", "为什么")):
        bars = {language: Bars(score=0.5, curve=curve, support=0.7)}
        ranked = [scored(evidence[0], 0.0)]
        decision = Decider(model=constant(0.0), bars=bars).decide(question, evidence, ranked)
        # The logistic of 0 + 2.
        assert decision.probability == pytest.approx(0.880797, abs=1e-6)
        assert (decision.answers, decision.support_bar) == (True, 0.7)
        below = {language: replace(bars[language], score=0.51)}
        assert not Decider(model=constant(0.0), bars=below).decide(question, evidence, ranked).answers


def test_a_threshold_is_on_the_probability_and_takes_the_place_of_the_bar(show):
    evidence = show("One.")
    bars = {"en": Bars(score=0.99, curve=LogisticCurve(slope=1.0, intercept=2.0))}
    ranked = [scored(evidence[0], 0.0)]
    assert Decider(threshold=0.88, model=constant(0.0), bars=bars).decide("why", evidence, ranked).answers
    assert not Decider(threshold=0.89, model=constant(0.0), bars=bars).decide("why", evidence, ranked).answers
