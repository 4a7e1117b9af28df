"""New rows learn to be read: the frozen body's vector of a Chinese sentence meets that of its English translation.

Only rows receive gradient. The body runs in bfloat16 where the processor has it in hardware (AMX halves a step).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # its customary name
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Of the contrast in a batch; sentence-transformers' default scale of 20.
_TEMPERATURE = 0.05

Ids: TypeAlias = Sequence[int] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """A batch: token numbers (n, longest) padded with 0, and which of them are there."""

    ids: torch.Tensor
    there: torch.Tensor


class RowStudent(torch.nn.Module):
    """An encoder in evaluation mode, without gradient, whose embedding table continues in trainable rows."""

    def __init__(self, body: "PreTrainedModel", rows: torch.nn.Parameter) -> None:
        super().__init__()
        self.body = body
        self.table = cast("torch.Tensor", body.get_input_embeddings().weight)
        # Sparse: a step costs and moves only the rows that its sentences hold.
        self.rows = torch.nn.Embedding(rows.shape[0], rows.shape[1], sparse=True, _weight=rows)

    def forward(self, batch: Sentences) -> torch.Tensor:
        """Mean-pooled vectors of length 1, shape (n, dim)."""
        hidden = self.tokens(batch)
        there = batch.there[..., None]
        return F.normalize((hidden * there).sum(1) / there.sum(1), dim=1)

    def tokens(self, batch: Sentences) -> torch.Tensor:
        """The last layer, shape (n, longest, dim)."""
        own = len(self.table)
        new = batch.ids >= own
        embedded = F.embedding(batch.ids.clamp(max=own - 1), self.table)
        embedded = torch.where(new[..., None], self.rows((batch.ids - own).clamp(min=0)), embedded)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            read = self.body(inputs_embeds=embedded, attention_mask=batch.there)
        hidden: torch.Tensor = read.last_hidden_state.float()
        return hidden


def padded(sentences: Sequence[Ids]) -> Sentences:
    """Pad to the longest."""
    longest = max(map(len, sentences))
    ids = torch.zeros((len(sentences), longest), dtype=torch.long)
    there = torch.zeros_like(ids)
    for row, sentence in enumerate(sentences):
        ids[row, : len(sentence)] = torch.from_numpy(np.asarray(sentence, dtype=np.int64))
        there[row, : len(sentence)] = 1
    return Sentences(ids=ids, there=there)


def teaching_loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """One minus the cosine to the teacher's vector, plus the contrast against the batch's other teacher vectors."""
    scores = found @ wanted.T
    right = torch.arange(len(scores))
    contrast = F.cross_entropy(scores / _TEMPERATURE, right)
    return (1 - scores.diagonal()).mean() + 0.1 * contrast


def matching_loss(questions: torch.Tensor, passages: torch.Tensor) -> torch.Tensor:
    """Question ``i`` belongs to passage ``i``; further passages are wrong for all of them."""
    return F.cross_entropy(questions @ passages.T / _TEMPERATURE, torch.arange(len(questions)))


def batches_by_length(lengths: Sequence[int], size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Every position once, in batches of about equal length that come in random order: little is spent on padding."""
    pool = size * 50
    order = rng.permutation(len(lengths))
    for start in range(0, len(order), pool):
        part = sorted(order[start : start + pool].tolist(), key=lengths.__getitem__)
        cut = [part[at : at + size] for at in range(0, len(part), size)]
        for at in rng.permutation(len(cut)):
            yield cut[at]
