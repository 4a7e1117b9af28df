"""The form in which a model is exported for the processor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """``name`` is part of fingerprints and of the cache's folder: a new one where the same weights give other numbers.

    ``files`` are what an export leaves, the one to open first; ``made_by`` are the packages whose versions are noted.
    ``exporter`` is the module that is run as ``python -m EXPORTER FOLDER OUT NAME`` and prints ``{"fidelity": ...}``;
    An export below the fidelity ``least`` does not serve; ``setting`` names the engine's setting in advice.
    """

    name: str
    files: tuple[str, ...]
    made_by: tuple[str, ...]
    exporter: str
    setting: str
    least: float
