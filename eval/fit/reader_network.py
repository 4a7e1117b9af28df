"""The network behind ``answer/sentences/passage_reader.py`` as torch trains it: an encoder and two heads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from answer.sentences.passage_reader import Heads
from core.types import FloatArray, Span


class ReaderNetwork(nn.Module):
    """The encoder in ``folder`` with fresh heads. Its embeddings stay as they are: they are the packaged encoder's."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import BertModel

        # torch's fused attention spends half of a training step in its backward pass on a processor (2.13).
        self.encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager")
        for parameter in self.encoder.embeddings.parameters():
            parameter.requires_grad_(False)
        width = int(self.encoder.config.hidden_size)
        self.answers, self.nothing = nn.Linear(width, 1), nn.Linear(width, 1)

    def forward(self, ids: Tensor, mask: Tensor, spans: Sequence[Sequence[Span]]) -> list[Tensor]:
        """Of each row, shape (1 + sentences,): the number for "nothing here answers", then each sentence's."""
        with torch.autocast(ids.device.type, dtype=torch.bfloat16):
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        hidden = hidden.float()
        nothing, answers = self.nothing(hidden[:, 0]), self.answers(hidden)[..., 0]
        means = [
            torch.stack([row[span.start : span.end].mean() for span in own]) if own else row[:0]
            for row, own in zip(answers, spans, strict=True)
        ]
        return [torch.cat([none, own]) for none, own in zip(nothing, means, strict=True)]

    def layers(self) -> Mapping[str, FloatArray]:
        """What was trained of the encoder, by its own names."""
        kept = self.encoder.encoder.state_dict()
        return {f"encoder.{name}": cast("FloatArray", value.cpu().numpy()) for name, value in kept.items()}

    def heads(self) -> Heads:
        """Both heads, as the answer path reads them."""
        return Heads(
            answers=_row(self.answers),
            answers_bias=float(self.answers.bias.detach()),
            nothing=_row(self.nothing),
            nothing_bias=float(self.nothing.bias.detach()),
        )


def _row(head: nn.Linear) -> FloatArray:
    return np.asarray(head.weight.detach().cpu().numpy()[0], dtype=np.float32)
