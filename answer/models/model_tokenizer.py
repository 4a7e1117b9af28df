"""The tokenizer of an answer model, from its ``tokenizer.json``. The only file here that imports tokenizers."""

from pathlib import Path

from core.errors import DependencyMissing, ModelRefused

FILE_NAME = "tokenizer.json"


class ModelTokenizer:
    """Counts as the model does. Thread-safe; loading takes up to a second and is done at once, so that a wrong path is
    told at the start."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        file = path / FILE_NAME if path.is_dir() else path
        if not file.is_file():
            raise DependencyMissing(f"llm.tokenizer {str(file)!r} is no file; copy the model's {FILE_NAME} there")
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises no class of its own
            raise ModelRefused(f"llm.tokenizer {str(file)!r} is no tokenizer: {error}") from error

    def __call__(self, text: str) -> int:
        """Tokens of ``text``, without special ones around it."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)
