"""An English encoder that also reads Chinese: new rows for its embedding table, and a tokenizer that finds them.

Nothing of the parent changes: not a weight, not an English token. ``vocabulary.tsv`` holds one line per new row, a
character or word in Simplified form and after it the other spellings that share the row; ``rows.safetensors`` holds
the rows as fp16. Greedy longest match, the tokenizer's own, cuts runs of Chinese characters into these.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelRefused

VOCABULARY = "vocabulary.tsv"
ROWS = "rows.safetensors"
_TABLE = "embeddings.word_embeddings.weight"
# Chinese marks share the row of the English mark that does the same work.
_MARKS = dict(zip("，。、；：？！（）【】《》「」『』〈〉", ',.,;:?!()[]""""\'\'""', strict=True))
# What the parent's own normaliser (tokenizers' BertNormalizer) sets apart as Chinese: all else is cut as before.
_HAN = (
    r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2B73F}\x{2B740}-\x{2B81F}"
    r"\x{2B920}-\x{2CEAF}\x{2F800}-\x{2FA1F}"
)
# Longer runs are cut: a word of more than a hundred characters would be unknown as a whole.
_LONGEST_RUN = 64


def read_vocabulary(path: Path) -> list[list[str]]:
    """Row by row every spelling of it, the Simplified one first. Raises ``ModelRefused`` for a spelling given twice."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    seen: set[str] = set()
    for spelling in (spelling for row in rows for spelling in row):
        if not spelling or spelling in seen:
            raise ModelRefused(f"{path} holds the spelling {spelling!r} twice, or an empty one")
        seen.add(spelling)
    return rows


def extended_tokenizer(parent: Mapping[str, Any], vocabulary: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The parent's ``tokenizer.json`` with the new rows numbered after its own, in the order of ``vocabulary``."""
    own: dict[str, int] = parent["model"]["vocab"]
    first = max(own.values()) + 1
    new = {spelling: first + row for row, spellings in enumerate(vocabulary) for spelling in spellings}
    # Inside a run the same word has the same row: Chinese marks no word's start.
    twins = {f"##{spelling}": row for spelling, row in new.items()}
    marks = {mark: own[plain] for mark, plain in _MARKS.items() if plain in own}
    return {
        **parent,
        "normalizer": {**parent["normalizer"], "handle_chinese_chars": False},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [_run_splitter(new), parent["pre_tokenizer"]]},
        "model": {**parent["model"], "vocab": own | new | twins | marks},
    }


def _run_splitter(new: Mapping[str, int]) -> dict[str, Any]:
    """Runs of known characters stay whole; any other Chinese character stands alone, so that it alone is unknown."""
    known = "".join(sorted(spelling for spelling in new if len(spelling) == 1))
    pattern = f"[{known}]{{1,{_LONGEST_RUN}}}|[{_HAN}]"
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def compose(parent: Path, addition: Path, target: Path) -> None:
    """Write the folder ``target``: the parent with the rows of ``addition``, readable like any other model folder.

    Raises ``ModelRefused`` where rows and vocabulary do not fit together or to the parent.
    """
    from safetensors.numpy import load_file, save_file

    vocabulary = read_vocabulary(addition / VOCABULARY)
    rows = load_file(addition / ROWS)["rows"]
    tensors = load_file(parent / "model.safetensors")
    if rows.shape != (len(vocabulary), tensors[_TABLE].shape[1]):
        raise ModelRefused(
            f"{addition / ROWS} has shape {rows.shape}; {len(vocabulary)} spellings and a parent of width "
            f"{tensors[_TABLE].shape[1]} need ({len(vocabulary)}, {tensors[_TABLE].shape[1]})"
        )
    shutil.copytree(parent, target, ignore=shutil.ignore_patterns("model.safetensors", "vocab.txt", "README.md", ".*"))
    tensors[_TABLE] = np.concatenate([tensors[_TABLE], rows.astype(np.float32)])
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    _write_texts(parent, vocabulary, target, size=len(tensors[_TABLE]))


def _write_texts(parent: Path, vocabulary: Sequence[Sequence[str]], target: Path, *, size: int) -> None:
    tokenizer = extended_tokenizer(_json(parent / "tokenizer.json"), vocabulary)
    # Not BertTokenizer: transformers would build that one anew from the vocabulary, without the splitter.
    naming = {**_json(parent / "tokenizer_config.json"), "tokenizer_class": "PreTrainedTokenizerFast"}
    _write_json(target / "tokenizer.json", tokenizer)
    _write_json(target / "tokenizer_config.json", naming)
    _write_json(target / "config.json", {**_json(parent / "config.json"), "vocab_size": size})


def save_rows(rows: NDArray[np.float32], vocabulary: Sequence[Sequence[str]], folder: Path) -> None:
    """Write the two files of an addition into ``folder``; rows as fp16."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({"rows": rows.astype(np.float16)}, folder / ROWS)
    (folder / ROWS).chmod(0o644)  # safetensors leaves it to its owner alone
    (folder / VOCABULARY).write_text("".join("\t".join(row) + "\n" for row in vocabulary), encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
