"""The steps of training: resumable, seeded, measured as they go.

Worker processes share the rows and change them without waiting for each other, which sparse gradients allow
(Hogwild, Niu et al. 2011); with more than one, a run cannot be repeated to the bit.
"""

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.multiprocessing as mp
from numpy.typing import NDArray

from core.types import FloatArray
from retrieval.train.distil import Ids, RowStudent, batches_by_length, matching_loss, padded, teaching_loss

if TYPE_CHECKING:
    from transformers import PreTrainedModel

logger = logging.getLogger(__name__)

_WARM_STEPS = 100
_QUESTIONS = 24  # of a pair step: two passages' tokens weigh as much as a batch of sentences
_NEIGHBOURS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``steps`` is per worker; from ``pairs_from`` on every second step learns question-passage pairs."""

    steps: int = 2_400
    pairs_from: int = 1_500
    batch: int = 64
    learning_rate: float = 3e-3
    workers: int = 2
    check_every: int = 500
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Questions, passages and for each question the position of the one passage that answers it."""

    questions: Sequence[Ids]
    passages: Sequence[Ids]
    right: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Token numbers of Chinese sentences and the teacher's vectors (n, dim) of their translations; pairs by set.

    ``held`` and ``judged`` are for measuring only.
    """

    sentences: Sequence[NDArray[np.uint16]]
    wanted: NDArray[np.float16]
    pairs: Mapping[str, Sequence[tuple[Ids, Ids]]]
    held: Sequence[NDArray[np.uint16]]
    held_wanted: NDArray[np.float16]
    judged: Mapping[str, Judged]


@dataclass(frozen=True, slots=True)
class _Shared:
    """Tensors in shared memory: the rows and Adam's two moments of them."""

    rows: torch.nn.Parameter
    first: torch.Tensor
    second: torch.Tensor


def train_rows(
    body: Callable[[], "PreTrainedModel"], start: FloatArray, lessons: Lessons, plan: Plan, work: Path
) -> Path:
    """Train and return the file of the best rows, by the mean nDCG@10 of ``lessons.judged``.

    ``work/metrics.jsonl`` gets a line every 100 steps; ``work/state.npz`` is where a run that was stopped goes on.
    """
    shared, done = _resumed(start, work)
    arguments = (body, shared, lessons, plan, work, done)
    others = [mp.get_context("fork").Process(target=_work, args=(rank, *arguments)) for rank in range(plan.workers)]
    for each in others:
        each.start()
    for each in others:
        each.join()
    checks = [line for line in _metrics(work) if "judged" in line]
    best = max(checks, key=lambda line: (float(np.mean(list(line["judged"].values()))), line["step"]))
    return work / f"rows-{best['step']}.npy"


def _resumed(start: FloatArray, work: Path) -> tuple[_Shared, int]:
    state = work / "state.npz"
    kept = dict(np.load(state)) if state.is_file() else {}
    zeros = np.zeros_like(start)
    rows, first, second = (kept.get(name, default) for name, default in (("rows", start), ("m", zeros), ("v", zeros)))
    shared = _Shared(torch.nn.Parameter(_shared(rows)), _shared(first), _shared(second))
    return shared, int(kept.get("step", 0))


def _shared(values: FloatArray) -> torch.Tensor:
    tensor = torch.from_numpy(np.array(values, dtype=np.float32))
    return tensor.share_memory_()  # type: ignore[no-any-return, no-untyped-call]  # without types in torch


def _work(
    rank: int,
    body: Callable[[], "PreTrainedModel"],
    shared: _Shared,
    lessons: Lessons,
    plan: Plan,
    work: Path,
    done: int,
) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng([plan.seed, rank, done])
    student = RowStudent(body(), shared.rows)
    optimiser = torch.optim.SparseAdam([student.rows.weight], lr=plan.learning_rate)
    optimiser.state[student.rows.weight] = {"step": done, "exp_avg": shared.first, "exp_avg_sq": shared.second}
    losses: list[float] = []
    began = time.monotonic()
    for step, loss in zip(range(done, plan.steps), _losses(student, lessons, plan, done, rng), strict=False):
        optimiser.param_groups[0]["lr"] = learning_rate(step, plan)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # without types in torch
        optimiser.step()  # type: ignore[no-untyped-call]  # without types in torch
        losses.append(loss.item())
        if rank == 0 and (step + 1) % 100 == 0:
            _note(work, step=step + 1, loss=float(np.mean(losses[-100:])), seconds=round(time.monotonic() - began))
        if rank == 0 and ((step + 1) % plan.check_every == 0 or step + 1 == plan.steps):
            _check(student, shared, lessons, step + 1, work)


