"""The dense indexes on a real Chroma server that goes away, hangs, comes back, or has lost everything."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from chroma_server import ChromaServer
from edition_home import KB, EditionHome, manual
from waiting import until

from core.errors import DependencyError, InvalidInput, Unavailable
from core.types import SearchResult, SearchStage
from retrieval.chroma_server import ChromaServerStore

pytestmark = pytest.mark.slow
SECONDS = 1.0
QUESTION = "网关规定退款 refunds of gate"


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture
def server(tmp_path) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path / "chroma") as server:
        yield server


def on(server: ChromaServer, folder: Path) -> EditionHome:
    """A home whose dense indexes are on a server."""
    home = EditionHome(folder)
    home.indexes._stores["dense"] = ChromaServerStore(server.url, home=home.catalog.home_id(), seconds=SECONDS)
    return home


def search(home: EditionHome, question: str = QUESTION, stage: SearchStage = SearchStage.HYBRID) -> SearchResult:
    return home.retriever.search(KB, question, 20, stage)


def dense_texts(home: EditionHome) -> set[str] | None:
    """What the dense arm finds; None where it is down."""
    try:
        return {hit.chunk.text for hit in search(home, stage=SearchStage.DENSE).hits}
    except Unavailable:
        return None


def test_a_server_finds_what_the_home_itself_finds(shared, tmp_path):
    with closing(on(shared, tmp_path / "served")) as served, closing(EditionHome(tmp_path / "own")) as own:
        for home in (served, own):
            for number in range(12):
                home.put(f"{number}.md", manual(number))
            home.catalog.delete_sources(KB, ["3.md"])
            home.put("4.md", manual(40))
        for stage in SearchStage:
            here, there = search(own, stage=stage).hits, search(served, stage=stage).hits
            assert [hit.chunk.id for hit in there] == [hit.chunk.id for hit in here]
            assert [hit.score for hit in there] == pytest.approx([hit.score for hit in here], abs=1e-4)
            assert len(here) >= 10
        assert served.is_sound()


def test_a_home_opens_what_it_left_on_the_server_without_building_it(shared, tmp_path):
    with closing(on(shared, tmp_path / "home")) as home:
        home.put("a.md", manual(1))
        home.indexes.catch_up(KB)
        built = {each.id for each in home.indexes._ledger.generations()}
    with closing(on(shared, tmp_path / "home")) as home:
        home.put("b.md", manual(2))
        assert dense_texts(home) == set(home.texts())
        assert {each.id for each in home.indexes._ledger.generations()} == built


def test_homes_that_share_a_server_leave_each_other_alone(shared, tmp_path):
    with closing(on(shared, tmp_path / "one")) as one, closing(on(shared, tmp_path / "two")) as two:
        one.put("a.md", manual(1))
        two.put("b.md", manual(2))
        for home in (one, two, one):
            home.indexes.catch_up(KB)
            home.indexes.rebuild(KB)
            home.indexes.sweep()
        assert dense_texts(one) == set(one.texts())
        assert dense_texts(two) == set(two.texts())
        assert one.catalog.home_id() != two.catalog.home_id()
        client = one.indexes._stores["dense"]._open_client()
        mine = [c for c in client.list_collections() if c.name.startswith(one.catalog.home_id())]
        assert len(mine) == 1, "what was rebuilt is swept"


def test_while_the_server_is_away_words_answer_and_say_so_and_later_all_is_as_if_nothing_had_been(server, tmp_path):
    with closing(on(server, tmp_path / "home")) as home:
        home.put("a.md", manual(1))
        home.indexes.catch_up(KB)
        home.indexes.start_following(0.05)
        assert search(home).degraded == ()
        server.stop()
        home.put("b.md", "停车场在七号院。")
        until(lambda: [hit.chunk.text for hit in search(home, "停车场在哪里").hits] == ["停车场在七号院。"])
        assert search(home, "停车场在哪里").degraded == ("dense",)
        with pytest.raises(Unavailable, match=r"Chroma server at http://127.0.0.1:\d+"):
            search(home, stage=SearchStage.DENSE)
        server.start()
        until(lambda: dense_texts(home) == set(home.texts()))
        assert search(home).degraded == ()
        assert home.is_sound()


def test_a_home_that_starts_while_the_server_is_away_answers_and_takes_the_server_when_it_comes(server, tmp_path):
    server.stop()
    with closing(on(server, tmp_path / "home")) as home:
        home.put("a.md", manual(1) + "\n\n" + manual(2))
        home.indexes.sweep()
        home.indexes.start_following(0.05)
        found = search(home)
        assert found.degraded == ("dense",)
        assert {hit.chunk.text for hit in found.hits} == set(home.texts())
        server.start()
        until(lambda: dense_texts(home) == set(home.texts()))


def test_a_server_that_hangs_costs_one_question_its_seconds_and_the_next_ones_nothing(server, tmp_path):
    with closing(on(server, tmp_path / "home")) as home:
        home.put("a.md", manual(1))
        home.indexes.catch_up(KB)
        home.indexes.start_following(0.05)
        assert search(home).degraded == ()
        server.suspend()
        took = []
        for _ in range(4):
            started = time.monotonic()
            assert search(home).degraded == ("dense",)
            took.append(time.monotonic() - started)
        server.resume()
        assert SECONDS <= took[0] < SECONDS + 2
        assert max(took[1:]) < SECONDS / 2
        until(lambda: search(home).degraded == ())


def test_a_server_that_lost_everything_is_filled_again_without_embedding(server, tmp_path):
    with closing(on(server, tmp_path / "home")) as home:
        for number in range(4):
            home.put(f"{number}.md", manual(number))
        home.indexes.catch_up(KB)
        home.indexes.start_following(0.05)
        before = search(home).hits
        server.stop()
        server.wipe()
        server.start()
        home.embedders[0].embedded.clear()
        until(lambda: search(home).degraded == ())
        assert [hit.chunk.id for hit in search(home).hits] == [hit.chunk.id for hit in before]
        assert home.embedders[0].embedded == []


def test_where_both_arms_are_down_the_error_has_a_type_and_says_what_to_do(server, tmp_path, monkeypatch):
    with closing(on(server, tmp_path / "home")) as home:
        home.put("a.md", manual(1))
        home.indexes.catch_up(KB)
        server.stop()
        index = home.indexes.lexical(KB)

        def broken(query: str, k: int):
            raise DependencyError("the words are gone")

        monkeypatch.setattr(index, "search", broken)
        with pytest.raises(DependencyError, match=r"the words are gone.*see that `chroma run` runs there"):
            search(home)
        with pytest.raises(Unavailable, match="see that `chroma run` runs there"):
            search(home, stage=SearchStage.DENSE)


@pytest.mark.parametrize("url", ["127.0.0.1:8001", "ftp://host", "http://", "http://host/path"])
def test_an_address_that_is_none_is_refused_with_an_example(url):
    with pytest.raises(InvalidInput, match="write http://host:port"):
        ChromaServerStore(url, home="h", seconds=1)
