"""Train ``sentence_judge.npz``: ``python -m eval.fit.sentence_judge --pairs DIR --out FILE [--home DIR]``.

``--pairs`` is a folder of question-passage pairs with the passages that ``data/train`` names. Each question is read
against the sentences of its own passage and of passages that share its words; a tenth of the passages is never trained
on and measured after every epoch, beside the mean of best cosines (MaxSim).
"""

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # its customary name
from numpy.typing import NDArray
from torch import Tensor

from answer.sentences.sentence_judge import QUESTION_TOKENS, SENTENCE_TOKENS, Texts
from core.ports import TokenEmbedder, TokenVectors
from core.types import FloatArray
from eval.answers.abstention import auroc
from eval.fit.judge_network import Batch, JudgeNetwork
from eval.fit.lessons import Asked, Lessons, Twin, read_lessons, read_twins
from eval.fit.near_passages import with_others

_BATCH, _TWINS, _RATE, _DECAY = 8, 6, 1.2e-3, 0.05
_WARM = 60  # steps
_HELD_OUT = 10  # every tenth passage
Pair: TypeAlias = tuple[str, str]


class ReadTexts:
    """Token vectors of every text of a training run, one byte a number: a text is encoded once and read many times."""

    def __init__(self, texts: Iterable[str], encoder: TokenEmbedder) -> None:
        self._kept: dict[str, tuple[NDArray[np.int32], NDArray[np.int8]]] = {}
        wanted = list(dict.fromkeys(texts))
        for start in range(0, len(wanted), 256):
            part = wanted[start : start + 256]
            for text, tokens in zip(part, encoder.embed_tokens(part), strict=True):
                scale = 127 / max(float(np.abs(tokens.vectors).max(initial=0)), 1e-6)
                self._kept[text] = (tokens.ids.astype(np.int32), np.round(tokens.vectors * scale).astype(np.int8))
            if start % 5_120 == 0:
                print(f"read {start} of {len(wanted)} texts", flush=True)
        self.rarity = _rarity(ids for ids, _ in self._kept.values())

    def tokens(self, text: str) -> TokenVectors:
        """As the encoder gave them, of length 1 again."""
        ids, kept = self._kept[text]
        vectors = kept.astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return TokenVectors(ids=ids.astype(np.int64), vectors=vectors, known=np.ones(len(ids), dtype=np.bool_))

    def batch(self, pairs: Sequence[Pair]) -> Batch:
        """Question and sentence of each pair, padded."""
        asked = Texts.of([self.tokens(question) for question, _ in pairs], QUESTION_TOKENS)
        read = Texts.of([self.tokens(sentence) for _, sentence in pairs], SENTENCE_TOKENS)
        same = (asked.ids[:, :, None] == read.ids[:, None, :]) & (asked.ids[:, :, None] >= 0)
        rarity = np.where(asked.ids < 0, 0, self.rarity[np.maximum(asked.ids, 0)]).astype(np.float32)
        arrays = (asked.vectors, asked.held, read.vectors, read.held, same.astype(np.float32), rarity)
        one, two, three, four, five, six = (torch.from_numpy(array) for array in arrays)
        return one, two, three, four, five, six


