"""The forms in which a cross-encoder is exported for the processor."""

from inference.recipe import Recipe

INT8 = Recipe(
    name="pairs-int8-1",
    files=("model.onnx",),
    made_by=("onnx", "onnxruntime", "torch", "transformers"),
    exporter="rerank.pair_export",
    setting="rerank.engine",
    least=0.98,
)
BF16 = Recipe(
    name="pairs-bf16-1",
    files=("model.xml", "model.bin"),
    made_by=("onnx", "openvino", "torch", "transformers"),
    exporter="rerank.pair_export",
    setting="rerank.engine",
    least=0.98,
)
RECIPES = {recipe.name: recipe for recipe in (INT8, BF16)}
