from types import SimpleNamespace

import numpy as np
import pytest
import torch

from answer.sentences.sentence_judge import Judges, SentenceJudge, TextJudge, packaged_judge
from core.errors import ModelRefused
from core.ports import TokenVectors
from eval.fit.judge_network import JudgeNetwork
from eval.fit.sentence_judge import ReadTexts
from retrieval.embedder import SentenceEmbedder


def under(texts):
    """Sentences of which a judge reads these texts."""
    return [SimpleNamespace(in_context=text) for text in texts]


class Fixed:
    """An encoder that knows a few texts and counts what it reads."""

    def __init__(self, dim=12, seed=0):
        self.random = np.random.default_rng(seed)
        self.dim = dim
        self.read = []
        self.known = {}

    def embed_tokens(self, texts):
        self.read += texts
        return [self.known.setdefault(text, self._new(len(text.split()))) for text in texts]

    def _new(self, size):
        vectors = self.random.normal(size=(size, self.dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return TokenVectors(ids=self.random.integers(0, 20, size), vectors=vectors, known=np.ones(size, dtype=np.bool_))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return JudgeNetwork(dim=12, narrow=6, hidden=5).eval()


def on_numpy(network, rarity):
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    return SentenceJudge({**weights, "rarity": rarity})


def test_numpy_computes_what_torch_trained(network):
    encoder = Fixed()
    texts = ["one", "two words", "a third one of more words", "十 个 字 的 句 子", ""]
    read = ReadTexts(["how is it done", *texts], encoder)
    with torch.no_grad():
        expected = network(*read.batch([("how is it done", text) for text in texts])).numpy()
    found = on_numpy(network, read.rarity).log_odds(
        read.tokens("how is it done"), [read.tokens(text) for text in texts]
    )
    assert found == pytest.approx(expected, abs=1e-6)
    assert len(set(found.round(6))) == len(texts)


def test_a_sentence_is_judged_alike_alone_and_among_many(network):
    encoder = Fixed()
    judge = TextJudge(encoder, on_numpy(network, np.ones(20, dtype=np.float32)))
    texts = [" ".join(["word"] * size) + f" {size}" for size in range(1, 150)]
    together = judge.log_odds("what is it", under(texts))
    for place in (0, 63, 64, 148):
        assert together[place] == pytest.approx(judge.log_odds("what is it", under([texts[place]]))[0], abs=1e-5)


def test_a_text_that_comes_twice_is_read_once(network):
    encoder = Fixed()
    judge = TextJudge(encoder, on_numpy(network, np.ones(20, dtype=np.float32)))
    first, second, again = judge.log_odds("why", under(["a b", "c d", "a b"]))
    assert first == again != second
    assert encoder.read == ["why", "a b", "c d"]
    assert judge.log_odds("why", []).shape == (0,)


def test_vectors_of_another_encoder_are_refused(network):
    judge = on_numpy(network, np.ones(20, dtype=np.float32))
    with pytest.raises(ModelRefused, match="reads vectors of 12 numbers, got 7"):
        judge.log_odds(Fixed(dim=7).embed_tokens(["why"])[0], [])


@pytest.mark.parametrize(
    ("question", "answers", "near"),
    [
        (
            "How long do I have to send back a router I bought online?",
            "Returns\nYou may return a router within 30 days of delivery.",
            "Returns\nA router is returned in its original box with all cables.",
        ),
        (
            "网上买的路由器多少天内可以退货？",
            "退货\n路由器自签收之日起 30 天内可以退货。",
            "退货\n退回路由器时请使用原包装并附上所有线缆。",
        ),
    ],
)
def test_the_packaged_judge_tells_an_answer_from_a_near_miss(model_cache, question, answers, near):
    judge = TextJudge(SentenceEmbedder(cache=model_cache), packaged_judge())
    right, wrong = judge.log_odds(question, under([answers, near]))
    assert right > wrong + 1


def test_two_networks_decide_by_their_mean(network):
    torch.manual_seed(1)
    other = JudgeNetwork(dim=12, narrow=6, hidden=5).eval()
    encoder, rarity = Fixed(), np.ones(20, dtype=np.float32)
    question, *sentences = encoder.embed_tokens(["how is it done", "one", "two words"])
    weights = [{name: value.numpy() for name, value in each.state_dict().items()} for each in (network, other)]
    both = SentenceJudge(*({**each, "rarity": rarity} for each in weights)).log_odds(question, sentences)
    alone = [on_numpy(each, rarity).log_odds(question, sentences) for each in (network, other)]
    assert both == pytest.approx((alone[0] + alone[1]) / 2, abs=1e-6)
    assert abs(alone[0] - alone[1]).min() > 1e-3


def test_judges_together_add_their_log_odds_and_are_warmed_together():
    class One:
        def __init__(self, *odds):
            self.odds, self.is_warm = odds, False

        def log_odds(self, question, sentences):
            return np.array(self.odds[: len(sentences)], dtype=np.float32)

        def warm(self):
            self.is_warm = True

    first, second = One(1.0, -2.0), One(0.5, 4.0)
    together = Judges(first, second)
    assert together.log_odds("why", under(["a", "b"])).tolist() == [1.5, 2.0]
    assert together.log_odds("why", ()).shape == (0,)
    together.warm()
    assert first.is_warm
    assert second.is_warm
