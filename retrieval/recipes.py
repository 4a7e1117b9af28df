"""The forms in which a model is exported for the processor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """``name`` is part of fingerprints and of the cache's folder: a new one where the same weights give other vectors.

    ``files`` are what an export leaves, the one to open first; ``made_by`` are the packages whose versions are noted.
    """

    name: str
    files: tuple[str, ...]
    made_by: tuple[str, ...]


INT8 = Recipe(name="int8-1", files=("model.onnx",), made_by=("onnx", "onnxruntime", "torch", "transformers"))
BF16 = Recipe(name="bf16-1", files=("model.xml", "model.bin"), made_by=("onnx", "openvino", "torch", "transformers"))
RECIPES = {recipe.name: recipe for recipe in (INT8, BF16)}
