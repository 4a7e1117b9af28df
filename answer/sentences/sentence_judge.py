"""Reads a question against a sentence and says how likely the sentence answers it.

Word matches cannot tell "the refund takes 14 days" from "is there a fee for a refund": all words meet and nothing is
answered. This small network can. It stands on the packaged encoder's token vectors, aligns the two texts in both
directions and compares what met (compare-aggregate: Parikh et al. 2016, arXiv:1606.01933; Wang and Jiang 2017,
arXiv:1611.01747). ``eval/fit/sentence_judge.py`` trains it on questions with and without an answer in the passage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from answer.sentences.sentence_features import Judge
from answer.sentences.sentences import Sentence
from core.errors import ModelRefused
from core.ports import TokenEmbedder, TokenVectors, Warmable
from core.types import FloatArray

FILE = "sentence_judge.npz"
QUESTION_TOKENS, SENTENCE_TOKENS = 40, 96  # what is read of each, as in training
_SENTENCES = 64  # read at once: bounds the memory of a long evidence
_NOTHING = np.float32(-1e4)


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of equal length: ``vectors`` (n, t, dim), ``held`` (n, t) where a token stands, ``ids`` (n, t) or -1."""

    vectors: FloatArray
    held: NDArray[np.bool_]
    ids: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[TokenVectors], limit: int) -> "Texts":
        """Cut after ``limit`` tokens; a text without tokens counts as one vector of zeros."""
        longest = max(1, min(limit, max((len(text.ids) for text in texts), default=1)))
        dim = texts[0].vectors.shape[1] if texts else 0
        vectors = np.zeros((len(texts), longest, dim), dtype=np.float32)
        held = np.zeros((len(texts), longest), dtype=np.bool_)
        ids = np.full((len(texts), longest), -1, dtype=np.int64)
        for place, text in enumerate(texts):
            size = min(len(text.ids), longest)
            vectors[place, :size], ids[place, :size] = text.vectors[:size], text.ids[:size]
            held[place, : max(1, size)] = True
        return cls(vectors, held, ids)


class SentenceJudge:
    """Networks of one kind, trained from other starts, on numpy; their mean decides. Thread-safe: it keeps nothing."""

    def __init__(self, *networks: Mapping[str, FloatArray]) -> None:
        self._networks = [_Network(weights) for weights in networks]

    def log_odds(self, question: TokenVectors, sentences: Sequence[TokenVectors]) -> FloatArray:
        """Shape (n,): that each sentence answers. Raises ``ModelRefused`` for vectors of another encoder's size."""
        dim = self._networks[0].dim
        if question.vectors.shape[1] != dim:
            raise ModelRefused(f"the sentence judge reads vectors of {dim} numbers, got {question.vectors.shape[1]}")
        asked = Texts.of([question], QUESTION_TOKENS)
        found = [np.zeros(0, dtype=np.float32)]
        for start in range(0, len(sentences), _SENTENCES):
            part = Texts.of(sentences[start : start + _SENTENCES], SENTENCE_TOKENS)
            found.append(np.mean([network.read(asked, part) for network in self._networks], axis=0, dtype=np.float32))
        return np.concatenate(found)


class _Network:
    """One network; ``eval/fit/judge_network.py`` is the same on torch."""

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        self._weights = {name: np.asarray(array, dtype=np.float32) for name, array in weights.items()}
        self.dim = self._weights["proj.weight"].shape[1]

    def read(self, asked: Texts, texts: Texts) -> FloatArray:
        """Log-odds of shape (n,) for one question and n sentences."""
        w = self._weights
        question, sentence = asked.vectors @ w["proj.weight"].T, texts.vectors @ w["proj.weight"].T
        raw = asked.vectors @ texts.vectors.transpose(0, 2, 1)
        near = _unit(question) @ _unit(sentence).transpose(0, 2, 1)
        same = (asked.ids[:, :, None] == texts.ids[:, None, :]) & (asked.ids[:, :, None] >= 0)
        meets = _Meeting(raw=raw, near=near, same=same.astype(np.float32), both=np.float32(0.5) * (raw + near))
        question = np.broadcast_to(question, (len(texts.ids), *question.shape[1:]))
        asked_held = np.broadcast_to(asked.held, (len(texts.ids), asked.held.shape[1]))
        weight = _softmax(np.squeeze(self._linear("gate", question), -1), asked_held)[..., None]
        towards = self._question_side(question, sentence, meets, texts.held, self._rarity(asked.ids))
        back = self._sentence_side(question, sentence, meets, asked_held)
        kept = np.concatenate([sentence, np.broadcast_to((question * weight).sum(1)[:, None], sentence.shape)], -1)
        kept_weight = _softmax(np.squeeze(self._linear("gate2", kept), -1), texts.held)[..., None]
        best = _best(meets.raw, texts.held[:, None, :], axis=2)
        figures = [(best * asked_held).sum(1) / asked_held.sum(1), np.log1p(texts.held.sum(1))]
        pooled = [
            (towards * weight).sum(1),
            _most(towards, asked_held),
            -_most(-towards, asked_held),
            (back * kept_weight).sum(1),
            _most(back, texts.held),
            np.stack(figures, axis=1).astype(np.float32),
        ]
        hidden = _gelu(self._linear("out.1", np.concatenate(pooled, axis=1)))
        return np.asarray(self._linear("out.3", hidden)[:, 0], dtype=np.float32)

    def _question_side(
        self, question: FloatArray, sentence: FloatArray, meets: "_Meeting", held: NDArray[np.bool_], rarity: FloatArray
    ) -> FloatArray:
        """Each question token beside what it met in the sentence, shape (n, m, hidden)."""
        there = held[:, None, :]
        found = _softmax(self._weights["temp"] * meets.both, there) @ sentence
        figures = [_best(meets.raw, there, 2), _best(meets.near, there, 2), meets.same.max(2)]
        figures.append(np.broadcast_to(rarity, figures[0].shape))
        return self._compare("cmp", question, found, figures)

    def _sentence_side(
        self, question: FloatArray, sentence: FloatArray, meets: "_Meeting", held: NDArray[np.bool_]
    ) -> FloatArray:
        """Each sentence token beside what it met in the question, shape (n, t, hidden)."""
        there = held[:, :, None]
        share = _softmax((self._weights["temp2"] * meets.both).transpose(0, 2, 1), held[:, None, :])
        figures = [_best(meets.raw, there, 1), meets.same.max(1), _best(meets.near, there, 1)]
        return self._compare("cmp2", sentence, share @ question, figures)

    def _compare(self, name: str, own: FloatArray, met: FloatArray, figures: Sequence[FloatArray]) -> FloatArray:
        row = np.concatenate([own, met, own * met, np.abs(own - met), np.stack(figures, axis=-1)], axis=-1)
        return _gelu(self._linear(f"{name}.2", _gelu(self._linear(f"{name}.0", row))))

    def _linear(self, name: str, rows: FloatArray) -> FloatArray:
        weight = self._weights[f"{name}.weight"]
        # One product of two matrices: over a stack of them numpy multiplies one by one.
        flat = rows.reshape(-1, weight.shape[1]) @ weight.T
        return np.asarray(flat.reshape(*rows.shape[:-1], len(weight)) + self._weights[f"{name}.bias"])

    def _rarity(self, ids: NDArray[np.int64]) -> FloatArray:
        table = self._weights["rarity"]
        known = np.where((ids >= 0) & (ids < len(table)), ids, 0)
        return np.where(ids < 0, 0, np.where(ids < len(table), table[known], table.max())).astype(np.float32)