def learning_rate(step: int, plan: Plan) -> float:
    """A warm start, then half a cosine down to a fiftieth."""
    fall = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
    return plan.learning_rate * min(1.0, (step + 1) / _WARM_STEPS) * (0.02 + 0.98 * fall)


def _losses(
    student: RowStudent, lessons: Lessons, plan: Plan, done: int, rng: np.random.Generator
) -> Iterator[torch.Tensor]:
    sentences = _sentence_batches(lessons, plan.batch, rng)
    step = done
    while True:
        if step >= plan.pairs_from and step % 2:
            questions, passages = _pair_batch(lessons.pairs, rng)
            yield 0.3 * matching_loss(student(padded(questions)), student(padded(passages)))
        else:
            part = next(sentences)
            found = student(padded([lessons.sentences[at] for at in part]))
            yield teaching_loss(found, torch.from_numpy(lessons.wanted[part].astype(np.float32)))
        step += 1


def _sentence_batches(lessons: Lessons, size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    lengths = [len(sentence) for sentence in lessons.sentences]
    while True:
        yield from batches_by_length(lengths, size, rng)


def _pair_batch(sets: Mapping[str, Sequence[tuple[Ids, Ids]]], rng: np.random.Generator) -> tuple[list[Ids], list[Ids]]:
    """Neighbours of one set, mostly of a few pages: each other's passages are hard to tell apart."""
    names = list(sets)
    weights = np.sqrt([len(sets[name]) for name in names])
    pairs = sets[names[int(rng.choice(len(names), p=weights / weights.sum()))]]
    start = int(rng.integers(0, max(1, len(pairs) - _NEIGHBOURS)))
    near = pairs[start : start + _NEIGHBOURS]
    picked = [near[at] for at in rng.permutation(len(near))[:_QUESTIONS]]
    # A passage that answers two of the questions must not count as wrong for one of them.
    once = {tuple(passage): question for question, passage in picked}
    return list(once.values()), list(once)


def _check(student: RowStudent, shared: _Shared, lessons: Lessons, step: int, work: Path) -> None:
    held = encode(student, lessons.held)
    cosine = float((held * lessons.held_wanted).sum(axis=1).mean())
    judged = {name: dense_ndcg(student, each) for name, each in lessons.judged.items()}
    np.save(work / f"rows-{step}.npy", shared.rows.detach().numpy())
    temporary = work / "state.tmp.npz"
    np.savez(temporary, rows=shared.rows.detach(), m=shared.first, v=shared.second, step=step)
    temporary.replace(work / "state.npz")
    _note(work, step=step, cosine=round(cosine, 4), judged=judged)


def dense_ndcg(student: RowStudent, judged: Judged) -> float:
    """nDCG@10 of exact search where one passage is right: 1 / log2(1 + rank), rounded to four digits."""
    scores = encode(student, judged.questions) @ encode(student, judged.passages).T
    right = scores[np.arange(len(scores)), list(judged.right)]
    ranks = 1 + (scores > right[:, None]).sum(axis=1)
    return round(float(np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0).mean()), 4)


@torch.inference_mode()
def encode(student: RowStudent, sentences: Sequence[Ids], batch: int = 64) -> FloatArray:
    """Vectors of length 1 in the order of ``sentences``, shape (n, dim)."""
    order = sorted(range(len(sentences)), key=lambda at: len(sentences[at]))
    found: list[FloatArray] = [np.zeros(0, dtype=np.float32)] * len(sentences)
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        for at, vector in zip(part, student(padded([sentences[each] for each in part])).numpy(), strict=True):
            found[at] = vector
    return np.stack(found)


def _note(work: Path, **figures: object) -> None:
    with (work / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(figures) + "\n")
    logger.info("%s", figures)


def _metrics(work: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (work / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
