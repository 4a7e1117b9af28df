import tempfile
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder, a_document, paragraphs_of, state_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select, text

from core.errors import InvalidInput, NotFound
from core.ports import TokenCodes
from core.types import Chunk, Document
from store.catalog import Catalog
from store.edition_passages import EditionPassages
from store.editions import Editions, EditionState, Recipe
from store.ledger import DETACHED, Ledger
from store.rows import live_chunk_rows
from store.tables import (
    chunks,
    documents,
    edition_versions,
    embeddings,
    indexes,
    near_duplicates,
    sketches,
    token_vectors,
    versions,
)

PARAGRAPHS = Recipe(cut="paragraphs", fingerprint="fake-1")
WORDS = Recipe(cut="words", fingerprint="fake-1")
LETTERS = Recipe(cut="letters", fingerprint="fake-2", embedder="other", passages={"chunk_tokens": 20})


def cut(document: Document, how: str) -> list[Chunk]:
    """Passages of a document: its paragraphs, its words, or its first letter."""
    separator = {"paragraphs": "\n\n", "words": " ", "letters": None}[how]
    parts = document.text.replace("\n\n", " ") if separator == " " else document.text
    whole = parts[:1] if separator is None else parts.replace(separator, "\n\n")
    fields = {name: getattr(document, name) for name in Document.__slots__}
    return paragraphs_of(Document(**fields | {"text": whole}))


@pytest.fixture
def editions(catalog):
    return Editions(catalog)


@pytest.fixture
def first(editions):
    return editions.settle("kb", PARAGRAPHS)


@pytest.fixture
def store(catalog, embedder):
    """Store a document, its passages cut as the recipe's cut says."""

    def store(source: str, words: str, recipe: Recipe = PARAGRAPHS) -> None:
        _put(catalog, embedder, a_document(source, words), recipe)

    return store


def _put(catalog, embedder, document, recipe):
    passages = cut(document, recipe.cut)
    vectors = embedder.embed_passages([chunk.indexed_text for chunk in passages])
    catalog.taking(recipe.cut).put_document(
        document, passages, list(vectors), fingerprint=recipe.fingerprint, state=state_of(document)
    )


def fill(catalog, edition, limit=1_000):
    """Cut what the edition lacks, at most ``limit`` documents."""
    passages = EditionPassages(catalog, edition)
    for batch in passages.uncut(limit):
        passages.put([(uncut, cut(uncut.document, edition.recipe.cut)) for uncut in batch])
        if limit < 1_000:
            return


def texts(catalog, edition=None):
    ids = sorted(catalog.live_ids("kb", edition and edition.id))
    return sorted(chunk.text for chunk in catalog.live_chunks("kb", ids, edition and edition.id).values())


def count(catalog, table, *where):
    with catalog.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*where))


def test_a_knowledge_base_has_one_first_edition_whoever_asks(catalog, editions, first):
    assert Editions(catalog).settle("kb", WORDS) == first
    assert editions.of("kb") == {EditionState.CURRENT: first}
    with pytest.raises(NotFound, match="'sales'"):
        editions.settle("sales", WORDS)


def test_what_is_built_is_seen_by_nobody_until_the_switch_shows_all_of_it(catalog, editions, first, store):
    store("a.md", "one two")
    store("说明.md", "退款 三天")
    built = editions.open("kb", WORDS)
    fill(catalog, built, limit=1)
    assert texts(catalog) == ["one two", "退款 三天"]
    assert texts(catalog, built) == ["one", "two", "退款 三天"]
    assert editions.behind(built) == 1
    fill(catalog, built)
    assert texts(catalog) == ["one two", "退款 三天"]
    editions.switch(built)
    assert texts(catalog) == ["one", "two", "三天", "退款"]
    assert texts(catalog, first) == ["one two", "退款 三天"], (
        "a search that began before the switch ends in its edition"
    )


def test_a_rollback_brings_back_exactly_what_was_there_and_a_second_one_goes_forward(catalog, editions, first, store):
    store("a.md", "one two")
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    editions.switch(built)
    back = editions.rollback("kb")
    assert (back.id, back.refuses) == (first.id, WORDS.key)
    assert texts(catalog) == ["one two"]
    again = editions.rollback("kb")
    assert (again.id, again.refuses) == (built.id, PARAGRAPHS.key)
    assert texts(catalog) == ["one", "two"]


