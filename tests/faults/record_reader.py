"""Reads a record all the time and tells what nobody may see in it. Run as ``record_reader.py HOME JOURNAL``."""

import json
import select
import sys
from collections.abc import Iterator
from pathlib import Path

from changing_folder import PINNED, Journal, Marks, marks_in
from dying import KB
from sqlalchemy import Engine

from store.catalog import Catalog
from store.rows import live_chunk_rows
from store.tables import chunks, documents


def seen(engine: Engine) -> dict[str, Marks]:
    """The marks of every live document by its source, as one statement reads them."""
    texts: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for row in connection.execute(live_chunk_rows(KB).order_by(documents.c.source, chunks.c.ordinal)):
            texts.setdefault(row.source, []).append(row.text)
    return {source: marks_in(each) for source, each in texts.items()}


def wrongs(now: dict[str, Marks], journal: Journal) -> Iterator[str]:
    """What no reader may see: a document in part, a mixture of two writings, or a gap between them."""
    yield from (f"{source} with {marks}" for source, marks in now.items() if not journal.knows(marks))
    yield from (f"no {name}" for name in PINNED if name not in now)


def main(home: Path, journal: Journal) -> None:
    engine = Catalog.open(home).engine
    polls, wrong = 0, set()  # type: tuple[int, set[str]]
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        polls += 1
        wrong |= {*wrongs(seen(engine), journal)}
    print(json.dumps({"polls": polls, "wrong": sorted(wrong)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Journal(Path(sys.argv[2])))
