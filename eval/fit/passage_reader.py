"""Train the passage reader: ``python -m eval.fit.passage_reader --pairs DIR --out DIR [--home DIR]``.

``--pairs`` is a folder of question-passage pairs with the passages that ``data/train`` names. Each question is read
over its own passage, whose sentences answer it or do not, and over another: three times in four one that shares its
words, else any, in either language. A tenth of the passages is never trained on and measured after every epoch, and
what was trained is written then: a run that is cut short leaves the last whole epoch. On one core an epoch takes twenty
minutes.
"""

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from answer.sentences.reader_model import save_trained
from core.text import language_of
from eval.answers.abstention import auroc
from eval.fit.lessons import Asked, Lessons, read_lessons, read_twins
from eval.fit.near_passages import with_others
from eval.fit.reader_items import Item, Items
from eval.fit.reader_network import ReaderNetwork

_BATCH, _HEAD_RATE, _DECAY = 32, 5, 0.01
_WARM = 60  # steps
_ANYWHERE = 0.25  # of the other passages share no words with their question
_HELD_OUT = 10  # every tenth passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``twins``, 0 to 1, is the share of them that an epoch sees; ``rate`` the highest learning rate of the layers."""

    epochs: int
    seed: int
    twins: float = 0.12
    rate: float = 1.4e-4


class Course:
    """Lessons cut into what is trained on and what is only measured on; ``lessons`` has its ``others``."""

    def __init__(self, lessons: Lessons, items: Items) -> None:
        self._lessons = lessons
        self._items = items
        held_out = set(sorted(lessons.passages)[::_HELD_OUT])
        self._trained_on = [each for each in sorted(lessons.passages) if each not in held_out]
        self.seen = [
            replace(each, others=tuple(other for other in each.others if other not in held_out))
            for each in lessons.asked
            if each.passage not in held_out
        ]
        self.kept = [each for each in lessons.asked if each.passage in held_out]

    def own(self, asked: Sequence[Asked]) -> list[Item]:
        """Each question over its own passage."""
        return [self._items.asked(each, self._lessons.passages) for each in asked]

    def epoch(self, plan: Plan, order: random.Random) -> list[list[Item]]:
        """Batches of items of about one length, shuffled."""
        found = self.own(self.seen)
        for each in self.seen:
            is_anywhere = not each.others or order.random() < _ANYWHERE
            other = order.choice(self._trained_on if is_anywhere else each.others)
            if other != each.passage:
                found.append(self._items.elsewhere(each, self._lessons.passages[other]))
        for twin in self._lessons.twins:
            if order.random() < plan.twins:
                found += self._items.twin(twin, order.choice(twin.wrong))
        found = [item for item in found if item.spans]
        order.shuffle(found)
        return [*_batches(found, order)]


def _batches(items: Sequence[Item], order: random.Random) -> Iterator[list[Item]]:
    """Sorted by length within stretches of twenty batches: little padding, and still another mix each time."""
    batches: list[list[Item]] = []
    for start in range(0, len(items), 20 * _BATCH):
        stretch = sorted(items[start : start + 20 * _BATCH], key=lambda item: len(item.ids))
        batches += [stretch[at : at + _BATCH] for at in range(0, len(stretch), _BATCH)]
    order.shuffle(batches)
    yield from batches


