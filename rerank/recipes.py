"""The forms in which a cross-encoder is exported for the processor."""

from inference.recipe import int8_and_bf16

INT8, BF16 = int8_and_bf16("pairs-", exporter="rerank.pair_export", setting="rerank.engine", least=0.98)
RECIPES = {recipe.name: recipe for recipe in (INT8, BF16)}
