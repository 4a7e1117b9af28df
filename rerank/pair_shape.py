"""What a sequence-classification model on disk says of itself, before any of its weights are read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, ModelRefused
from inference.model_files import read_config

_HEAD = "ForSequenceClassification"
_UNBOUNDED = 100_000  # tokenizers without a limit of their own claim 1e30
_USUAL_LIMIT = 512
# Their positions are counted from behind the padding mark.
_FROM_PADDING = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert"})
# Configurations that leave the number of token types out have this one.
_TYPES = {"bert": 2, "electra": 2, "albert": 2}
# They give no types unless their configuration says so.
_WITHOUT_TYPES = frozenset({"PreTrainedTokenizerFast", "TokenizersBackend"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PairShape:
    """``limit`` is the most tokens of question, passage and marks; ``heads`` and ``width`` are those of every layer.

    ``has_types`` tells whether the model is told which tokens are the passage's; ``instruction`` stands before the
    question.
    """

    architecture: str
    labels: int
    limit: int
    pad: int
    heads: int
    width: int
    has_types: bool
    instruction: str


def read_pair_shape(folder: Path, *, max_tokens: int | None = None, instruction: str | None = None) -> PairShape:
    """Raises ``ModelRefused`` unless the folder holds a classifier of one or two labels, and ``InvalidInput`` where
    ``max_tokens`` is more than it can read."""
    config = read_config(folder / "config.json")
    architecture = next(iter(config.get("architectures") or ()), "")
    if not architecture.endswith(_HEAD):
        # The vendor would load such a folder, with a head of random weights.
        raise ModelRefused(
            f"{folder}/config.json names the architecture {architecture!r}; a reranker's ends in {_HEAD}"
        )
    labels = len(config.get("id2label") or (0, 1))
    if labels > 2:
        raise ModelRefused(f"{folder} has {labels} labels; a reranker has 1 or 2")
    return PairShape(
        architecture=architecture,
        labels=labels,
        limit=_limit(folder, config, max_tokens),
        pad=int(config.get("pad_token_id") or 0),
        heads=int(config.get("num_attention_heads", 0)),
        width=int(config.get("hidden_size", 0)),
        has_types=_has_types(config, read_config(folder / "tokenizer_config.json")),
        instruction=_own_instruction(folder) if instruction is None else instruction,
    )


def _has_types(config: dict[str, Any], tokenizer: dict[str, Any]) -> bool:
    """Whether the model tells types apart and was trained with a tokenizer that gives them."""
    told_apart = config.get("type_vocab_size", _TYPES.get(config.get("model_type", ""), 0)) > 1
    given = tokenizer.get("model_input_names")
    if given is None:
        return told_apart and tokenizer.get("tokenizer_class") not in _WITHOUT_TYPES
    return told_apart and "token_type_ids" in given


def _limit(folder: Path, config: dict[str, Any], wanted: int | None) -> int:
    positions = int(config.get("max_position_embeddings") or _USUAL_LIMIT)
    if config.get("model_type") in _FROM_PADDING:
        positions -= int(config.get("pad_token_id") or 0) + 1
    if wanted is not None:
        if wanted > positions:
            raise InvalidInput(f"rerank.max_tokens = {wanted}, and {folder} reads {positions} at most")
        return wanted
    stated = read_config(folder / "tokenizer_config.json").get("model_max_length", _UNBOUNDED)
    return int(min(stated if stated < _UNBOUNDED else _USUAL_LIMIT, positions))


def _own_instruction(folder: Path) -> str:
    """As sentence-transformers keeps it: the default prompt, or that of queries."""
    stored = read_config(folder / "config_sentence_transformers.json")
    prompts = stored.get("prompts") or {}
    return str(prompts.get(stored.get("default_prompt_name") or "query") or "")
