"""Text to vectors: the packaged all-MiniLM-L6-v2, or any sentence-transformers folder or hub name by setting.

Weights are read from safetensors only and a model's own code is never run. A text longer than the model's window is
cut at word boundaries into windows that are all read; nothing is dropped silently. ``retrieval/engine.py`` says what
computes the vectors.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.ports import TokenCodes, TokenVectors
from core.token_codes import encode, joined
from core.types import FloatArray
from inference.choice import EngineName
from inference.model_files import ModelFiles, sha256_of
from retrieval.engine import Engine, WindowTokens, choose_engine
from retrieval.model_files import find_model
from retrieval.token_counter import FileTokenCounter, load_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Part = TypeVar("Part")

# Part of the fingerprint: raise it when the same weights would give other vectors.
_RECIPE = 1
# Remembered, 30 KB each: retrieval and reranking ask for the same one, one after the other, and so do people.
_QUESTIONS = 256


class SentenceEmbedder:
    """``PassageEncoder`` and ``TokenEmbedder`` for one model, loaded at first use and safe to share between threads.

    ``model`` is a folder or hub name; empty means the packaged model. ``engine`` is explained at ``chosen_engine``;
    ``cache`` is where exported models are kept, and without it ``"auto"`` is torch. ``batch`` is for torch. Raises
    ``ModelRefused`` where the files fail their check and ``DependencyMissing`` where there is no such model.
    """

    def __init__(
        self, model: str = "", *, engine: EngineName = "auto", cache: Path | None = None, batch: int = 8
    ) -> None:
        self._name = model
        self._wanted: EngineName = engine
        self._cache = cache
        self._batch = batch
        self._lock = threading.RLock()
        self._questions: OrderedDict[str, tuple[FloatArray, TokenVectors]] = OrderedDict()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights and configuration, and the engine.

        Loads no model; the first one ever for a model on a processor exports it, because only that tells the engine.
        """
        return f"{self._digest[:32]}/{_RECIPE}{self._engine.suffix}"

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dim), float32, rows of length 1; a long text gives the mean of its windows by their length."""
        windows, owners = self._windows_of(texts)
        return _pooled(windows, owners, self._engine.vectors(windows, query=False), len(texts))

    def embed_query(self, text: str) -> FloatArray:
        """Shape (dim,), float32, length 1. A question that was read lately is not read again."""
        with self._lock:
            if text in self._questions:
                self._questions.move_to_end(text)
                return self._questions[text][0]
        windows, owners = self._windows_of([text])
        rows, tokens = self._engine.both(windows, self._tokens_of, query=True)
        vector: FloatArray = _pooled(windows, owners, rows, 1)[0]
        vector.flags.writeable = False  # shared by all who ask the same
        self._remember(text, vector, _joined(tokens))
        return vector

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The last layer's token vectors, each of length 1; the windows of a long text stand one after the other.

        A question that ``embed_query`` read just now is not read again.
        """
        with self._lock:
            found = {text: self._questions[text][1] for text in texts if text in self._questions}
        missing = [text for text in texts if text not in found]
        windows, owners = self._windows_of(missing)
        read = _by_owner([self._tokens_of(each) for each in self._engine.tokens(windows)], owners, len(missing))
        new = iter(map(_joined, read))
        return [found[text] if text in found else next(new) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> tuple[FloatArray, list[TokenCodes]]:
        """The rows of ``embed_passages`` and the packed token vectors of each text, from one forward."""
        windows, owners = self._windows_of(texts)
        rows, codes = self._engine.both(windows, lambda read: encode(self._tokens_of(read)), query=False)
        return _pooled(windows, owners, rows, len(texts)), list(map(joined, _by_owner(codes, owners, len(texts))))

    def legibility(self, text: str) -> float:
        """Share, 0 to 1, of the characters outside white space that the vocabulary knows; 1 for an empty text.

        Needs the tokenizer only.
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        lengths = np.array([end - start for start, end in encoding.offsets], dtype=np.int64)
        known = np.array([token != self._unknown for token in encoding.ids], dtype=bool)
        return float(lengths[known].sum() / lengths.sum()) if lengths.sum() else 1.0

    @cached_property
    def vocabulary(self) -> str:
        """The beginning of the tokenizer's SHA-256; costs no model."""
        return sha256_of(self.token_counter.path)[:8]

    @cached_property
    def token_counter(self) -> FileTokenCounter:
        """Tokens of texts without special ones. Needs the tokenizer only."""
        return FileTokenCounter(self._files.folder.absolute() / "tokenizer.json")

    def _remember(self, question: str, vector: FloatArray, tokens: TokenVectors) -> None:
        with self._lock:
            self._questions[question] = vector, tokens
            self._questions.move_to_end(question)
            while len(self._questions) > _QUESTIONS:
                self._questions.popitem(last=False)

    def _windows_of(self, texts: Sequence[str]) -> tuple[list[str], list[int]]:
        """Every window of every text, and beside it the position of its text."""
        cut = [split_windows(text, self._tokenizer, self._engine.window) for text in texts]
        owners = [owner for owner, windows in enumerate(cut) for _ in windows]
        return [window for windows in cut for window in windows], owners

    def _tokens_of(self, read: WindowTokens) -> TokenVectors:
        kept = ~np.isin(read.ids, self._special)
        ids = read.ids[kept]
        return TokenVectors(ids=ids, vectors=_unit(read.vectors[kept]), known=ids != self._unknown)

    @property
    def _engine(self) -> Engine:
        with self._lock:
            return self._chosen

    @cached_property
    def _chosen(self) -> Engine:
        return choose_engine(self._files, self._digest, engine=self._wanted, cache=self._cache, batch=self._batch)

    @cached_property
    def _files(self) -> ModelFiles:
        return find_model(self._name, self._cache)

    @cached_property
    def _digest(self) -> str:
        return self._files.digest()

    @property
    def _tokenizer(self) -> "Tokenizer":
        return load_tokenizer(self.token_counter.path)

    @cached_property
    def _unknown(self) -> int:
        found = (self._tokenizer.token_to_id(name) for name in ("[UNK]", "<unk>"))
        return next((token for token in found if token is not None), -1)

    @cached_property
    def _special(self) -> list[int]:
        """Marks that the model adds around a text; [UNK] stands for a word and stays."""
        added = self._tokenizer.get_added_tokens_decoder()
        return sorted({token for token, mark in added.items() if mark.special} - {self._unknown})


def split_windows(text: str, tokenizer: "Tokenizer", size: int) -> list[str]:
    """The text in parts of at most ``size`` tokens, cut where a word starts if one does in a part's second half."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    words, offsets = encoding.word_ids, encoding.offsets
    cuts, start = [0], 0
    while len(words) - start > size:
        cut = start + size
        starts_word = (at for at in range(cut, start + max(1, size // 2) - 1, -1) if words[at] != words[at - 1])
        start = next(starts_word, cut)
        cuts.append(offsets[start][0])
    return [text[begin:end] for begin, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _by_owner(parts: Sequence[Part], owners: Sequence[int], texts: int) -> list[list[Part]]:
    """The parts of each text, in order."""
    found: list[list[Part]] = [[] for _ in range(texts)]
    for owner, part in zip(owners, parts, strict=True):
        found[owner].append(part)
    return found


def _pooled(windows: Sequence[str], owners: Sequence[int], rows: FloatArray, texts: int) -> FloatArray:
    """One vector per text: the mean of its windows' vectors by their length, at length 1."""
    sums = np.zeros((texts, rows.shape[1]), dtype=np.float32)
    lengths = np.array([max(1, len(window)) for window in windows], dtype=np.float32)
    np.add.at(sums, owners, rows * lengths[:, None])
    return _unit(sums)


def _joined(parts: Sequence[TokenVectors]) -> TokenVectors:
    if len(parts) == 1:
        return parts[0]
    return TokenVectors(
        ids=np.concatenate([part.ids for part in parts]),
        vectors=np.concatenate([part.vectors for part in parts]),
        known=np.concatenate([part.known for part in parts]),
    )


def _unit(rows: FloatArray) -> FloatArray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, np.float32(1e-12)), dtype=np.float32)