def test_a_document_that_changes_during_a_build_is_new_in_both_editions_at_once(catalog, editions, first, store):
    store("a.md", "old words")
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    store("a.md", "new text")
    store("b.md", "late text")
    assert texts(catalog) == texts(catalog, built) == ["late text", "new text"]
    assert editions.behind(built) == 2
    fill(catalog, built)
    assert texts(catalog, built) == ["late", "new", "text", "text"]
    assert count(catalog, versions, versions.c.text == "old words") == 1, (
        "the version before is kept, not its other cut"
    )


def test_neither_a_switch_nor_a_rollback_brings_back_what_was_deleted_or_replaced(catalog, editions, first, store):
    for source in ("a.md", "b.md", "c.md"):
        store(source, f"{source} secret")
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    catalog.delete_sources("kb", ["a.md"])
    editions.switch(built)
    catalog.delete_sources("kb", ["b.md"])
    store("c.md", "open now", WORDS)
    editions.rollback("kb")
    assert texts(catalog) == ["now", "open"]
    assert editions.behind(editions.of("kb")[EditionState.CURRENT]) == 1
    assert count(catalog, versions, versions.c.text.in_(["a.md secret", "b.md secret"])) == 0


def test_what_is_behind_in_the_edition_that_answers_is_replaced_document_by_document(catalog, editions, store):
    store("a.md", "one two")
    current = editions.settle("kb", WORDS)
    head = Ledger(catalog).head("kb")
    fill(catalog, current)
    assert texts(catalog) == ["one", "two"]
    changed = Ledger(catalog).changed_since("kb", head, 10)
    assert len(changed) == 3, "one passage went and two came"
    assert count(catalog, versions) == 1


def test_a_document_that_changed_since_it_was_read_is_not_overwritten(catalog, editions, first, store):
    store("a.md", "old words")
    built = editions.open("kb", WORDS)
    passages = EditionPassages(catalog, built)
    ((uncut,),) = passages.uncut(10)
    store("a.md", "new text")
    passages.put([(uncut, cut(uncut.document, "words"))])
    assert texts(catalog, built) == ["new text"]
    assert count(catalog, edition_versions) == 0


def test_two_processes_that_fill_one_edition_put_each_document_in_once(catalog, editions, first, store):
    store("a.md", "one two")
    built = editions.open("kb", WORDS)
    passages = EditionPassages(catalog, built)
    ((uncut,),) = passages.uncut(10)
    fill(catalog, built)
    passages.put([(uncut, cut(uncut.document, "words"))])
    assert count(catalog, edition_versions) == 1
    assert count(catalog, versions) == 2


def test_a_build_of_another_recipe_is_dropped_with_all_that_was_made_for_it(catalog, editions, first, store):
    store("a.md", "one two")
    abandoned = editions.open("kb", WORDS)
    fill(catalog, abandoned)
    built = editions.open("kb", LETTERS)
    assert built.id != abandoned.id
    assert built.recipe == LETTERS
    assert count(catalog, versions) == 1
    assert count(catalog, chunks) == 1
    with pytest.raises(NotFound, match=f"edition {abandoned.id} of 'kb' was dropped"):
        EditionPassages(catalog, abandoned).put([])
    with pytest.raises(NotFound, match=f"edition {abandoned.id} of 'kb' is gone"):
        editions.switch(abandoned)


def test_a_build_of_the_same_recipe_goes_on_where_it_was(catalog, editions, first, store):
    store("a.md", "one two")
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    editions.mark_staged(built)
    again = editions.open("kb", WORDS)
    assert (again.id, again.state) == (built.id, EditionState.BUILDING)
    assert editions.behind(again) == 0


def test_the_edition_before_is_taken_up_again_when_its_recipe_is_wanted_again(catalog, editions, first, store):
    store("a.md", "one two")
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    editions.switch(built)
    store("b.md", "three four", WORDS)
    again = editions.open("kb", PARAGRAPHS)
    assert again.id == first.id
    assert editions.behind(again) == 1
    fill(catalog, again)
    editions.switch(again)
    assert texts(catalog) == ["one two", "three four"]
    assert editions.of("kb")[EditionState.PREVIOUS].id == built.id


def test_the_next_switch_forgets_the_edition_before_the_last(catalog, editions, first, store):
    store("a.md", "one two")
    for recipe in (WORDS, LETTERS):
        built = editions.open("kb", recipe)
        fill(catalog, built)
        editions.switch(built)
    assert {state.value: edition.recipe for state, edition in editions.of("kb").items()} == {
        "current": LETTERS,
        "previous": WORDS,
    }
    assert texts(catalog) == ["o"]
    assert count(catalog, versions) == 2


