"""Our ingestion without an embedder, as a program of its own: ``python -m eval.bench.own_ingest FOLDER HOME``.

Everything else is as in ``citedesk ingest``: parsing, passages and the record. The benchmark times it beside the plain
way without embedding.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.ports import TokenCodes
from core.settings import IngestSettings
from core.types import FloatArray


class NoEmbedder:
    """Every vector is the same number."""

    fingerprint = "none"

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, 1)."""
        return np.ones((len(texts), 1), dtype=np.float32)

    def embed_query(self, text: str) -> FloatArray:
        """Shape (1,)."""
        return np.ones(1, dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> tuple[FloatArray, list[TokenCodes]]:
        """Not asked for: there is no record of token vectors."""
        raise NotImplementedError

    def legibility(self, text: str) -> float:
        """All of it."""
        return 1.0


def main(arguments: Sequence[str]) -> None:
    """Ingest ``FOLDER`` into the record of ``HOME``."""
    # Here as in the command line: parser processes import this module, and they need neither.
    from ingest.run import Ingestion
    from store.catalog import Catalog

    folder, home = map(Path, arguments)
    report = Ingestion(Catalog.open(home), NoEmbedder(), IngestSettings()).run([folder], "bench")
    sys.stdout.write(f"{report.passages}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
