"""How a cross-encoder for the processor is made from a folder of transformers.

``python -m rerank.pair_export FOLDER OUT RECIPE``, where the recipe is ``pairs-int8-1`` or ``pairs-bf16-1``.

It runs in a process of its own, because it needs torch and transformers and the process that serves does not.
"""

import json
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.types import FloatArray
from inference.export_graph import bfloat16, int8, trace
from inference.model_files import ModelFiles
from inference.probes import PROBES
from inference.recipe import Recipe
from rerank.pair_engine import PairEngine, log_odds
from rerank.pair_exported import OnnxPairs, OpenVinoPairs
from rerank.pair_shape import PairShape, read_pair_shape
from rerank.pair_torch import load_classifier
from rerank.pair_windows import PairTokenizer, Window
from rerank.recipes import BF16, RECIPES

if TYPE_CHECKING:
    import torch


def export(folder: Path, out: Path, recipe: Recipe) -> float:
    """Write the recipe's files into ``out`` and return their fidelity, see ``fidelity``."""
    import torch

    shape = read_pair_shape(folder)
    model = load_classifier(ModelFiles(folder), torch.float32, attention="eager")
    plain = out / "plain.onnx"
    names = ("input_ids", "attention_mask", *(("token_type_ids",) if shape.has_types else ()))
    logits = _logits_of(model, names)
    trace(logits, plain, names, "logits")
    exported = _exported(plain, out, shape, recipe)
    for path in out.glob("plain.onnx*"):
        path.unlink()
    windows = _probes(folder, shape)
    return fidelity(exported.logits(windows), _exact(logits, names, windows))


def _logits_of(model: "torch.nn.Module", names: Sequence[str]) -> "torch.nn.Module":
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.model(**dict(zip(names, inputs, strict=True))).logits
            return logits

    return Logits().eval()


def _exported(plain: Path, out: Path, shape: PairShape, recipe: Recipe) -> PairEngine:
    target = out / recipe.files[0]
    if recipe is BF16:
        bfloat16(plain, target)
        return OpenVinoPairs(target, shape)
    int8(plain, target, heads=shape.heads, width=shape.width)
    return OnnxPairs(target, shape)


def _probes(folder: Path, shape: PairShape) -> list[Window]:
    """Questions of both languages with passages that answer them, nearly do, and do not."""
    tokenizer = PairTokenizer(folder, shape)
    questions = [probe for probe in PROBES if probe.endswith(("?", "？"))]
    passages = [probe for probe in PROBES if probe not in questions]
    chosen = list(product(questions, passages))[::7]
    return [window for question, passage in chosen for window in tokenizer.windows(question, [passage])[0]]


def _exact(logits: "torch.nn.Module", names: Sequence[str], windows: Sequence[Window]) -> FloatArray:
    import torch

    def one(window: Window) -> FloatArray:
        ids = torch.from_numpy(window.ids[None])
        given = (ids, torch.ones_like(ids), torch.from_numpy(window.types[None]))[: len(names)]
        found: FloatArray = logits(*given).numpy()
        return found

    with torch.inference_mode():
        return np.concatenate([one(window) for window in windows])


def fidelity(found: FloatArray, expected: FloatArray) -> float:
    """The share of what distinguishes the expected log-odds, shape (n, labels) each, that the found ones keep.

    1 less the ratio of the mean square error to the variance; a shift counts as an error, because bars lie on the
    value. At .98 a score errs by a seventh of the deviation between pairs.
    """
    ours, theirs = log_odds(found).astype(np.float64), log_odds(expected).astype(np.float64)
    return float(1 - ((ours - theirs) ** 2).mean() / max(theirs.var(), 1e-12))


def main(arguments: Sequence[str]) -> None:
    """Export ``FOLDER`` into ``OUT`` and print the fidelity on the last line."""
    folder, out, recipe = arguments
    print(json.dumps({"fidelity": export(Path(folder), Path(out), RECIPES[recipe])}))


if __name__ == "__main__":
    main(sys.argv[1:])
