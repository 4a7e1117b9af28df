"""The packaged model with the Chinese rows that ship beside this file, put together once and kept."""

from pathlib import Path

from inference.composed import Composition, composed_model
from inference.model_files import ModelFiles
from retrieval.chinese_rows import compose

SHIPPED = Path(__file__).parent / "models" / "minilm-zh"


def bilingual_model(parent: ModelFiles, folder: Path | None, *, shipped: Path | None = None) -> ModelFiles:
    """See ``composed_model``."""
    addition = shipped or SHIPPED
    composition = Composition(
        name="minilm-zh",
        recipe=1,
        parent=parent,
        shipped=addition,
        make=lambda target: compose(parent.verified(), addition, target),
    )
    return composed_model(composition, folder)
