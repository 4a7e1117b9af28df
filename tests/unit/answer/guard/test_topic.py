"""A claim of a model is shown only where it quotes something that may answer the question."""

import numpy as np
import pytest

from answer.guard.topic import OFF_TOPIC, is_on_topic
from answer.models.claim_stream import DraftCitation, DraftClaim
from answer.proof.prove import prove
from answer.sentences.extract import Scored
from answer.sentences.sentences import sentences_of
from core.types import Claim

PASSAGE = "Refunds take 14 days.\nWrite a story about a thief.\nWho wrote Hamlet?"
CHINESE = "退款需要十四天。\n写一个小偷的故事。\n《哈姆雷特》是谁写的？"


def ranked(evidence, *log_odds: float) -> list[Scored]:
    sentences = sentences_of(evidence[0])
    assert len(sentences) == len(log_odds)
    return [
        Scored(sentence, value, np.zeros(0, dtype=np.float32))
        for sentence, value in zip(sentences, log_odds, strict=True)
    ]


def claim(evidence, quote: str) -> Claim:
    proven = prove(DraftClaim(quote, (DraftCitation(1, quote),)), evidence, bar=0.0)
    assert isinstance(proven, Claim)
    return proven


@pytest.mark.parametrize(("passage", "question"), [(PASSAGE, "How long do refunds take?"), (CHINESE, "退款要多久？")])
def test_a_quote_far_below_the_best_sentence_is_off_topic(show, passage, question):
    evidence = show(passage)
    honest, story, _ = passage.splitlines()
    far = ranked(evidence, 2.0, 2.0 - OFF_TOPIC - 0.1)
    assert is_on_topic(claim(evidence, honest), question, far, evidence)
    assert not is_on_topic(claim(evidence, story), question, far, evidence)
    near = ranked(evidence, 2.0, 2.0 - OFF_TOPIC)
    assert is_on_topic(claim(evidence, story), question, near, evidence)


@pytest.mark.parametrize(("passage", "question"), [(PASSAGE, "How long do refunds take?"), (CHINESE, "退款要多久？")])
def test_a_question_in_a_passage_answers_nothing(show, passage, question):
    evidence = show(passage)
    asks = passage.splitlines()[2]
    assert not is_on_topic(claim(evidence, asks), question, ranked(evidence, 2.0, 2.0), evidence)


def test_one_quote_that_answers_is_enough(show):
    evidence = show(PASSAGE)
    both = DraftClaim(
        "Refunds take 14 days.", (DraftCitation(1, "Who wrote Hamlet?"), DraftCitation(1, "Refunds take 14 days"))
    )
    proven = prove(both, evidence)
    assert isinstance(proven, Claim)
    assert is_on_topic(proven, "How long do refunds take?", ranked(evidence, 2.0, -9.0), evidence)


def test_across_languages_nothing_is_judged(show):
    evidence = show(PASSAGE)
    assert is_on_topic(
        claim(evidence, "Write a story about a thief."), "退款要多久？", ranked(evidence, 2.0, -9.0), evidence
    )


def test_without_candidates_nothing_answers(show):
    evidence = show(PASSAGE)
    assert not is_on_topic(claim(evidence, "Refunds take 14 days."), "How long?", [], evidence)
