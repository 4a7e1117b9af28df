import threading

import pytest

from core.errors import DependencyError
from core.types import Stage
from retrieval.background import Background

DENSE, LEXICAL = (1, Stage.DENSE, "opening"), (1, Stage.LEXICAL, "opening")


@pytest.fixture
def background():
    background = Background()
    yield background
    background.close()


def test_who_asks_for_what_is_being_done_gets_the_same_and_other_places_do_not_wait(background):
    go, done = threading.Event(), []

    def slow():
        go.wait(10)
        done.append("dense")
        return "dense"

    first = background.ask(DENSE, "dense index", slow)
    assert background.ask(DENSE, "dense index", slow) is first
    assert background.is_busy(DENSE)
    assert background.ask(LEXICAL, "lexical index", lambda: "lexical").result(10) == "lexical"
    go.set()
    assert first.result(10) == "dense"
    assert done == ["dense"]
    assert not background.is_busy(DENSE)


def test_what_failed_fails_at_once_for_a_while_and_is_said_once(background, caplog, monkeypatch):
    now, tries = [100.0], []
    monkeypatch.setattr("retrieval.background.time.monotonic", lambda: now[0])

    def fail():
        tries.append(now[0])
        raise DependencyError("服务器 is away")

    for seconds in (0.0, 0.1, 0.5, 0.9, 1.1):
        now[0] = 100.0 + seconds
        with pytest.raises(DependencyError, match="服务器 is away"):
            background.ask(DENSE, "dense index", fail).result(10)
    assert tries == [100.0, 100.5]  # then after half a second, and after one more
    assert caplog.text.count("服务器 is away") == 1
    now[0] = 200.0
    assert background.ask(DENSE, "dense index", lambda: "well").result(10) == "well"
    now[0] = 200.1
    assert background.ask(DENSE, "dense index", lambda: "well").result(10) == "well", "what went well is not held back"
