"""A home with real indexes and the real chunker around small embedders, to change editions in."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fakes import FakeEmbedder, FakeEncoders, a_document
from sqlalchemy import Connection

from answer.editions import EditionKeeper
from core.settings import IngestSettings, RetrievalSettings, Settings
from core.types import Block, BlockKind, Document, SearchStage, Span
from ingest.direct import put_documents
from ingest.known import cut_name, cut_settings
from retrieval.chroma_index import ChromaIndex, ChromaStore
from retrieval.indexes import Indexes
from retrieval.search import Retriever
from retrieval.tantivy_index import TantivyIndex, TantivyStore
from retrieval.verify import verify
from store.catalog import Catalog
from store.editions import Editions, EditionState, Recipe
from store.token_vectors import StoredTokens

KB = "help"
WIDE, NARROW = 180, 20
OTHER = {"tokens": NARROW, "embedders": ("fake-2", "fake-1")}


class SettingsEncoders(FakeEncoders):
    """As the home's: the settings' passages with the first of these embedders."""

    def __init__(self, settings: IngestSettings, *embedders: FakeEmbedder) -> None:
        super().__init__(*embedders, cut=cut_name(settings, "rule"))
        self.passages = cut_settings(settings)

    def recipe(self) -> Recipe:
        return Recipe(cut=self.cut, fingerprint=self.embedders[0].fingerprint, passages=self.passages)


class EditionHome:
    """One process over one home: settings that cut by ``tokens``, and embedders of which the first is wanted."""

    def __init__(self, home: Path, *, tokens: int = WIDE, embedders: Sequence[str] = ("fake-1",)) -> None:
        self.settings = Settings(home=home, ingest=IngestSettings(chunk_tokens=tokens, embed_batch=8))
        self.catalog = Catalog.open(home)
        self.embedders = [FakeEmbedder(name) for name in embedders]
        self.encoders = SettingsEncoders(self.settings.ingest, *self.embedders)
        self.indexes = Indexes(
            catalog=self.catalog,
            encoders=self.encoders,
            dense=ChromaStore(home / "indexes" / "chroma"),
            lexical=TantivyStore(home / "indexes" / "tantivy"),
        )
        self.editions = Editions(self.catalog)
        self.keeper = EditionKeeper(self.settings, self.catalog, self.encoders, lambda: self.indexes)
        self.retriever = Retriever(catalog=self.catalog, indexes=self.indexes, settings=RetrievalSettings())

    def put(self, source: str, text: str) -> None:
        """A document of paragraphs, as an ingestion by this home's settings stores it; indexed at the next search."""
        embedder = self.embedders[0]
        put_documents(
            [paragraphs(source, text)],
            KB,
            catalog=self.catalog,
            embedder=embedder,
            settings=self.settings.ingest,
            token_record=StoredTokens(self.catalog, embedder.fingerprint),
        )

    def found(self, question: str, stage: SearchStage = SearchStage.HYBRID, k: int = 100) -> list[str]:
        """The texts of the hits, best first. No arm may be down."""
        result = self.retriever.search(KB, question, k, stage)
        assert result.degraded == ()
        return [hit.chunk.text for hit in result.hits]

    def texts(self) -> list[str]:
        """Every live passage, sorted."""
        return sorted(chunk.text for chunk in self.catalog.live_chunks(KB, sorted(self.catalog.live_ids(KB))).values())

    def state(self) -> dict[str, int]:
        """The number of each edition by its state."""
        return {state.value: edition.id for state, edition in self.editions.of(KB).items()}

    def current(self) -> Recipe:
        return self.editions.of(KB)[EditionState.CURRENT].recipe

    def is_sound(self) -> bool:
        return all(arm.sound for arm in verify(KB, catalog=self.catalog, indexes=self.indexes))

    def close(self) -> None:
        self.keeper.close()
        self.indexes.close()
        self.catalog.close()


def paragraphs(source: str, text: str) -> Document:
    """A document whose paragraphs are parted by empty lines."""
    document, blocks, start = a_document(source, text, kb=KB), [], 0
    for part in text.split("\n\n"):
        blocks.append(Block(kind=BlockKind.PARAGRAPH, span=Span(start, start + len(part))))
        start += len(part) + 2
    return Document(**{name: getattr(document, name) for name in Document.__slots__} | {"blocks": tuple(blocks)})


def manual(number: int, *, sentences: int = 6) -> str:
    """A text of one passage by ``WIDE`` and of several by ``NARROW``, in both languages by turns."""
    if number % 2:
        return "".join(f"第{number}号网关的第{n}条规定说明退款需要{n}天才能到账。" for n in range(sentences))
    return " ".join(f"Rule {n} of gate {number} says that refunds take {n} days to arrive." for n in range(sentences))


def reindex_and_die(home: Path, at: int) -> None:
    """Build an edition by other settings in this process, and kill it, as ``kill -9`` does, at its ``at``-th step.

    A step begins before and after each commit of the record and each change of an index. Prints how many there were
    where the build came to its end.
    """
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def writing(catalog: Catalog) -> Iterator[Connection]:
        with commit(catalog) as connection:
            yield connection
            step()
        step()

    def stepping(apply: Callable[..., None]) -> Callable[..., None]:
        def applied(*arguments: object) -> None:
            step()
            apply(*arguments)
            step()

        return applied

    commit = Catalog.writing
    Catalog.writing = writing  # type: ignore[method-assign]
    for index in (ChromaIndex, TantivyIndex):
        index.apply = stepping(index.apply)  # type: ignore[method-assign]
    EditionHome(home, **OTHER).keeper.reindex(KB)
    print(steps)


if __name__ == "__main__":
    reindex_and_die(Path(sys.argv[1]), int(sys.argv[2]))
