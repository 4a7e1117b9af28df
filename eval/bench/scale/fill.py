"""Puts the generated corpus into the record of a home: ``python -m eval.bench.scale.fill FOLDER PASSAGES``."""

import argparse
from pathlib import Path

from core.settings import RecordSettings
from eval.bench.scale.corpus import Corpus
from eval.bench.scale.home import KB, StandIn, put
from store.catalog import Catalog

TRAIN = Path(__file__).resolve().parents[3] / "data" / "train"


def main() -> None:
    """Write, without the indexes: whoever owns them follows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("passages", type=int)
    parser.add_argument("--first", type=int, default=0, help="Passages that are there already.")
    arguments = parser.parse_args()
    fill(arguments.folder, arguments.passages, first=arguments.first)


def fill(folder: Path, passages: int, *, first: int = 0) -> None:
    """The passages ``first`` to ``passages``."""
    catalog = Catalog.open(folder, RecordSettings())
    catalog.ensure_kb(KB)
    put(catalog, Corpus(KB, TRAIN).documents(passages, first=first), StandIn.fingerprint)
    catalog.close()


if __name__ == "__main__":
    main()
