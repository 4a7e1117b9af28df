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

from retrieval.engine_probe import PROBES
from retrieval.onnx_encoder import OnnxEncoder
from retrieval.openvino_encoder import OpenVinoEncoder
from retrieval.recipes import BF16, INT8, RECIPES, Recipe
from retrieval.window_encoder import Shape, WindowEncoder, pooled, read_shape

if TYPE_CHECKING:
    import torch

_OPSET = 17


def export(folder: Path, out: Path, recipe: Recipe) -> float:
    """Write the recipe's files into ``out`` and return their fidelity: mean cosine of ``PROBES`` to torch in float32.

    About 10 seconds for a model of 90 MB.
    """
    encoder = _torch_encoder(folder)
    plain = out / "plain.onnx"
    _trace(encoder, plain)
    exported = _bfloat16(plain, out, folder) if recipe is BF16 else _int8(plain, out, folder)
    plain.unlink()
    return _fidelity(encoder, exported)


def _bfloat16(plain: Path, out: Path, folder: Path) -> WindowEncoder:
    """Weights in half precision on disk; the arithmetic is bfloat16 where the processor has it."""
    import openvino  # type: ignore[import-untyped]  # openvino ships no types

    target = out / BF16.files[0]
    # Read by the runtime: the converter would report its use over the network.
    openvino.save_model(openvino.Core().read_model(plain), target, compress_to_fp16=True)
    return OpenVinoEncoder(target, folder)


def _int8(plain: Path, out: Path, folder: Path) -> WindowEncoder:
    fused, target = out / "fused.onnx", out / INT8.files[0]
    _fuse(plain, fused, read_shape(folder))
    _quantise(fused, target)
    fused.unlink()
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


def _trace(encoder: "torch.nn.Module", path: Path) -> None:
    import torch

    example = torch.full((2, 7), 5, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    # The tracing exporter gives the graph whose attention onnxruntime's optimiser knows how to fuse.
    torch.onnx.export(
        encoder,
        (example, torch.ones_like(example)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["hidden"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "hidden": axes},
        opset_version=_OPSET,
        dynamo=False,
    )


def _fuse(source: Path, target: Path, shape: Shape) -> None:
    from onnxruntime.transformers.optimizer import (  # type: ignore[import-untyped]  # onnxruntime ships no types
        optimize_model,
    )

    fused = optimize_model(
        str(source), model_type="bert", num_heads=shape.heads, hidden_size=shape.width, opt_level=1, use_gpu=False
    )
    fused.save_model_to_file(str(target))


def _quantise(source: Path, target: Path) -> None:
    import onnx
    from onnxruntime.quantization import (  # type: ignore[import-untyped]  # onnxruntime ships no types
        QuantType,
        quantize_dynamic,
    )

    # The embedding tables stay in float32: quantised per tensor they save 36 MB and cost .005 of nDCG@10.
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


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
