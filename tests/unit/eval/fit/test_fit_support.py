"""Weights of graded support, fitted on a few made-up pairs of both languages."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEmbedder

from answer.proof.support import SupportScorer, models_from
from eval.fit.support import figures, fit, term_weights
from eval.support.sets import SupportPair

EN = "Refunds of plan {n} take {n} working days and cost a fee of two euros."
ZH = "{n} 号套餐的退款需要 {n} 个工作日，手续费为两元。"


def made(set_: str, language: str, number: int, supported: bool) -> SupportPair:
    text = (EN if language == "en" else ZH).format(n=10 + number)
    other = "The weather in Leeds is fine today." if language == "en" else "今天杭州的天气很好。"
    return SupportPair(
        id=f"{set_}-{number}-{supported}",
        set=set_,
        group=text,
        language="en" if language == "en" else "zh",
        claim=text if supported else other,
        evidence=(text,),
        supported=supported,
        fitted=number % 2 == 0,
    )


@pytest.fixture(scope="module")
def pairs() -> list[SupportPair]:
    sets = (("expertqa", "en"), ("begin_dev", "en"), ("altered_en", "en"), ("altered_zh", "zh"))
    return [made(name, language, n, s) for name, language in sets for n in range(8) for s in (True, False)]


def test_what_was_fitted_tells_the_unseen_half_apart(pairs: list[SupportPair]) -> None:
    models = models_from(json.loads(json.dumps(fit(pairs, FakeEmbedder()))))
    for pair in pairs:
        score = SupportScorer(FakeEmbedder(), models).score(pair.claim, pair.evidence)
        assert (score > 0.5) == pair.supported
    found = figures(pairs, models, FakeEmbedder())
    assert found["altered_zh"] == {
        "pairs": 8,
        "support": 1.0,
        "support_without_encoder": 1.0,
        "word_overlap": 1.0,
    }


def test_the_unseen_half_changes_no_weight(pairs: list[SupportPair]) -> None:
    turned = [pair if pair.fitted else replace(pair, supported=not pair.supported) for pair in pairs]
    assert fit(pairs, FakeEmbedder()) == fit(turned, FakeEmbedder())


def test_idf_counts_distinct_texts_and_leaves_out_what_occurs_once() -> None:
    terms = term_weights(["refund fee", "refund label", "refund fee"])
    assert dict(terms.idf) == {"refund": pytest.approx(np.log(1 + 2 / 2))}
    assert terms.unseen == pytest.approx(np.log(1 + 2))
