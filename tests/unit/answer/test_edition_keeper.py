"""Editions with the real Chroma, tantivy and chunker behind them; only the embedder is small."""

import threading
from pathlib import Path

import pytest
from edition_home import KB, NARROW, WIDE, EditionHome, manual
from sqlalchemy import select

from core.errors import IndexLocked, InvalidInput, Unavailable
from core.types import SearchStage
from ingest.reindex import Build, go_on, tell_nobody
from store.editions import EditionState
from store.tables import indexes

QUESTIONS = ("rule 2 of gate 4", "网关规定退款几天到账")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with ten documents, cut wide and read by the first embedder."""
    home = EditionHome(tmp_path / "home")
    for number in range(10):
        home.put(f"{number}.md", manual(number))
    home.keeper.bring_up(KB)
    home.indexes.catch_up(KB)
    home.close()
    return tmp_path / "home"


@pytest.fixture
def reopened(folder):
    """Opens the home as the next process does, with other settings; all are closed at the end."""
    opened: list[EditionHome] = []

    def reopen(**settings) -> EditionHome:
        for home in opened:
            home.close()
        opened[:] = [EditionHome(folder, **settings)]
        return opened[0]

    yield reopen
    for home in opened:
        home.close()


def folders(home: EditionHome) -> set[str]:
    return {path.name for path in (home.settings.home / "indexes" / "tantivy").iterdir()}


def generations(home: EditionHome) -> set[str]:
    with home.catalog.engine.connect() as connection:
        return set(connection.scalars(select(indexes.c.generation)))


@pytest.mark.parametrize(
    "settings",
    [
        {"tokens": NARROW},
        {"embedders": ("fake-2", "fake-1")},
        {"tokens": NARROW, "embedders": ("fake-2", "fake-1")},
    ],
    ids=["passages", "embedder", "both"],
)
def test_changed_settings_switch_to_a_sound_edition_and_a_rollback_switches_back(reopened, settings):
    home = reopened(**settings)
    before = home.texts()
    done = home.keeper.bring_up(KB)
    assert done is not None
    assert done.switched
    assert home.state() == {"previous": 1, "current": 2}
    assert home.current() == home.encoders.recipe()
    # A rule is one sentence, and two of them are longer than a narrow passage.
    assert ("Rule 2 of gate 4 says that refunds take 2 days to arrive." in home.texts()) is ("tokens" in settings)
    assert home.is_sound()
    after = home.texts()
    for stage in (SearchStage.DENSE, SearchStage.LEXICAL):
        assert set(home.found(QUESTIONS[0], stage)) <= set(after)
    home.keeper.rollback(KB)
    assert home.state() == {"current": 1, "previous": 2}
    assert home.texts() == before
    assert home.is_sound()
    home.keeper.rollback(KB)
    assert home.texts() == after
    assert home.is_sound()
    assert len(generations(home)) == 4
    assert len(folders(home) & generations(home)) == len(folders(home)) == 2


def test_unchanged_settings_do_nothing(reopened):
    home = reopened()
    assert home.keeper.bring_up(KB) is None
    assert home.embedders[0].embedded == []
    assert home.state() == {"current": 1}


def test_questions_are_answered_from_one_edition_all_the_time_until_the_other_one_does(reopened):
    home = reopened(tokens=NARROW, embedders=("fake-2", "fake-1"))
    old = set(home.texts())
    seen: list[frozenset[str]] = []
    failed: list[BaseException] = []
    end, asked = threading.Event(), threading.Event()

    def ask() -> None:
        try:
            while not end.is_set():
                seen.extend(frozenset(home.found(question)) for question in QUESTIONS)
                asked.set()
        except BaseException as error:
            failed.append(error)
            asked.set()

    home.indexes.start_following(0.02)
    asker = threading.Thread(target=ask)
    asker.start()
    asked.wait(30)
    home.keeper.reindex(KB, told=lambda _: asked.wait(0.05))
    switched = len(seen)
    asked.clear()
    asked.wait(30)
    new = set(home.texts())
    home.keeper.rollback(KB)
    for _ in range(3):
        asked.clear()
        asked.wait(30)
    end.set()
    asker.join()
    assert failed == []
    assert all(seen), "no question was left without hits"
    assert {("old" if hits <= old else "new" if hits <= new else "mixed") for hits in seen} == {"old", "new"}
    assert all(hits <= old for hits in seen[: switched - 2]), "the old edition answers while the new one is built"
    assert seen[-1] <= old


def test_what_changes_and_goes_during_the_build_is_right_before_and_after_the_switch(reopened):
    home = reopened(tokens=NARROW, embedders=("fake-2", "fake-1"))
    home.indexes.catch_up(KB)
    at = iter(range(1_000))

    def meddle(_progress) -> None:
        step = next(at)
        if step == 0:
            home.catalog.delete_sources(KB, ["4.md"])
        elif step == 1:
            home.put("0.md", "Everything about gate 0 is new now.")
            home.put("new.md", "A late rule arrives.")
        assert not any("gate 4" in text for text in home.found("rule 2 of gate 4"))
        if step >= 1:
            assert home.found("late rule arrives")[0] == "A late rule arrives."
            assert not any("of gate 0" in text for text in home.found("gate 0"))

    home.keeper.reindex(KB, told=meddle)
    for _ in range(3):
        assert not any("gate 4" in text for text in home.texts())
        assert {"A late rule arrives.", "Everything about gate 0 is new now."} <= set(home.texts())
        assert home.is_sound()
        home.keeper.rollback(KB)


def test_indexes_that_are_built_already_follow_what_changes_before_the_switch(reopened, folder):
    home = reopened(tokens=NARROW)
    home.indexes.catch_up(KB)
    edition = home.editions.open(KB, home.encoders.recipe())
    home.keeper._build(edition, tell_nobody, go_on)
    home.indexes.prepare(edition)
    old_settings = EditionHome(folder)
    old_settings.put("0.md", manual(0).replace("gate 0", "gate zero"))
    old_settings.close()
    home.put("1.md", "第1号网关的规定全部作废。")
    home.catalog.delete_sources(KB, ["2.md"])
    home.indexes.catch_up(KB)
    home.keeper._build(edition, tell_nobody, go_on)
    home.keeper._finish(edition, Build(cut=0, read=0), go_on)
    for stage in (SearchStage.LEXICAL, SearchStage.DENSE):
        assert (
            home.found("rule 2 of gate zero", stage)[0]
            == "Rule 2 of gate zero says that refunds take 2 days to arrive."
        )
    assert home.is_sound()
    home.keeper.rollback(KB)
    assert home.is_sound()


def test_a_rolled_back_edition_is_kept_to_by_later_ingestions_until_it_is_asked_otherwise(reopened):
    home = reopened(tokens=NARROW, embedders=("fake-2", "fake-1"))
    home.keeper.bring_up(KB)
    home.put("late.md", manual(2))
    home.keeper.rollback(KB)
    edition = home.keeper.of(KB)[EditionState.CURRENT]
    assert home.keeper.behind(edition) == 1
    plan = home.keeper.plan(KB)
    assert (plan.settings.chunk_tokens, plan.encoder.fingerprint) == (WIDE, "fake-1")
    done = home.keeper.bring_up(KB)
    assert done is not None
    assert (done.build.cut, done.switched) == (1, False)
    assert home.keeper.behind(edition) == 0
    assert home.keeper.bring_up(KB) is None
    assert home.state()["current"] == 1
    assert home.is_sound()
    again = home.keeper.reindex(KB)
    assert again.switched
    assert home.state() == {"current": 2, "previous": 1}
    assert again.build.cut == 1, "only what came since is cut again"
    assert home.is_sound()


def test_settings_of_a_third_kind_end_a_rollback(reopened):
    home = reopened(tokens=NARROW)
    home.keeper.bring_up(KB)
    home.keeper.rollback(KB)
    home = reopened(tokens=60)
    assert home.keeper.plan(KB).settings.chunk_tokens == 60
    assert home.keeper.bring_up(KB).switched
    assert home.is_sound()


def test_a_process_without_the_indexes_fills_an_edition_and_the_owner_switches_to_it(reopened, folder):
    other = EditionHome(folder, tokens=NARROW, embedders=("fake-2", "fake-1"))

    def locked():
        raise IndexLocked("a service owns them")

    other.keeper._indexes = locked
    done = other.keeper.reindex(KB)
    assert (done.edition.state, done.switched) == (EditionState.STAGED, False)
    assert other.texts() == reopened(embedders=("fake-1", "fake-2")).texts(), "nothing is switched yet"
    other.close()
    owner = reopened(embedders=("fake-1", "fake-2"))
    owner.indexes.start_following(0.02)
    before = owner.found(QUESTIONS[0])
    owner.keeper._finish_staged(KB)
    assert owner.current().fingerprint == "fake-2"
    assert owner.found(QUESTIONS[0]) != before
    assert owner.is_sound()


def test_the_service_brings_its_knowledge_bases_to_its_settings_in_the_background(reopened):
    home = reopened(tokens=NARROW)
    home.indexes.start_following(0.02)
    home.keeper.start()
    for _ in range(1_000):
        if home.state() == {"previous": 1, "current": 2}:
            break
        assert home.found(QUESTIONS[0])
    assert home.state() == {"previous": 1, "current": 2}
    home.keeper.close()
    assert home.is_sound()


def test_an_ending_service_leaves_a_build_within_moments_and_the_next_one_goes_on(reopened):
    home = reopened(tokens=NARROW)
    home.keeper._stop.set()
    home.keeper.start()
    home.keeper.close()
    assert home.state() == {"current": 1, "building": 2}
    home = reopened(tokens=NARROW)
    assert home.keeper.bring_up(KB).switched
    assert home.state() == {"previous": 1, "current": 2}
    assert home.is_sound()


def test_a_rollback_by_another_process_is_followed_by_the_owner_of_the_indexes(reopened, folder):
    home = reopened(tokens=NARROW)
    home.keeper.bring_up(KB)
    home.indexes.start_following(0.02)
    new = set(home.found(QUESTIONS[0]))
    other = EditionHome(folder)
    other.editions.rollback(KB)
    old = set(other.texts())
    for _ in range(1_000):
        hits = set(home.found(QUESTIONS[0]))
        assert hits <= old or hits <= new
        if hits <= old:
            break
    assert hits <= old
    other.editions.drop(other.editions.of(KB)[EditionState.PREVIOUS])
    other.close()
    assert home.is_sound()


def test_an_edition_that_is_forgotten_while_it_answers_is_left_at_once(reopened, folder):
    home = reopened(tokens=NARROW)
    home.keeper.bring_up(KB)
    home.indexes.start_following(3_600)
    assert set(home.found(QUESTIONS[0])) <= set(home.texts())
    other = EditionHome(folder)
    other.editions.rollback(KB)
    other.editions.drop(other.editions.of(KB)[EditionState.PREVIOUS])
    old = set(other.texts())
    other.close()
    hits = home.found(QUESTIONS[0])
    assert hits
    assert set(hits) <= old


def test_two_processes_do_not_build_the_same_edition_twice(reopened):
    home = reopened(tokens=NARROW)
    with home.keeper._alone(KB):
        with pytest.raises(Unavailable, match=f"building an edition of '{KB}'"):
            home.keeper.reindex(KB)
        assert home.keeper.bring_up(KB) is None
    assert home.state() == {"current": 1}


def test_a_build_that_nobody_asks_for_any_more_is_dropped_by_the_next_ingestion(reopened):
    home = reopened(tokens=NARROW)
    home.editions.open(KB, home.encoders.recipe())
    home = reopened()
    done = home.keeper.bring_up(KB)
    assert done is not None
    assert done.build == Build(cut=0, read=0)
    assert home.state() == {"current": 1}


def test_what_is_kept_of_the_edition_before_can_be_given_back(reopened):
    home = reopened(tokens=NARROW, embedders=("fake-2", "fake-1"))
    home.keeper.bring_up(KB)
    forgotten = home.keeper.forget_previous(KB)
    assert forgotten is not None
    assert forgotten.id == 1
    assert home.keeper.forget_previous(KB) is None
    assert len(generations(home)) == 2
    assert folders(home) < generations(home)
    with pytest.raises(InvalidInput, match="no previous edition"):
        home.keeper.rollback(KB)
    assert home.is_sound()


def test_after_a_rollback_to_an_embedder_that_is_gone_words_answer_and_the_search_says_so(reopened):
    home = reopened(embedders=("fake-2", "fake-1"))
    home.keeper.bring_up(KB)
    home = reopened(embedders=("fake-2",))
    home.keeper.rollback(KB)
    result = home.retriever.search(KB, QUESTIONS[0], 3, SearchStage.HYBRID)
    assert result.degraded == ("dense",)
    assert "gate 4" in result.hits[0].chunk.text
    assert home.keeper.plan(KB).encoder.fingerprint == "fake-2"
    home.put("new.md", "A late rule arrives.")
    assert home.retriever.search(KB, "late rule", 1, SearchStage.HYBRID).hits[0].chunk.text == "A late rule arrives."
