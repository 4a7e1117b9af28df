"""The claims of ``tests/golden/claims``."""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "golden" / "claims"


class GoldenClaim(NamedTuple):
    """A claim, its quote, and whether the quote says it."""

    is_true: bool
    claim: str
    quote: str


def claims_of(name: str, language: str = "") -> list[GoldenClaim]:
    """Those of ``<name>.tsv``, all or in one language."""
    rows = [line.split("\t") for line in (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()]
    return [
        GoldenClaim(truth == "true", claim, quote)
        for truth, written_in, _, claim, quote in rows
        if language in ("", written_in)
    ]
