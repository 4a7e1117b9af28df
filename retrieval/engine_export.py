"""How a model for the processor is made from a sentence-transformers folder.

``python -m retrieval.engine_export FOLDER OUT RECIPE``, where the recipe is ``int8-1`` or ``bf16-1``.

It runs in a process of its own, because it needs torch and transformers and the process that serves does not.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.export_graph import bfloat16, int8, trace
from inference.probes import PROBES
from inference.recipe import Recipe
from retrieval.onnx_encoder import OnnxEncoder
from retrieval.openvino_encoder import OpenVinoEncoder
from retrieval.recipes import BF16, RECIPES
from retrieval.window_encoder import WindowEncoder, pooled, read_shape

if TYPE_CHECKING:
    import torch


def export(folder: Path, out: Path, recipe: Recipe) -> float:
    """Write the recipe's files into ``out`` and return their fidelity: mean cosine of ``PROBES`` to torch in float32.

    About 10 seconds for a model of 90 MB.
    """
    encoder = _torch_encoder(folder)
    plain = out / "plain.onnx"
    trace(encoder, plain, ("input_ids", "attention_mask"), "hidden")
    exported = _exported(plain, out, folder, recipe)
    plain.unlink()
    return _fidelity(encoder, exported)


def _exported(plain: Path, out: Path, folder: Path, recipe: Recipe) -> WindowEncoder:
    target = out / recipe.files[0]
    if recipe is BF16:
        bfloat16(plain, target)
        return OpenVinoEncoder(target, folder)
    shape = read_shape(folder)
    int8(plain, target, heads=shape.heads, width=shape.width)
    return OnnxEncoder(target, folder)


def _torch_encoder(folder: Path) -> "torch.nn.Module":
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(
        folder,
        attn_implementation="eager",
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
    )

    class LastLayer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            types = torch.zeros_like(input_ids)
            return self.model(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=types
            ).last_hidden_state

    return LastLayer().eval()


def _fidelity(encoder: "torch.nn.Module", exported: WindowEncoder) -> float:
    import torch

    found = exported.vectors(PROBES, query=False)
    with torch.inference_mode():
        ids = [torch.from_numpy(read.ids[None]) for read in exported.tokens(PROBES)]
        expected = np.stack([pooled(encoder(each, torch.ones_like(each))[0].numpy()) for each in ids])
    return float((found * expected).sum(axis=1).mean())


def main(arguments: Sequence[str]) -> None:
    """Export ``FOLDER`` into ``OUT`` and print the fidelity on the last line."""
    folder, out, recipe = arguments
    print(json.dumps({"fidelity": export(Path(folder), Path(out), RECIPES[recipe])}))


if __name__ == "__main__":
    main(sys.argv[1:])
