"""Random changes, deaths and rebuilds of a home with real indexes, against a dictionary that is searched one by one."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder, FakeEncoders, a_document, paragraphs_of, state_of
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.ports import ScoredId
from core.settings import RetrievalSettings
from core.text import analyse, analyse_query
from core.types import Chunk, SearchStage, Stage
from retrieval.chroma_index import ChromaStore
from retrieval.indexes import Indexes
from retrieval.search import Retriever
from retrieval.tantivy_index import TantivyStore
from retrieval.verify import verify
from store.catalog import Catalog

KB, K = "kb", 100
SENTENCES = (
    "Refunds take 14 days.",
    "Refunds of the gate take 30 days.",
    "The gate has two fans.",
    "Parking is free in yard 7.",
    "退款需要十四天。",
    "网关的退款需要三十天。",
    "网关有两个风扇。",
    "七号院停车免费。",
)
QUESTIONS = ("how long do refunds of the gate take", "网关退款要几天")
sources = st.sampled_from(["a.md", "b.md", "指南.md"])
bodies = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True).map(tuple)
changes = st.lists(st.tuples(sources, st.none() | bodies), min_size=1, max_size=4)
moments = st.integers(1, 12)


class Dead(BaseException):
    """The process ended here."""


class OneProcess:
    """What a process has open. It dies at its ``dies_at``-th commit or change of an index, before or after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.embedder = FakeEmbedder()
        self.catalog = Catalog.open(folder)
        self.stores = {Stage.DENSE: ChromaStore(folder / "chroma"), Stage.LEXICAL: TantivyStore(folder / "tantivy")}
        self.indexes = Indexes(
            catalog=self.catalog,
            encoders=FakeEncoders(self.embedder),
            dense=self.stores[Stage.DENSE],
            lexical=self.stores[Stage.LEXICAL],
        )
        self.retriever = Retriever(catalog=self.catalog, indexes=self.indexes, settings=RetrievalSettings(candidates=K))
        self.left = 0

    def put(self, source: str, body: Sequence[str]) -> None:
        document = a_document(source, "\n\n".join(body), kb=KB)
        passages = paragraphs_of(document)
        vectors = self.embedder.embed_passages([chunk.indexed_text for chunk in passages])
        self.catalog.put_document(
            document, passages, list(vectors), fingerprint=self.embedder.fingerprint, state=state_of(document)
        )

    def change(self, source: str, body: Sequence[str] | None) -> None:
        if body is None:
            self.catalog.delete_sources(KB, [source])
        else:
            self.put(source, body)

    @contextmanager
    def dying(self, moment: int) -> Iterator[None]:
        """Let it die at that step, if it comes to that in here."""
        self.watch()
        self.left = moment
        yield
        self.left = 0

    def watch(self) -> None:
        commit = self.catalog.writing

        @contextmanager
        def writing() -> Iterator[object]:
            with commit() as connection:
                yield connection
                self.step()
            self.step()

        self.catalog.writing = writing  # type: ignore[method-assign]
        for followed in self.indexes._generations._open.values():
            followed.index.apply = self.stepping(followed.index.apply)  # type: ignore[method-assign]

    def stepping(self, apply: Callable[..., None]) -> Callable[..., None]:
        def applied(*arguments: object) -> None:
            self.step()
            apply(*arguments)
            self.step()

        return applied

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Dead

    def die(self) -> None:
        """As after a kill: nothing that was not committed is, and no folder was closed in good order."""
        self.close()
        for seal in self.folder.rglob("seal.json"):
            seal.unlink()

    def close(self) -> None:
        self.indexes.close()
        self.catalog.close()


