"""Random changes of a knowledge base while its indexes lag: no search returns a passage that is not live any more."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from edition_home import KB, NARROW, WIDE, EditionHome, SettingsEncoders, manual, paragraphs
from hypothesis import Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from answer.editions import EditionKeeper
from answer.search import Searcher
from core.settings import IngestSettings, RerankSettings, RetrievalSettings
from core.types import SearchResult, SearchStage
from ingest.direct import put_documents
from ingest.duplicates import find_duplicates
from rerank.late_interaction import LateInteractionReranker
from retrieval.search import Retriever
from store.duplicates import Duplicates
from store.editions import EditionState
from store.token_vectors import StoredTokens

SOURCES = ["a.md", "退款.md"]
QUESTION, TERM = "refunds 退款", re.compile("refunds|退款")
CANDIDATES = 8
NEVER = 3_600.0
sources = st.sampled_from(SOURCES)
bodies = st.builds(
    lambda numbers: "\n\n".join(manual(number, sentences=4) for number in numbers),
    st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True),
)


class LaggingHome(RuleBasedStateMachine):
    """A home whose indexes follow the record only where a rule lets them; ``texts`` is what is live, by source."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.texts: dict[str, str] = {}
        self.open()
        self.home.catalog.ensure_kb(KB)

    def open(self) -> None:
        """Two ways to cut and read; the indexes follow by themselves once an hour."""
        self.home = EditionHome(Path(self.folder.name) / "home", tokens=WIDE, embedders=("fake-1", "fake-2"))
        narrow = IngestSettings(chunk_tokens=NARROW, embed_batch=8)
        other = SettingsEncoders(narrow, *reversed(self.home.embedders))
        narrow_home = self.home.settings.model_copy(update={"ingest": narrow})
        others = EditionKeeper(narrow_home, self.home.catalog, other, lambda: self.home.indexes)
        self.keepers = [self.home.keeper, others]
        self.home.indexes.start_following(NEVER)
        first = Retriever(
            catalog=self.home.catalog,
            indexes=self.home.indexes,
            settings=RetrievalSettings(candidates=CANDIDATES),
        )
        embedder = self.home.embedders[0]
        reranker = LateInteractionReranker(embedder, StoredTokens(self.home.catalog, embedder.fingerprint))
        self.searcher = Searcher(first, reranker, RerankSettings(candidates=CANDIDATES))

    def teardown(self) -> None:
        if "home" in self.__dict__:
            self.home.close()
            self.folder.cleanup()

    def follow(self, late: bool) -> None:
        """Before a change the indexes are brought up to date, or they fall further behind."""
        if not late:
            self.home.indexes.catch_up(KB)

    # --- what people and processes do ------------------------------------------------------------------------------

    @rule(source=sources, body=bodies, keeper=st.sampled_from([0, 1]), late=st.booleans())
    def write(self, source: str, body: str, keeper: int, late: bool) -> None:
        """A new document, or other words in place of an old one; as either settings cut it."""
        self.follow(late)
        plan = self.keepers[keeper].plan(KB)
        document = replace(paragraphs(source, body), id=self.home.catalog.identity(KB, source))
        tokens = StoredTokens(self.home.catalog, plan.encoder.fingerprint)
        put_documents(
            [document],
            KB,
            catalog=self.home.catalog,
            embedder=plan.encoder,
            settings=plan.settings,
            token_record=tokens,
        )
        self.texts[source] = body

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), late=st.booleans())
    def delete(self, data: st.DataObject, late: bool) -> None:
        self.follow(late)
        source = data.draw(st.sampled_from(sorted(self.texts)))
        assert self.home.catalog.delete_sources(KB, [source]) == 1
        del self.texts[source]

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), new=sources, late=st.booleans())
    def move(self, data: st.DataObject, new: str, late: bool) -> None:
        """Under a new name, or in exchange for another document."""
        self.follow(late)
        old = data.draw(st.sampled_from(sorted(self.texts)))
        assume(old != new)
        moves = {old: new} | ({new: old} if new in self.texts else {})
        self.home.catalog.move_sources(KB, moves)
        self.texts = {moves.get(source, source): text for source, text in self.texts.items()}

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), new=sources, late=st.booleans())
    def copy(self, data: st.DataObject, new: str, late: bool) -> None:
        old = data.draw(st.sampled_from(sorted(self.texts)))
        self.write(new, self.texts[old], 0, late)
        find_duplicates(Duplicates(self.home.catalog), KB)

    @precondition(lambda self: self.texts)
    @rule(keeper=st.sampled_from([0, 1]))
    def switch(self, keeper: int) -> None:
        """To another edition, or the rest of the one that answers."""
        self.keepers[keeper].reindex(KB)

    @precondition(lambda self: EditionState.PREVIOUS in self.home.editions.of(KB))
    @rule(write=st.none() | st.tuples(sources, bodies))
    def rollback(self, write: tuple[str, str] | None) -> None:
        """As another process does it, which does not own the indexes; a document may have been replaced since."""
        if write is not None:
            self.write(*write, 0, late=True)
        self.home.editions.rollback(KB)

    @precondition(lambda self: EditionState.PREVIOUS in self.home.editions.of(KB))
    @rule()
    def forget_previous(self) -> None:
        self.home.editions.drop(self.home.editions.of(KB)[EditionState.PREVIOUS])

    @rule()
    def restart(self) -> None:
        self.home.close()
        self.open()

    @precondition(lambda self: len(self.texts) == len(SOURCES))
    @rule()
    def delete_all(self) -> None:
        self.home.catalog.delete_kb(KB)
        self.home.catalog.ensure_kb(KB)
        self.texts = {}

    # --- what must hold after each ---------------------------------------------------------------------------------

    @invariant()
    def only_live_passages_answer(self) -> None:
        for stage in SearchStage:
            for k in (1, CANDIDATES // 2):
                result = self.searcher.search(KB, QUESTION, k, stage)
                assert result.degraded == ()
                self.check_live(result)
                assert min(k, self.findable(stage)) <= len(result.hits) <= k

    @invariant()
    def every_edition_holds_what_is_live(self) -> None:
        """A switch or a rollback would otherwise bring back what was replaced."""
        catalog = self.home.catalog
        for edition in self.home.editions.of(KB).values():
            standing = catalog.live_chunks(KB, sorted(catalog.live_ids(KB, edition.id)), edition.id).values()
            assert {chunk.source for chunk in standing} == self.texts.keys()
            assert all(chunk.text in self.texts[chunk.source] for chunk in standing)

    def check_live(self, result: SearchResult) -> None:
        for hit in result.hits:
            for source in (hit.chunk.source, *hit.also_in):
                assert hit.chunk.text in self.texts[source], f"{source!r} holds {hit.chunk.text!r} no more"
            document = self.home.catalog.document(hit.chunk.document_id)
            assert document.source == hit.chunk.source
            assert hit.chunk.span.of(document.text) == hit.chunk.text

    def findable(self, stage: SearchStage) -> int:
        """How many different live passages one of the stage's indexes has to find."""
        view = self.home.indexes.view(KB)
        by_meaning = self.standing(view.edition.id, view.dense().ids())
        by_words = {text for text in self.standing(view.edition.id, view.lexical().ids()) if TERM.search(text)}
        if stage is SearchStage.LEXICAL:
            return len(by_words)
        return len(by_meaning) if stage is SearchStage.DENSE else max(len(by_meaning), len(by_words))

    def standing(self, edition: int, ids: set[str]) -> set[str]:
        return {chunk.text for chunk in self.home.catalog.live_chunks(KB, sorted(ids), edition).values()}


# A step takes a tenth of a second: hundreds of them to make a failure shorter are not worth the wait.
LaggingHome.TestCase.settings = settings(
    max_examples=10, stateful_step_count=16, deadline=None, phases=[Phase.reuse, Phase.generate]
)
TestLaggingHome = LaggingHome.TestCase
