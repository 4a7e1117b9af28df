import numpy as np
import pytest
from fakes import FakeEmbedder, FakeJudge

from answer.decision.calibration import Logistic
from answer.proof.prove import prove
from answer.sentences.extract import ExtractiveAnswerer, Scored, chosen, joined, scored
from answer.sentences.sentence_features import FEATURES, feature_rows
from answer.sentences.sentences import sentences_of
from core.types import Claim

ENGLISH = "Annual plans renew each year. They can be refunded within 30 days. Monthly plans cannot."
CHINESE = "年付套餐每年续费。可在30天内退款。月付套餐不支持退款。"


def by(name, weight=1.0):
    weights = np.zeros(len(FEATURES), dtype=np.float32)
    weights[FEATURES.index(name)] = weight
    return Logistic(names=FEATURES, weights=weights, bias=0.0)


def ranking(evidence, *odds):
    sentences = [sentence for item in evidence for sentence in sentences_of(item)]
    none = np.zeros(len(FEATURES), dtype=np.float32)
    found = [Scored(sentence, odd, none) for sentence, odd in zip(sentences, odds, strict=True)]
    return sorted(found, key=lambda each: -each.log_odds)


def column(question, evidence, name):
    sentences = [sentence for item in evidence for sentence in sentences_of(item)]
    return feature_rows(question, sentences, FakeEmbedder(), FakeJudge())[:, FEATURES.index(name)].tolist()


@pytest.mark.parametrize(
    ("passage", "question", "best"),
    [
        (ENGLISH, "refunded within how many days", "They can be refunded within 30 days."),
        (CHINESE, "几天内可以退款", "可在30天内退款。"),
    ],
)
def test_the_sentence_that_scores_highest_comes_first(show, passage, question, best):
    model = by("match")
    answerer = ExtractiveAnswerer(FakeEmbedder(), FakeJudge(), {"en": model, "zh": model})
    ranked = answerer.rank(question, show(passage))
    assert ranked[0].sentence.text == best
    assert [each.log_odds for each in ranked] == sorted((each.log_odds for each in ranked), reverse=True)


def test_equal_scores_keep_the_order_of_the_evidence(show):
    sentences = [sentence for item in show("One. Two.", "Three.") for sentence in sentences_of(item)]
    ranked = scored(sentences, np.zeros((3, len(FEATURES)), dtype=np.float32), by("match"))
    assert [each.sentence.text for each in ranked] == ["One.", "Two.", "Three."]


def test_without_evidence_there_is_nothing_to_say():
    answerer = ExtractiveAnswerer(FakeEmbedder(), FakeJudge())
    assert answerer.rank("why", ()) == []
    assert answerer.draft([]) == []


def test_only_sentences_close_to_the_best_are_shown(show):
    ranked = ranking(show("One.", "Two.", "Three."), 0.0, 3.0, 2.0)
    assert [sentence.text for sentence in chosen(ranked)] == ["Two.", "Three."]


def test_at_most_three_sentences_are_shown(show):
    ranked = ranking(show("One.", "Two.", "Three.", "Four."), 3.0, 2.9, 2.8, 2.7)
    assert [sentence.text for sentence in chosen(ranked)] == ["One.", "Two.", "Three."]


def test_a_sentence_that_two_passages_hold_is_shown_once_from_the_better_one(show):
    ranked = ranking(show("Same.", "Same."), 1.0, 2.0)
    (only,) = chosen(ranked)
    assert only.evidence.number == 2


@pytest.mark.parametrize(
    ("passage", "text"),
    [
        (ENGLISH, "Annual plans renew each year. They can be refunded within 30 days."),
        (CHINESE, "年付套餐每年续费。可在30天内退款。"),
    ],
)
def test_neighbours_become_one_claim_with_one_quote_that_is_proven(show, passage, text):
    evidence = show(passage)
    (claim,) = ExtractiveAnswerer(FakeEmbedder(), FakeJudge()).draft(ranking(evidence, 1.0, 2.0, -5.0))
    assert claim.text == text
    proven = prove(claim, evidence)
    assert isinstance(proven, Claim)
    assert [citation.quote for citation in proven.citations] == [text]


def test_sentences_with_another_between_them_stay_apart(show):
    sentences = sentences_of(show(ENGLISH)[0])
    assert len(joined([sentences[2], sentences[0]])) == 2


def test_a_table_row_is_told_in_words_and_quoted_with_its_header(show):
    evidence = show("| Plan | Price |\n| --- | --- |\n| Team | €9 |\n| Solo |  |")
    claims = ExtractiveAnswerer(FakeEmbedder(), FakeJudge()).draft(ranking(evidence, 2.0, 1.9))
    assert [claim.text for claim in claims] == ["Plan: Team; Price: €9", "Plan: Solo"]
    assert [citation.quote for citation in claims[0].citations] == ["| Team | €9 |", "| Plan | Price |"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kind_found", [0, 1, 0]),
        ("kind_missing", [1, 0, 1]),
        ("kind_before", [0, 0, 1]),
        ("first", [1, 0, 0]),
        ("rank", [1, 1, 1]),
        ("names_missing_passage", [0, 0, 0]),
    ],
)
def test_plain_features_by_hand(show, name, expected):
    assert column("How long can Annual plans be refunded?", show(ENGLISH), name) == expected


def test_soft_matches_by_hand(show):
    evidence = show("Red apples. Green pears.", title="Fruit")
    assert column("apples pears fruit", evidence, "match") == pytest.approx([1 / 3, 1 / 3], abs=0.15)
    assert column("apples pears fruit", evidence, "match_context") == pytest.approx([2 / 3, 2 / 3], abs=0.15)
    assert column("apples pears fruit", evidence, "match_passage") == pytest.approx([1, 1], abs=0.01)
    assert column("apples pears fruit", evidence, "match_before")[1] == pytest.approx(1, abs=0.01)
    assert column("apples pears fruit", evidence, "match_next") == pytest.approx([1 / 3, 0], abs=0.15)


def test_coverage_by_hand(show):
    evidence = show("红苹果。", "青梨。")
    assert column("苹果", evidence, "coverage") == [1.0, 0.0]
    assert column("苹果", evidence, "best_of_passage") == [1.0, 1.0]


def test_relative_features_have_mean_0_over_the_candidates(show):
    sentences = sentences_of(show(ENGLISH)[0])
    rows = feature_rows("refunded within 30 days", sentences, FakeEmbedder(), FakeJudge())
    assert rows.shape == (3, len(FEATURES))
    assert rows[:, len(FEATURES) // 2 :].mean(axis=0) == pytest.approx(np.zeros(len(FEATURES) // 2), abs=1e-5)


def test_no_candidates_give_no_rows():
    assert feature_rows("why", [], FakeEmbedder(), FakeJudge()).shape == (0, len(FEATURES))
