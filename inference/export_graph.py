"""The steps by which a torch model becomes one for the processor. Run in a process of its own: it needs torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_OPSET = 17


def trace(model: "torch.nn.Module", path: Path, inputs: Sequence[str], output: str) -> None:
    """Write ``model`` as ONNX: each input has shape (batch, tokens), whatever both are, ``input_ids`` the first."""
    import torch

    axes = {0: "batch", 1: "tokens"}
    ids = torch.full((2, 7), 5, dtype=torch.long)
    # The tracing exporter gives the graph whose attention onnxruntime's optimiser knows how to fuse.
    torch.onnx.export(
        model,
        (ids, *(torch.ones_like(ids) for _ in inputs[1:])),
        str(path),
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes={**dict.fromkeys(inputs, axes), output: axes},
        opset_version=_OPSET,
        dynamo=False,
    )


def bfloat16(source: Path, target: Path) -> None:
    """Weights in half precision on disk; the arithmetic is bfloat16 where the processor has it."""
    import openvino  # type: ignore[import-untyped]  # openvino ships no types

    # Read by the runtime: the converter would report its use over the network.
    openvino.save_model(openvino.Core().read_model(source), target, compress_to_fp16=True)


def int8(source: Path, target: Path, *, heads: int, width: int) -> None:
    """MatMul and Attention in int8 per channel; ``heads`` and ``width`` are those of every layer of a BERT."""
    fused = target.with_name("fused.onnx")
    _fuse(source, fused, heads, width)
    _quantise(fused, target)
    fused.unlink()


def _fuse(source: Path, target: Path, heads: int, width: int) -> None:
    from onnxruntime.transformers.optimizer import (  # type: ignore[import-untyped]  # onnxruntime ships no types
        optimize_model,
    )

    fused = optimize_model(
        str(source), model_type="bert", num_heads=heads, hidden_size=width, opt_level=1, use_gpu=False
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
