"""The passage reader's model: the packaged encoder with layers trained further, put together once and kept.

``reader/`` holds what was trained: the layers' matrices in int8 with a scale for each row, everything else in fp16.
"""

import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from answer.sentences.passage_reader import Heads, PassageReader
from core.types import FloatArray
from inference.choice import EngineName
from inference.composed import Composition, composed_model
from inference.model_files import ModelFiles

if TYPE_CHECKING:
    from answer.sentences.sentences import Sentence
    from retrieval.engine import Engine

SHIPPED = Path(__file__).parent / "reader"
WINDOW = 512
_LAYERS = "layers.safetensors"
_SCALE = ".scale"
_HEAD = "head."
_RECIPE = 1


class PackagedReader:
    """A ``Judge`` that is put together, exported and loaded at its first use. Thread-safe.

    ``parent`` is the packaged encoder; ``engine`` and ``cache`` are those of the embedder. Raises ``ModelRefused``
    where a part is not what it should be.
    """

    def __init__(self, parent: ModelFiles, *, engine: EngineName = "auto", cache: Path | None = None) -> None:
        self._parent = parent
        self._wanted: EngineName = engine
        self._cache = cache
        self._lock = threading.Lock()

    def log_odds(self, question: str, sentences: "Sequence[Sentence]") -> FloatArray:
        """See ``PassageReader.log_odds``."""
        with self._lock:
            reader = self._reader
        return reader.log_odds(question, sentences)

    def warm(self) -> None:
        """Load it now. Raises what the first use would."""
        with self._lock:
            self._reader.log_odds("", ())

    @cached_property
    def _reader(self) -> PassageReader:
        from retrieval.engine import choose_engine
        from retrieval.token_counter import load_tokenizer

        files = reader_files(self._parent, self._cache)
        engine = choose_engine(files, files.digest(), engine=self._wanted, cache=self._cache)
        tokenizer = load_tokenizer(files.folder / "tokenizer.json")
        return PassageReader(LastLayer(engine), tokenizer, read_heads(SHIPPED), window=WINDOW)


class LastLayer:
    """What an engine gives, as ``PassageReader`` takes it."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def vectors_of(self, windows: Sequence[str]) -> Sequence[FloatArray]:
        """The last layer of each window."""
        return [read.vectors for read in self._engine.tokens(windows)]


def reader_files(parent: ModelFiles, folder: Path | None, *, shipped: Path = SHIPPED) -> ModelFiles:
    """The whole model in ``folder``, see ``composed_model``."""
    composition = Composition(
        name="reader",
        recipe=_RECIPE,
        parent=parent,
        shipped=shipped,
        make=lambda target: _compose(parent.verified(), shipped, target),
    )
    return composed_model(composition, folder)


def _compose(parent: Path, shipped: Path, target: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(parent / "model.safetensors") | trained_tensors(shipped)
    shutil.copytree(parent, target, ignore=shutil.ignore_patterns("model.safetensors", "composed.json"))
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    wrapper = target / "sentence_bert_config.json"
    limits = json.loads(wrapper.read_text(encoding="utf-8")) | {"max_seq_length": WINDOW}
    wrapper.write_text(json.dumps(limits) + "\n", encoding="utf-8")


def trained_tensors(shipped: Path) -> dict[str, FloatArray]:
    """The layers' tensors as float32, by the names that they have in the encoder."""
    from safetensors.numpy import load_file

    stored = load_file(shipped / _LAYERS)
    scales = {name.removesuffix(_SCALE): stored.pop(name) for name in [*stored] if name.endswith(_SCALE)}
    layers = {name: rows.astype(np.float32) for name, rows in stored.items() if not name.startswith(_HEAD)}
    return {name: rows * scales[name][:, None] if name in scales else rows for name, rows in layers.items()}


def read_heads(shipped: Path) -> Heads:
    """What makes numbers of the last layer."""
    from safetensors.numpy import load_file

    stored = {name: array.astype(np.float32) for name, array in load_file(shipped / _LAYERS).items()}
    return Heads(
        answers=stored[f"{_HEAD}answers.weight"],
        answers_bias=float(stored[f"{_HEAD}answers.bias"]),
        nothing=stored[f"{_HEAD}nothing.weight"],
        nothing_bias=float(stored[f"{_HEAD}nothing.bias"]),
    )


def save_trained(layers: Mapping[str, FloatArray], heads: Heads, folder: Path) -> None:
    """Write ``folder`` as ``reader_files`` reads it, its manifest included; ``layers`` by the encoder's names."""
    from safetensors.numpy import save_file

    from inference.model_files import sha256_of

    stored: dict[str, np.ndarray] = {
        f"{_HEAD}answers.weight": heads.answers.astype(np.float32),
        f"{_HEAD}answers.bias": np.array(heads.answers_bias, dtype=np.float32),
        f"{_HEAD}nothing.weight": heads.nothing.astype(np.float32),
        f"{_HEAD}nothing.bias": np.array(heads.nothing_bias, dtype=np.float32),
    }
    for name, array in layers.items():
        if array.ndim == 2:
            scale = np.abs(array).max(axis=1) / 127
            stored[name] = np.rint(array / scale[:, None]).astype(np.int8)
            stored[f"{name}{_SCALE}"] = scale.astype(np.float32)
        else:
            stored[name] = array.astype(np.float16)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(stored, folder / _LAYERS)
    (folder / _LAYERS).chmod(0o644)  # safetensors leaves it to its owner alone
    manifest = {"files": {_LAYERS: sha256_of(folder / _LAYERS)}}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