def train(course: Course, network: ReaderNetwork, plan: Plan) -> Iterator[Mapping[str, float]]:
    """Yields what was measured after each epoch; seeded; prints progress."""
    order = random.Random(plan.seed)  # noqa: S311  # a shuffle, no secret
    torch.manual_seed(plan.seed)
    heads = [*network.answers.parameters(), *network.nothing.parameters()]
    layers = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
    groups = [{"params": layers, "times": 1}, {"params": heads, "times": _HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, lr=plan.rate, weight_decay=_DECAY)
    step = 0
    for epoch in range(plan.epochs):
        batches = course.epoch(plan, order)
        steps = plan.epochs * len(batches)
        for batch in batches:
            rate = plan.rate * min(1, (step + 1) / _WARM) * max(0.02, 1 - step / steps)
            for group in optimiser.param_groups:
                group["lr"] = rate * group["times"]
            loss = loss_of(read(network, batch), batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            step += 1
            if step % 100 == 0:
                print(f"step {step} of {steps}, loss {float(loss.detach()):.3f}", flush=True)
        figures = measured(network, course)
        print(f"epoch {epoch + 1}: {json.dumps(figures)}", flush=True)
        yield figures


def read(network: ReaderNetwork, items: Sequence[Item]) -> list[Tensor]:
    """The network's numbers for each item, see ``ReaderNetwork.forward``."""
    width = max(len(item.ids) for item in items)
    device = network.answers.weight.device
    ids = torch.zeros(len(items), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for place, item in enumerate(items):
        ids[place, : len(item.ids)] = torch.tensor(item.ids)
        mask[place, : len(item.ids)] = 1
    found: list[Tensor] = network(ids.to(device), mask.to(device), [item.spans for item in items])
    return found


def loss_of(numbers: Sequence[Tensor], items: Sequence[Item]) -> Tensor:
    """Cross-entropy over "nothing" and the sentences: any right sentence will do (marginal likelihood of Clark and
    Gardner 2018, arXiv:1710.10723)."""
    losses = []
    for each, item in zip(numbers, items, strict=True):
        shares = torch.log_softmax(each, 0)
        right = [1 + place for place in sorted(item.right)] or [0]
        losses.append(-torch.logsumexp(shares[right], 0))
    return torch.stack(losses).mean()


def measured(network: ReaderNetwork, course: Course) -> dict[str, float]:
    """Over passages that were not trained on: ``auroc`` of the best sentence, answered against near miss, and
    ``first``: how often it is a right one; by language as well."""
    network.eval()
    odds: list[float] = []
    first: list[bool] = []
    items = course.own(course.kept)
    with torch.inference_mode():
        for start in range(0, len(items), _BATCH):
            part = items[start : start + _BATCH]
            for each, item in zip(read(network, part), part, strict=True):
                odds.append(float(each[1:].max() - each[0]) if item.spans else -20.0)
                first.append(bool(item.spans) and int(each[1:].argmax()) in item.right)
    network.train()
    answered = np.array([bool(each.answering) for each in course.kept])
    chinese = np.array([language_of(each.question) == "zh" for each in course.kept])
    figures: dict[str, float] = {"questions": len(items)}
    for name, among in (("", chinese | ~chinese), ("en_", ~chinese), ("zh_", chinese)):
        if answered[among].any() and not answered[among].all():
            figures[f"{name}auroc"] = round(auroc(np.array(odds)[among], answered[among]), 3)
            figures[f"{name}first"] = round(float(np.array(first)[among & answered].mean()), 3)
    return figures


def main() -> None:
    """Train and write the folder that ``answer/sentences/reader`` holds."""
    from core.settings import load_settings
    from retrieval.model_files import find_model
    from retrieval.token_counter import load_tokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=Path("data/train"))
    parser.add_argument("--pairs", type=Path, required=True, help="folder of question-passage pairs")
    parser.add_argument("--home", type=Path, default=None, help="whose models are used")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--twins", type=int, default=2_500, help="questions of each set of twins")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    parent = find_model("", load_settings(arguments.home).models).folder
    lessons = with_others(read_lessons(arguments.questions, arguments.pairs))
    lessons = replace(lessons, twins=read_twins(arguments.pairs, arguments.twins))
    course = Course(lessons, Items(load_tokenizer(parent / "tokenizer.json")))
    network = ReaderNetwork(parent).to("cuda" if torch.cuda.is_available() else "cpu")
    for _ in train(course, network, Plan(epochs=arguments.epochs, seed=arguments.seed)):
        save_trained(network.layers(), network.heads(), arguments.out)


if __name__ == "__main__":
    main()