class TextJudge:
    """The networks over an encoder: texts in, log-odds out. The encoder is the one that the network was trained on."""

    def __init__(self, encoder: TokenEmbedder, judge: SentenceJudge | None = None) -> None:
        self._encoder = encoder
        self._judge = judge

    def log_odds(self, question: str, sentences: Sequence[Sentence]) -> FloatArray:
        """Shape (n,): that each sentence answers the question. A text that comes twice is read once."""
        texts = [sentence.in_context for sentence in sentences]
        distinct = list(dict.fromkeys(texts))
        asked, *read = self._encoder.embed_tokens([question, *distinct])
        found = dict(zip(distinct, (self._judge or packaged_judge()).log_odds(asked, read).tolist(), strict=True))
        return np.array([found[text] for text in texts], dtype=np.float32)


class Judges:
    """Several judges as one: their log-odds added, because each errs where the others need not."""

    def __init__(self, *judges: Judge) -> None:
        self._judges = judges

    def log_odds(self, question: str, sentences: Sequence[Sentence]) -> FloatArray:
        """Shape (n,)."""
        found = [judge.log_odds(question, sentences) for judge in self._judges]
        return np.asarray(np.sum(found, axis=0), dtype=np.float32)

    def warm(self) -> None:
        """Load those whose first use takes long."""
        for judge in self._judges:
            if isinstance(judge, Warmable):
                judge.warm()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """Question tokens against sentence tokens, each of shape (n, m, t): cosines before and after the projection,
    their mean, and 1 where both are the same token."""

    raw: FloatArray
    near: FloatArray
    same: FloatArray
    both: FloatArray


@cache
def packaged_judge() -> SentenceJudge:
    """The trained networks that come with the project, read once."""
    return read_judge(Path(str(resources.files("answer.sentences"))) / FILE)


def read_judge(path: Path) -> SentenceJudge:
    """The networks in an ``.npz`` file of ``eval/fit/sentence_judge.py``, whose names are ``<network>/<weight>``."""
    networks: dict[str, dict[str, FloatArray]] = {}
    with np.load(path, allow_pickle=False) as stored:
        for name in stored.files:
            network, _, weight = name.partition("/")
            networks.setdefault(network, {})[weight] = stored[name]
    return SentenceJudge(*networks.values())


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), np.float32(1e-12)))


def _softmax(values: FloatArray, held: NDArray[np.bool_]) -> FloatArray:
    """Along the last axis over what stands there."""
    shown = np.where(held, values, _NOTHING)
    powers = np.exp(shown - shown.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _best(values: FloatArray, held: NDArray[np.bool_], axis: int) -> FloatArray:
    """The highest cosine along an axis among tokens that stand there."""
    return np.asarray(np.where(held, values, np.float32(-1)).max(axis=axis))


def _most(values: FloatArray, held: NDArray[np.bool_]) -> FloatArray:
    """The highest of each number over the tokens: shape (n, h) from (n, t, h)."""
    return np.asarray(np.where(held[..., None], values, _NOTHING).max(axis=1))


def _gelu(values: FloatArray) -> FloatArray:
    """By its tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415), as the network was trained."""
    cubed = np.float32(0.7978845608) * (values + np.float32(0.044715) * values * values * values)
    return np.asarray(values * (1 + np.tanh(cubed)) / 2)