def test_a_rollback_without_an_edition_to_go_back_to_is_refused(editions, first):
    with pytest.raises(InvalidInput, match="'kb' has no previous edition"):
        editions.rollback("kb")
    with pytest.raises(NotFound, match="'sales'"):
        editions.rollback("sales")


def test_a_rollback_drops_the_build_that_is_going_on(catalog, editions, first, store):
    store("a.md", "one two")
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    editions.switch(built)
    editions.open("kb", LETTERS)
    editions.rollback("kb")
    assert editions.of("kb").keys() == {EditionState.CURRENT, EditionState.PREVIOUS}


def test_a_switch_leaves_no_index_following_that_answers_no_longer(catalog, editions, first, store):
    store("a.md", "one two")
    ledger = Ledger(catalog)
    old = ledger.begin("kb", first.id, "lexical", "words")
    ledger.publish(old)
    built = editions.open("kb", WORDS)
    new = ledger.begin("kb", built.id, "lexical", "words")
    ledger.publish(new)
    editions.switch(built)
    assert ledger.ready(first.id, "lexical").watermark == DETACHED
    store("b.md", "three")
    ledger.advance(old, 1_000)
    ledger.advance(new, ledger.head("kb"))
    assert ledger.changed_since("kb", 0, 10) == [], "the index that was left holds nothing back"
    assert ledger.lag("kb") == {"lexical": 0}
    ledger.attach(ledger.ready(first.id, "lexical"), 5)
    assert ledger.ready(first.id, "lexical").watermark == DETACHED


def test_texts_that_an_embedder_has_not_read_are_named_once_and_read_once(catalog, editions, first, store, embedder):
    store("a.md", "one\n\ntwo")
    store("b.md", "one")
    built = editions.open("kb", Recipe(cut="paragraphs", fingerprint="fake-2"))
    passages = EditionPassages(catalog, built)
    keys = passages.unread(tokens=False)
    assert sorted(passages.texts(keys).values()) == ["Manual\none", "Manual\ntwo"]
    vectors = dict.fromkeys(keys, np.ones(4, dtype=np.float32))
    passages.put_read({**vectors, "of a text that is gone": vectors[keys[0]]}, {})
    assert passages.unread(tokens=False) == []
    assert passages.unread(tokens=True) == keys
    assert count(catalog, embeddings, embeddings.c.fingerprint == "fake-2") == 2


@pytest.mark.parametrize("shared", [True, False])
def test_the_vectors_of_an_embedder_go_with_the_last_edition_that_it_reads(
    catalog, editions, first, store, put, shared
):
    store("a.md", "one two")
    if shared:
        put("b.md", "Theirs.", kb="other")
        editions.settle("other", PARAGRAPHS)
    built = editions.open("kb", Recipe(cut="paragraphs", fingerprint="fake-2"))
    passages = EditionPassages(catalog, built)
    keys = passages.unread(tokens=True)
    codes = TokenCodes(np.zeros((1, 8), dtype=np.uint8))
    passages.put_read(dict.fromkeys(keys, np.ones(4, dtype=np.float32)), dict.fromkeys(keys, codes))
    editions.switch(built)
    assert count(catalog, embeddings, embeddings.c.fingerprint == "fake-1") == 1 + shared, "a rollback needs them"
    editions.drop(editions.of("kb")[EditionState.PREVIOUS])
    assert count(catalog, embeddings, embeddings.c.fingerprint == "fake-1") == 2 * shared
    assert count(catalog, embeddings, embeddings.c.fingerprint == "fake-2") == 1
    catalog.delete_kb("kb")
    assert count(catalog, token_vectors) == 0
    assert count(catalog, indexes) == count(catalog, edition_versions) == 0


def test_the_edition_that_answers_cannot_be_dropped(editions, first):
    editions.drop(first)
    assert editions.of("kb")[EditionState.CURRENT] == first


