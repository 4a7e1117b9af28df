"""What texts cost a model, by its ``tokenizer.json`` alone: a value that another process can be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class FileTokenCounter:
    """Counts by the tokenizer in ``path``, which is read at the first call in each process."""

    path: Path

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, in order, without special ones."""
        encodings = load_tokenizer(self.path).encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(each.ids) for each in encodings]


@lru_cache(maxsize=4)
def load_tokenizer(path: Path) -> "Tokenizer":
    """The tokenizer that reads whole texts, whatever the file says of cutting and padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
