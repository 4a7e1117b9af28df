"""The network behind ``answer/sentences/sentence_judge.py`` as torch trains it: the same names of weights."""

from typing import TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812  # its customary name
from torch import Tensor, nn

_NOTHING = -1e4
Batch: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""Question vectors (b, m, dim) and mask (b, m), sentence vectors (b, t, dim) and mask (b, t), equal tokens (b, m, t),
rarity of the question's tokens (b, m)."""


class JudgeNetwork(nn.Module):
    """Question and sentence in, log-odds that the sentence answers out, shape (b,)."""

    def __init__(self, dim: int = 384, narrow: int = 96, hidden: int = 96) -> None:
        super().__init__()
        self.proj = nn.Linear(dim, narrow, bias=False)
        nn.init.orthogonal_(self.proj.weight)
        self.temp, self.temp2 = nn.Parameter(torch.tensor(8.0)), nn.Parameter(torch.tensor(8.0))
        self.cmp, self.cmp2 = _two_layers(4 * narrow + 4, hidden), _two_layers(4 * narrow + 3, hidden)
        self.gate, self.gate2 = nn.Linear(narrow, 1), nn.Linear(2 * narrow, 1)
        self.out = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(5 * hidden + 2, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, 1)
        )
        self.drop = nn.Dropout(0.1)

    def forward(
        self, question: Tensor, asked: Tensor, sentence: Tensor, held: Tensor, same: Tensor, rarity: Tensor
    ) -> Tensor:
        """Log-odds of shape (b,); see ``Batch`` for the shapes."""
        own, other = self.drop(self.proj(question)), self.drop(self.proj(sentence))
        raw = question @ sentence.transpose(1, 2)
        near = F.normalize(own, dim=-1) @ F.normalize(other, dim=-1).transpose(1, 2)
        both, here, there = (raw + near) / 2, asked[:, :, None], held[:, None, :]
        met = _softmax(self.temp * both, there) @ other
        best = raw.masked_fill(~there, -1).max(-1).values
        figures = [best, near.masked_fill(~there, -1).max(-1).values, same.max(-1).values, rarity]
        towards = self.cmp(_row(own, met, figures))
        weight = _softmax(self.gate(own).squeeze(-1), asked)[..., None]
        met_back = _softmax((self.temp2 * both).transpose(1, 2), asked[:, None, :]) @ own
        figures = [raw.masked_fill(~here, -1).max(1).values, same.max(1).values]
        figures.append(near.masked_fill(~here, -1).max(1).values)
        back = self.cmp2(_row(other, met_back, figures))
        whole = (own * weight).sum(1)[:, None].expand_as(other)
        kept = _softmax(self.gate2(torch.cat([other, whole], -1)).squeeze(-1), held)[..., None]
        mean_best = (best * asked).sum(1) / asked.sum(1)
        pooled = [
            (towards * weight).sum(1),
            _most(towards, asked),
            -_most(-towards, asked),
            (back * kept).sum(1),
            _most(back, held),
            torch.stack([mean_best, held.sum(1).float().log1p()], 1),
        ]
        found: Tensor = self.out(torch.cat(pooled, 1)).squeeze(-1)
        return found


def _two_layers(wide: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(wide, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, hidden), nn.GELU(approximate="tanh")
    )


def _row(own: Tensor, met: Tensor, figures: list[Tensor]) -> Tensor:
    return torch.cat([own, met, own * met, (own - met).abs(), torch.stack(figures, -1)], -1)


def _softmax(values: Tensor, held: Tensor) -> Tensor:
    return values.masked_fill(~held, _NOTHING).softmax(-1)


def _most(values: Tensor, held: Tensor) -> Tensor:
    return values.masked_fill(~held[..., None], _NOTHING).max(1).values
