"""The plain way to ingest a folder, as a program of its own: ``python -m eval.bench.plain_ingest FOLDER OUT``.

One file after the other through unstructured's ``partition``, LangChain's recursive splitter, sentence-transformers and
Chroma, as tutorials show it. The
benchmark times it beside ``citedesk ingest``; what it needs is in the extra ``bench``.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ingest.parsers.unstructured_parser import load_partitioner

Add: TypeAlias = Callable[[str, list[str]], None]


def main() -> None:
    """Ingest, and print how many passages there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="", help="A folder; without it nothing is embedded or stored.")
    arguments = parser.parse_args()
    sys.stdout.write(f"{ingest(arguments.folder, arguments.out, arguments.model)}\n")


def ingest(folder: Path, out: Path, model: str) -> int:
    """Passages made of the files below ``folder``; with ``model`` they are embedded and added to Chroma in ``out``."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=100)
    add = _store(out, model) if model else None
    passages = 0
    for path in sorted(folder.rglob("*.*")):
        texts = splitter.split_text(_text(path))
        passages += len(texts)
        if add is not None and texts:
            add(path.name, texts)
    return passages


def _text(path: Path) -> str:
    # Its sentence splitter would be fetched from the network; the loader gives it one.
    partition = load_partitioner("auto", "partition")
    return "\n\n".join(str(element) for element in partition(filename=str(path), languages=["eng"]))


def _store(out: Path, model: str) -> Add:
    import chromadb
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(model)
    collection = chromadb.PersistentClient(path=str(out)).create_collection("plain", embedding_function=None)

    def add(name: str, texts: list[str]) -> None:
        ids = [f"{name}#{number}" for number in range(len(texts))]
        collection.add(ids=ids, embeddings=encoder.encode(texts), documents=texts)

    return add


if __name__ == "__main__":
    main()