def _rarity(texts: Iterable[NDArray[np.int32]]) -> FloatArray:
    """By token id: log of the number of texts over those that hold it, an eighth of it, for the network's comfort."""
    counts: Counter[int] = Counter()
    size = 0
    for ids in texts:
        counts.update(set(ids.tolist()))
        size += 1
    table = np.full(max(counts, default=0) + 1, math.log(1 + size) / 8, dtype=np.float32)
    for token, count in counts.items():
        table[token] = math.log(1 + size / (count + 1)) / 8
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The weights by name and what was measured after each epoch."""

    weights: Mapping[str, FloatArray]
    figures: tuple[Mapping[str, float], ...]


def train(lessons: Lessons, texts: ReadTexts, *, epochs: int, seed: int) -> Trained:
    """Seeded; prints progress. ``lessons`` has its ``others``."""
    order = random.Random(seed)  # noqa: S311  # a shuffle, no secret
    torch.manual_seed(seed)
    held_out = set(sorted(lessons.passages)[::_HELD_OUT])
    seen = [each for each in lessons.asked if each.passage not in held_out]
    kept = [each for each in lessons.asked if each.passage in held_out]
    network = JudgeNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps, step, figures = epochs * (len(seen) // _BATCH), 0, []
    for epoch in range(epochs):
        order.shuffle(seen)
        for start in range(0, len(seen) - _BATCH + 1, _BATCH):
            rate = _RATE * min(1, (step + 1) / _WARM) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / steps)))
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = _asked_loss(network, texts, lessons, seen[start : start + _BATCH], order)
            if lessons.twins and step % 2 == 0:
                loss = loss + _twin_loss(network, texts, order.sample(lessons.twins, _TWINS)) / 2
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step % 100 == 0:
                print(f"step {step} of {steps}, loss {float(loss.detach()):.3f}", flush=True)
        figures.append(measured(network, texts, lessons, kept))
        print(f"epoch {epoch + 1}: {json.dumps(figures[-1])}", flush=True)
    weights = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    return Trained(weights={**weights, "rarity": texts.rarity}, figures=tuple(figures))


def _asked_loss(
    network: JudgeNetwork, texts: ReadTexts, lessons: Lessons, asked: Sequence[Asked], order: random.Random
) -> Tensor:
    """Each sentence is right or wrong; one right one outranks the rest; the best of the passage tells if it answers."""
    pairs: list[Pair] = []
    parts: list[tuple[int, int, int]] = []
    for each in asked:
        own = lessons.passages[each.passage]
        start = len(pairs)
        pairs += [(each.question, own.in_context(place)) for place in range(len(own.sentences))]
        middle = len(pairs)
        for other in each.others:
            passage = lessons.passages[other]
            places = order.sample(range(len(passage.sentences)), min(4, len(passage.sentences)))
            pairs += [(each.question, passage.in_context(place)) for place in places]
        parts.append((start, middle, len(pairs)))
    odds, loss = network(*texts.batch(pairs)), torch.zeros(())
    for each, (start, middle, end) in zip(asked, parts, strict=True):
        right = torch.tensor([float(place in each.answering) for place in range(end - start)])
        own, every = odds[start:middle], odds[start:end]
        loss = loss + 1.5 * F.binary_cross_entropy_with_logits(every, right)
        loss = loss + F.binary_cross_entropy_with_logits(own.max(), right.max()) / 2
        if each.answering:
            loss = loss + (torch.logsumexp(every, 0) - torch.logsumexp(every[right > 0], 0)) / 2
    return loss / len(asked)


def _twin_loss(network: JudgeNetwork, texts: ReadTexts, twins: Sequence[Twin]) -> Tensor:
    """The best sentence of the right passage answers, the best of a wrong one does not."""
    pairs: list[Pair] = []
    parts: list[tuple[int, int, float]] = []
    for twin in twins:
        for place, passage in enumerate([twin.right, *twin.wrong]):
            parts.append((len(pairs), len(pairs) + len(passage), float(place == 0)))
            pairs += [(twin.question, sentence) for sentence in passage]
    odds = network(*texts.batch(pairs))
    losses = [F.binary_cross_entropy_with_logits(odds[a:b].max(), torch.tensor(right)) for a, b, right in parts]
    return torch.stack(losses).mean()


def measured(network: JudgeNetwork, texts: ReadTexts, lessons: Lessons, asked: Sequence[Asked]) -> dict[str, float]:
    """``auroc`` of the best sentence of a passage, answered against near miss; ``first``: how often it is a right one.

    Each beside the same of ``maxsim``.
    """
    network.eval()
    rows: list[tuple[bool, float, bool, float, bool]] = []
    with torch.no_grad():
        for each in asked:
            passage = lessons.passages[each.passage]
            pairs = [(each.question, passage.in_context(place)) for place in range(len(passage.sentences))]
            odds = network(*texts.batch(pairs)).numpy()
            plain = _maxsim(texts, pairs)
            hits = [int(values.argmax()) in each.answering for values in (odds, plain)]
            rows.append((bool(each.answering), float(odds.max()), hits[0], float(plain.max()), hits[1]))
    network.train()
    answered = np.array([row[0] for row in rows])
    columns = [np.array([row[place] for row in rows], dtype=np.float64) for place in range(5)]
    return {
        "questions": len(rows),
        "auroc": round(auroc(columns[1], answered), 3),
        "first": round(float(columns[2][answered].mean()), 3),
        "maxsim_auroc": round(auroc(columns[3], answered), 3),
        "maxsim_first": round(float(columns[4][answered].mean()), 3),
    }


def _maxsim(texts: ReadTexts, pairs: Sequence[Pair]) -> FloatArray:
    question = texts.tokens(pairs[0][0]).vectors
    best = (question @ texts.tokens(sentence).vectors.T for _, sentence in pairs)
    return np.array([cosines.max(axis=1).mean() if cosines.size else -1.0 for cosines in best], dtype=np.float32)


def texts_of(lessons: Lessons) -> Iterator[str]:
    """Every text that is read in training."""
    for each in lessons.asked:
        yield each.question
    for passage in lessons.passages.values():
        yield from (passage.in_context(place) for place in range(len(passage.sentences)))
    for twin in lessons.twins:
        yield twin.question
        yield from twin.right
        for passage_sentences in twin.wrong:
            yield from passage_sentences


def main() -> None:
    """Train, print the figures and write the weights."""
    from core.settings import load_settings
    from retrieval.embedder import SentenceEmbedder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=Path("data/train"))
    parser.add_argument("--pairs", type=Path, required=True, help="folder of question-passage pairs")
    parser.add_argument("--home", type=Path, default=None, help="whose exported models are used")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--twins", type=int, default=1_500, help="questions of each set of twins")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="one network each; their mean decides")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    settings = load_settings(arguments.home)
    encoder = SentenceEmbedder(cache=settings.retrieval.model_cache or settings.home / "models")
    lessons = with_others(read_lessons(arguments.questions, arguments.pairs))
    lessons = replace(lessons, twins=read_twins(arguments.pairs, arguments.twins))
    texts = ReadTexts(texts_of(lessons), encoder)
    stored: dict[str, Any] = {}
    for seed in arguments.seeds:
        trained = train(lessons, texts, epochs=arguments.epochs, seed=seed)
        stored |= {f"{seed}/{name}": value.astype(np.float16) for name, value in trained.weights.items()}
    np.savez_compressed(arguments.out, **stored)


if __name__ == "__main__":
    main()
