"""The forms in which a model is exported for the processor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """``name`` is part of fingerprints and of the cache's folder: a new one where the same weights give other numbers.

    ``files`` are what an export leaves, the one to open first; ``made_by`` are the packages whose versions are noted.
    ``exporter`` is the module that is run as ``python -m EXPORTER FOLDER OUT NAME`` and prints ``{"fidelity": ...}``;
    an export below the fidelity ``least`` does not serve; ``setting`` names the engine's setting in advice.
    """

    name: str
    files: tuple[str, ...]
    made_by: tuple[str, ...]
    exporter: str
    setting: str
    least: float


def int8_and_bf16(prefix: str, *, exporter: str, setting: str, least: float) -> tuple[Recipe, Recipe]:
    """For onnxruntime and for OpenVINO; ``prefix`` begins their names."""
    int8 = Recipe(
        name=f"{prefix}int8-1",
        files=("model.onnx",),
        made_by=("onnx", "onnxruntime", "torch", "transformers"),
        exporter=exporter,
        setting=setting,
        least=least,
    )
    bf16 = Recipe(
        name=f"{prefix}bf16-1",
        files=("model.xml", "model.bin"),
        made_by=("onnx", "openvino", "torch", "transformers"),
        exporter=exporter,
        setting=setting,
        least=least,
    )
    return int8, bf16
