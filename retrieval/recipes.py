"""The forms in which an encoder is exported for the processor."""

from inference.recipe import Recipe

INT8 = Recipe(
    name="int8-1",
    files=("model.onnx",),
    made_by=("onnx", "onnxruntime", "torch", "transformers"),
    exporter="retrieval.engine_export",
    setting="retrieval.engine",
    least=0.99,
)
BF16 = Recipe(
    name="bf16-1",
    files=("model.xml", "model.bin"),
    made_by=("onnx", "openvino", "torch", "transformers"),
    exporter="retrieval.engine_export",
    setting="retrieval.engine",
    least=0.99,
)
RECIPES = {recipe.name: recipe for recipe in (INT8, BF16)}
