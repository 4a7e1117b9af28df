"""What linear weights cannot say: a small network over the same features corrects each candidate's score.

It sees how a candidate stands among the others, how far behind the best it is, and what the features are worth by
themselves. ``eval/fit/reranker_network.py`` trains it; ``docs/decisions/0031`` has what it adds and what was tried.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from core.errors import ModelRefused
from core.text import analyse_query, language_of
from core.types import FloatArray
from rerank.features import FEATURES, standardised

# No set that the network is trained on has headings, so that it cannot know what they are worth.
_READ = tuple(place for place, name in enumerate(FEATURES) if name != "heading")
# These differ from one collection to the next, so that only their standing among the candidates counts.
_RELATIVE = np.array([FEATURES[place] in ("fused", "lexical", "length") for place in _READ])
READ, INPUTS = len(_READ), 3 * len(_READ) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Mean and deviation of the features that the network reads, each of shape (READ,), over what it was trained on."""

    centre: FloatArray
    spread: FloatArray

    def __post_init__(self) -> None:
        _check("centre", self.centre, (READ,))
        _check("spread", self.spread, (READ,))

    @classmethod
    def of(cls, rows: FloatArray) -> "Scale":
        """From raw features of shape (n, len(FEATURES))."""
        read = rows[:, _READ].astype(np.float64)
        spread = np.maximum(read.std(axis=0), 1e-6)
        return cls(centre=read.mean(axis=0).astype(np.float32), spread=spread.astype(np.float32))

    def inputs(self, question: str, rows: FloatArray) -> FloatArray:
        """What the network reads of one question's candidates, shape (n, INPUTS), from raw features."""
        read = rows[:, _READ]
        level = np.where(_RELATIVE, 0, np.clip((read - self.centre) / self.spread, -4, 4))
        behind = np.clip((read - read.max(axis=0, initial=-np.inf)) / self.spread, -6, 0) / 2
        asked = [float(language_of(question) == "zh"), np.log1p(len(analyse_query(question))) / 3]
        parts = [standardised(rows)[:, _READ], level, behind, np.tile(asked, (len(rows), 1))]
        return np.concatenate(parts, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """One hidden layer: ``inward`` of shape (INPUTS, h), ``bias`` and ``outward`` of shape (h,)."""

    inward: FloatArray
    bias: FloatArray
    outward: FloatArray

    def __post_init__(self) -> None:
        hidden = self.outward.shape[-1]
        _check("inward", self.inward, (INPUTS, hidden))
        _check("bias", self.bias, (hidden,))
        _check("outward", self.outward, (hidden,))

    def of(self, inputs: FloatArray) -> FloatArray:
        """Shape (n,)."""
        return np.asarray(_gelu(inputs @ self.inward + self.bias) @ self.outward, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureNetwork:
    """Networks of one kind that were trained from other starts; their mean corrects the linear score."""

    scale: Scale
    members: tuple[Layers, ...]

    def correction(self, question: str, rows: FloatArray) -> FloatArray:
        """To be added to the linear scores of raw features ``rows``, shape (n,)."""
        inputs = self.scale.inputs(question, rows)
        return np.asarray(np.mean([member.of(inputs) for member in self.members], axis=0), dtype=np.float32)

    def arrays(self) -> dict[str, FloatArray]:
        """As ``read_network`` takes them from a file."""
        named = {"centre": self.scale.centre, "spread": self.scale.spread}
        for number, member in enumerate(self.members):
            named |= {f"{number}/inward": member.inward, f"{number}/bias": member.bias}
            named[f"{number}/outward"] = member.outward
        return named


def read_network(path: Path, sha256: str) -> FeatureNetwork:
    """Raises ``ModelRefused`` for a missing file, another hash, wrong shapes and numbers that are not finite."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelRefused(f"{path} is missing; fit the reranker again with python -m eval.fit.reranker") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelRefused(f"{path} has SHA-256 {found}, its weights were fitted with {sha256}; take both from one fit")
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return _network({name: stored[name].astype(np.float32) for name in stored.files})


def _network(arrays: Mapping[str, FloatArray]) -> FeatureNetwork:
    numbers = sorted({name.partition("/")[0] for name in arrays if "/" in name})
    try:
        return FeatureNetwork(
            scale=Scale(centre=arrays["centre"], spread=arrays["spread"]),
            members=tuple(
                Layers(**{part: arrays[f"{number}/{part}"] for part in ("inward", "bias", "outward")})
                for number in numbers
            ),
        )
    except KeyError as error:
        raise ModelRefused(f"the network of the reranker has no {error}; it has {sorted(arrays)}") from error


def _check(name: str, array: FloatArray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ModelRefused(f"network weights {name!r} have shape {array.shape}, expected {shape}")
    if not np.isfinite(array).all():
        raise ModelRefused(f"network weights {name!r} hold {np.count_nonzero(~np.isfinite(array))} not finite numbers")


def _gelu(values: FloatArray) -> FloatArray:
    """By its tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415), as the network was trained."""
    cubed = np.float32(0.7978845608) * (values + np.float32(0.044715) * values**3)
    return cast(FloatArray, values * (1 + np.tanh(cubed)) / 2)