class ChangingHome(RuleBasedStateMachine):
    """``texts`` is what is live, by source."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.texts: dict[str, tuple[str, ...]] = {}
        self.process = OneProcess(Path(self.folder.name))
        self.process.catalog.ensure_kb(KB)

    def teardown(self) -> None:
        if "process" in self.__dict__:
            self.process.close()
            self.folder.cleanup()

    def start_again(self) -> None:
        self.process = OneProcess(Path(self.folder.name))
        self.process.indexes.sweep()

    # --- what happens ----------------------------------------------------------------------------------------------

    @rule(changes=changes)
    def write(self, changes: list[tuple[str, tuple[str, ...] | None]]) -> None:
        for source, body in changes:
            self.process.change(source, body)
            self.note(source, body)

    @rule(changes=changes, moment=moments)
    def write_and_die(self, changes: list[tuple[str, tuple[str, ...] | None]], moment: int) -> None:
        """In one of the changes, or while the indexes follow them: each change is there as a whole or not at all."""
        try:
            with self.process.dying(moment):
                for source, body in changes:
                    before = self.texts.get(source)
                    self.process.change(source, body)
                    self.note(source, body)
                self.process.indexes.catch_up(KB)
        except Dead:
            self.process.die()
            self.start_again()
            stands = self.sentences_of(source)
            assert stands in (before or (), body or ())
            self.note(source, stands or None)

    @precondition(lambda self: self.texts)
    @rule(moment=moments)
    def rebuild_and_die(self, moment: int) -> None:
        try:
            with self.process.dying(moment):
                self.process.indexes.rebuild(KB)
        except Dead:
            self.process.die()
            self.start_again()

    @rule()
    def rebuild(self) -> None:
        self.process.embedder.embedded.clear()
        self.process.indexes.rebuild(KB)
        assert self.process.embedder.embedded == []

    @rule()
    def end_and_start(self) -> None:
        self.process.close()
        self.start_again()

    def note(self, source: str, body: tuple[str, ...] | None) -> None:
        self.texts.pop(source, None)
        if body is not None:
            self.texts[source] = body

    def sentences_of(self, source: str) -> tuple[str, ...]:
        return tuple(sorted_by_place(chunk for chunk in self.live().values() if chunk.source == source))

    def live(self) -> dict[str, Chunk]:
        return self.process.catalog.live_chunks(KB, sorted(self.process.catalog.live_ids(KB)))

    # --- what must hold after each ---------------------------------------------------------------------------------

    @invariant()
    def the_record_is_the_model(self) -> None:
        for source in ("a.md", "b.md", "指南.md"):
            assert self.sentences_of(source) == self.texts.get(source, ())

    @invariant()
    def each_arm_finds_what_a_look_at_every_passage_finds_in_that_order(self) -> None:
        passages = self.live()
        for question in QUESTIONS:
            vector = self.process.embedder.embed_query(question)
            near = self.process.indexes.dense(KB).search(vector, K)
            rows = {i: self.process.embedder.embed_passages([chunk.indexed_text])[0] for i, chunk in passages.items()}
            assert {hit.chunk_id: hit.score for hit in near} == pytest.approx(
                {i: float(np.dot(vector, row)) for i, row in rows.items()}, abs=1e-5
            )
            by_words = self.process.indexes.lexical(KB).search(question, K)
            asked = set(analyse_query(question))
            sharing = {i for i, chunk in passages.items() if asked & set(analyse(chunk.indexed_text))}
            assert {hit.chunk_id for hit in by_words} == sharing
            for hits in (near, by_words):
                assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))
                self.copies_score_alike(hits, passages)

    def copies_score_alike(self, hits: Sequence[ScoredId], passages: dict[str, Chunk]) -> None:
        by_text: dict[str, set[float]] = {}
        for hit in hits:
            by_text.setdefault(passages[hit.chunk_id].text, set()).add(hit.score)
        assert all(len(scores) == 1 for scores in by_text.values())

    @invariant()
    def the_same_question_has_the_same_answer(self) -> None:
        for stage in (SearchStage.LEXICAL, SearchStage.DENSE, SearchStage.HYBRID):
            first, again = (self.process.retriever.search(KB, QUESTIONS[1], K, stage) for _ in range(2))
            assert first.degraded == again.degraded == ()
            assert first.hits == again.hits

    @invariant()
    def the_indexes_are_sound(self) -> None:
        assert all(arm.sound for arm in verify(KB, catalog=self.process.catalog, indexes=self.process.indexes))


def sorted_by_place(chunks: Iterator[Chunk]) -> Iterator[str]:
    return (chunk.text for chunk in sorted(chunks, key=lambda chunk: chunk.ordinal))


ChangingHome.TestCase.settings = settings(
    max_examples=10, stateful_step_count=14, deadline=None, phases=[Phase.reuse, Phase.generate]
)
TestChangingHome = ChangingHome.TestCase
