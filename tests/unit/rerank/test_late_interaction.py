import json

import numpy as np
import pytest
from fakes import FakeTokenStore

from core.errors import ModelRefused
from core.token_codes import encode
from rerank.features import FEATURES
from rerank.late_interaction import LateInteractionReranker, Weights, load_weights


def weights(order=None, relevance=None, bias=0.0):
    def dense(named):
        return np.array([(named or {}).get(name, 0.0) for name in FEATURES], dtype=np.float32)

    return Weights(order=dense(order), relevance=dense(relevance), bias=bias)


def test_the_score_is_the_weighted_sum_of_standard_scores(encoder, store, make_hit):
    reranker = LateInteractionReranker(encoder, store, weights={"en": weights({"fused": 2.0, "maxsim": 3.0})})
    hits = [make_hit("reset router", score=1.0), make_hit("other words", score=3.0)]
    # fused 1 and 3 become -1 and +1; maxsim 1 and 0 become +1 and -1.
    assert reranker.score("reset router", hits) == pytest.approx([1.0, -1.0])


def test_the_language_of_the_question_chooses_the_weights(encoder, store, make_hit):
    both = {"en": weights({"fused": 1.0}), "zh": weights({"fused": -1.0})}
    reranker = LateInteractionReranker(encoder, store, weights=both)
    hits = [make_hit("a", score=1.0), make_hit("b", score=3.0)]
    assert reranker.score("where is it", hits).tolist() == [-1.0, 1.0]
    assert reranker.score("如何退款", hits).tolist() == [1.0, -1.0]


def test_relevance_compares_between_questions(encoder, store, make_hit):
    reranker = LateInteractionReranker(encoder, store, weights={"en": weights({"fused": 1.0}, {"coverage": 4.0}, -2.0)})
    answered = reranker.judge("reset router", [make_hit("reset router")])[0]
    unanswered = reranker.judge("refund price", [make_hit("reset router")])[0]
    assert answered.relevance == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert unanswered.relevance == pytest.approx(1 / (1 + np.exp(2.0)))
    assert answered.score == unanswered.score == 0.0


def test_a_judgement_names_every_feature(encoder, store, make_hit):
    reranker = LateInteractionReranker(encoder, store, weights={"en": weights({"fused": 1.0})})
    judged = reranker.judge("reset", [make_hit("reset", score=0.5, lexical=7.0)])[0]
    assert tuple(judged.features) == FEATURES
    assert judged.features["fused"] == 0.5
    assert judged.features["lexical"] == 7.0


def test_judge_and_score_agree(encoder, store, make_hit):
    reranker = LateInteractionReranker(encoder, store)
    hits = [make_hit("reset the router", score=2.0, lexical=3.0), make_hit("pay by card", score=1.0, dense=0.2)]
    scores = reranker.score("how do I reset it", hits)
    assert [judged.score for judged in reranker.judge("how do I reset it", hits)] == scores.tolist()


def test_no_hits_give_no_scores(encoder, store):
    reranker = LateInteractionReranker(encoder, store)
    assert reranker.score("how?", []).shape == (0,)
    assert reranker.judge("how?", []) == []
    assert encoder.calls == []


@pytest.fixture
def stored(encoder, store, make_hit):
    """Two passages in both languages, one of which is stored."""
    hits = [make_hit("reset router 路由器", score=1.0), make_hit("退款 refund takes a week", score=0.5)]
    store.by_text[hits[0].chunk.indexed_text] = encode(encoder.embed_tokens([hits[0].chunk.indexed_text])[0])
    encoder.calls.clear()
    return hits


def test_a_stored_passage_is_not_encoded_again(encoder, store, stored):
    LateInteractionReranker(encoder, store).score("reset 退款", stored)
    assert encoder.calls == [["reset 退款", "\n退款 refund takes a week"]]


@pytest.mark.parametrize("question", ["reset router", "退款"])
def test_the_score_does_not_tell_whether_a_passage_was_stored(encoder, store, stored, question):
    found = LateInteractionReranker(encoder, store).features(question, stored)
    assert np.array_equal(found, LateInteractionReranker(encoder, FakeTokenStore()).features(question, stored))


@pytest.mark.parametrize("question", ["reset router", "重置路由器"])
def test_the_shipped_weights_put_the_matching_passage_first(encoder, store, make_hit, question):
    hits = [
        make_hit("pay by card 付款", score=0.2, lexical=1.0, dense=0.2),
        make_hit(f"{question} now", score=0.4, lexical=2.0, dense=0.4),
        make_hit("blue sky 天空", score=0.1, lexical=0.5, dense=0.1),
    ]
    assert LateInteractionReranker(encoder, store).score(question, hits).argmax() == 1


def test_the_shipped_weights_never_count_agreement_against_a_passage():
    free = {"length", "maxsim_back"}
    for fitted in load_weights().values():
        assert all(weight >= 0 for name, weight in zip(FEATURES, fitted.order, strict=True) if name not in free)


def test_weights_of_the_wrong_length_are_refused_with_both_lengths():
    right = np.zeros(len(FEATURES), dtype=np.float32)
    with pytest.raises(ModelRefused, match=rf"\(2,\), expected \({len(FEATURES)},\)"):
        Weights(order=np.zeros(2, dtype=np.float32), relevance=right, bias=0.0)


def test_weights_that_are_not_finite_are_refused():
    right, wrong = np.zeros(len(FEATURES), dtype=np.float32), np.full(len(FEATURES), np.nan, dtype=np.float32)
    with pytest.raises(ModelRefused, match="'relevance' hold numbers that are not finite"):
        Weights(order=right, relevance=wrong, bias=0.0)


def test_weights_for_other_features_are_refused(tmp_path):
    file = tmp_path / "weights.json"
    file.write_text(json.dumps({"features": ["fused"], "languages": {}}))
    with pytest.raises(ModelRefused, match="fit it again"):
        load_weights(file)
