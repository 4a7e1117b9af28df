"""The forms in which an encoder is exported for the processor."""

from inference.recipe import int8_and_bf16

INT8, BF16 = int8_and_bf16("", exporter="retrieval.engine_export", setting="retrieval.engine", least=0.99)
RECIPES = {recipe.name: recipe for recipe in (INT8, BF16)}
