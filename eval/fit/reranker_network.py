"""Train ``rerank/feature_network.py`` with torch: the listwise loss of the linear weights, on top of their scores."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # its customary name
from torch import Tensor, nn

from core.text import language_of
from core.types import FloatArray, Language
from rerank.feature_network import INPUTS, Layers, Scale
from rerank.fit import JudgedList, Padded

_HIDDEN, _DROP = 48, 0.2
_BATCH, _RATE, _DECAY = 128, 3e-3, 0.05
_NOTHING = -1e9


class Correction(nn.Module):
    """Inputs of shape (..., INPUTS) to a correction of shape (...); the same as ``Layers``."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(_DROP)
        self.inward = nn.Linear(INPUTS, _HIDDEN)
        self.outward = nn.Linear(_HIDDEN, 1, bias=False)
        nn.init.zeros_(self.outward.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        """Zero before training."""
        hidden = F.gelu(self.inward(self.drop(inputs)), approximate="tanh")
        found: Tensor = self.outward(hidden).squeeze(-1)
        return found

    def layers(self) -> Layers:
        """The weights as numpy reads them."""
        return Layers(
            inward=_array(self.inward.weight.T), bias=_array(self.inward.bias), outward=_array(self.outward.weight[0])
        )


def epochs_of(
    lists: Sequence[JudgedList], order: Mapping[Language, FloatArray], scale: Scale, *, epochs: int, seed: int
) -> Iterator[Layers]:
    """The network after each epoch. ``order`` has the linear weights by language; every list must tell. Seeded."""
    torch.manual_seed(seed)
    padded = Padded.of(lists)
    linear = np.stack([rows @ order[language_of(each.question)] for rows, each in zip(padded.rows, lists, strict=True)])
    base = torch.from_numpy(np.where(padded.held, linear, _NOTHING).astype(np.float32))
    inputs, targets = torch.from_numpy(_inputs(lists, scale, padded)), torch.from_numpy(padded.targets)
    network = Correction()
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = max(1, len(lists) // _BATCH)
    for step in range(epochs * steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (0.02 + 0.49 * (1 + math.cos(math.pi * step / (epochs * steps))))
        drawn = torch.multinomial(torch.from_numpy(padded.shares), _BATCH, replacement=True)
        scores = base[drawn] + network(inputs[drawn])
        loss = -(targets[drawn] * F.log_softmax(scores, dim=1)).sum(dim=1).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        if (step + 1) % steps == 0:
            yield network.layers()


def _inputs(lists: Sequence[JudgedList], scale: Scale, padded: Padded) -> FloatArray:
    read = np.zeros((*padded.held.shape, INPUTS), dtype=np.float32)
    for place, each in enumerate(lists):
        read[place, : len(each.grades)] = scale.inputs(each.question, each.rows)
    return read


def _array(weights: Tensor) -> FloatArray:
    return np.ascontiguousarray(weights.detach().numpy().copy())