def test_what_is_known_of_duplicates_holds_for_every_cut(catalog, editions, first, store):
    store("a.md", "one two")
    store("b.md", "one two three")
    with catalog.writing() as connection:
        old = connection.scalars(select(versions.c.id).order_by(versions.c.id)).all()
        connection.execute(
            sketches.insert(), [{"version_id": each, "words_hash": f"h{each}", "signature": b"s"} for each in old]
        )
        pairs = [{"version_id": one, "other_id": other, "similarity": 0.7} for one, other in (old, old[::-1])]
        connection.execute(near_duplicates.insert(), pairs)
    built = editions.open("kb", WORDS)
    fill(catalog, built)
    editions.switch(built)
    editions.drop(editions.of("kb")[EditionState.PREVIOUS])
    with catalog.engine.connect() as connection:
        new = connection.scalars(select(documents.c.current_version).order_by(documents.c.current_version)).all()
        rows = connection.execute(select(near_duplicates.c.version_id, near_duplicates.c.other_id)).all()
        hashes = connection.scalars(select(sketches.c.words_hash).order_by(sketches.c.version_id)).all()
    assert sorted(map(tuple, rows)) == [(new[0], new[1]), (new[1], new[0])]
    assert hashes == [f"h{each}" for each in old], "the older document is still the older one"


def test_passages_of_an_edition_are_looked_up_by_their_id(catalog):
    statement = live_chunk_rows("kb", 1).where(chunks.c.chunk_id.in_(["a", "b"]))
    sql = str(statement.compile(catalog.engine, compile_kwargs={"literal_binds": True}))
    with catalog.engine.connect() as connection:
        plan = [row.detail for row in connection.execute(text("EXPLAIN QUERY PLAN " + sql))]
    assert plan[0].startswith("SEARCH chunks USING INDEX ix_chunks_chunk_id")
    assert not any(line.startswith("SCAN") for line in plan)


Recipes = st.sampled_from([PARAGRAPHS, WORDS, LETTERS])
Sources = st.sampled_from(["a.md", "b.md", "说明.md"])
Texts = st.permutations(["refund", "gate\n\nfan", "退款\n\n三天", "bye"]).flatmap(
    lambda words: st.integers(1, 4).map(lambda n: " ".join(words[:n]))
)


class AnyOrder(RuleBasedStateMachine):
    """Whatever is done to the editions, in any order, each shows the latest text of every document exactly once."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.catalog = Catalog.open(Path(self.folder.name))
        self.catalog.ensure_kb("kb")
        self.editions = Editions(self.catalog)
        self.editions.settle("kb", PARAGRAPHS)
        self.embedder = FakeEmbedder()
        self.documents = {}

    @rule(source=Sources, words=Texts, recipe=Recipes)
    def put(self, source, words, recipe):
        self.documents[source] = a_document(source, words)
        _put(self.catalog, self.embedder, self.documents[source], recipe)

    @rule(source=Sources)
    def delete(self, source):
        self.catalog.delete_sources("kb", [source])
        self.documents.pop(source, None)

    @rule(recipe=Recipes)
    def open(self, recipe):
        if self.of("current").recipe.key != recipe.key:
            self.editions.open("kb", recipe)

    @rule(limit=st.sampled_from([1, 1_000]), state=st.sampled_from(["building", "current"]))
    def fill(self, limit, state):
        if edition := self.of(state):
            fill(self.catalog, edition, limit)

    @precondition(lambda self: self.of("building"))
    @rule()
    def switch(self):
        self.editions.switch(self.of("building"))

    @precondition(lambda self: self.of("previous"))
    @rule()
    def rollback(self):
        self.editions.rollback("kb")

    @rule(state=st.sampled_from(["building", "previous"]))
    def drop(self, state):
        if edition := self.of(state):
            self.editions.drop(edition)

    @invariant()
    def every_edition_holds_the_latest_text_of_each_document_once(self):
        for edition in self.editions.of("kb").values():
            shown = {source: set() for source in self.documents}
            ids = sorted(self.catalog.live_ids("kb", edition.id))
            for chunk in self.catalog.live_chunks("kb", ids, edition.id).values():
                shown[chunk.source].add(chunk.text)
            for source, document in self.documents.items():
                ways = (edition.recipe,) if self.editions.behind(edition) == 0 else (PARAGRAPHS, WORDS, LETTERS)
                assert shown[source] in [{chunk.text for chunk in cut(document, way.cut)} for way in ways]

    @invariant()
    def nothing_is_kept_that_no_edition_and_no_history_needs(self):
        history = versions.c.id.not_in(select(edition_versions.c.version_id))
        with self.catalog.engine.connect() as connection:
            kept = connection.scalars(select(func.count()).where(history).group_by(versions.c.document_id)).all()
            rows = connection.execute(select(edition_versions, documents.c.current_version).join(documents)).all()
        assert max(kept, default=0) <= 2
        assert all(row.version_id != row.current_version for row in rows)
        assert self.of("current").id not in {row.edition_id for row in rows}

    def of(self, state):
        return self.editions.of("kb").get(EditionState(state))

    def teardown(self):
        self.catalog.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
