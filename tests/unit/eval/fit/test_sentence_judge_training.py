"""The small network that reads a question against one sentence."""

from dataclasses import replace

import numpy as np
from fakes import FakeEmbedder

from answer.sentences.sentence_judge import SentenceJudge
from eval.fit.lessons import Asked, Lessons, Passage, Twin
from eval.fit.near_passages import with_others
from eval.fit.sentence_judge import ReadTexts, texts_of, train

LESSONS = Lessons(
    passages={
        "en-1": Passage(
            id="en-1", title="Returns", sentences=("Routers are returned within 30 days.", "Keep the box.")
        ),
        "zh-1": Passage(id="zh-1", title="退款", sentences=("先提交申请", "三天内到账。")),
    },
    asked=(
        Asked(question="Until when?", passage="en-1", answering=frozenset({0})),
        Asked(question="Who pays?", passage="en-1", answering=frozenset()),
        Asked(question="多久到账？", passage="zh-1", answering=frozenset({1})),
    ),
)


def test_the_judge_learns_which_sentence_answers_and_training_repeats_itself():
    twin = Twin(question="Is parking free?", right=("Parking is free.",), wrong=(("Breakfast.",),))
    # The first passage by name is held out; the question of the other is learnt.
    taught = with_others(replace(LESSONS, asked=LESSONS.asked * 8, twins=(twin,) * 6))
    texts = ReadTexts(texts_of(taught), _Wide())
    once, again = (train(taught, texts, epochs=60, seed=5) for _ in range(2))
    assert all(np.array_equal(once.weights[name], again.weights[name]) for name in once.weights)
    assert {"questions", "auroc", "first", "maxsim_auroc", "maxsim_first"} == set(once.figures[-1])
    wrong, right = (texts.tokens(LESSONS.passages["zh-1"].in_context(place)) for place in (0, 1))
    odds = SentenceJudge(once.weights).log_odds(texts.tokens("多久到账？"), [wrong, right])
    assert odds[1] > odds[0] + 0.5


class _Wide(FakeEmbedder):
    """As wide as the network."""

    def embed_tokens(self, texts):
        found = super().embed_tokens(texts)
        wide = 384 - found[0].vectors.shape[1]
        return [replace(each, vectors=np.pad(each.vectors, ((0, 0), (0, wide)))) for each in found]
