import logging
import socketserver
import threading
from contextlib import closing, contextmanager
from time import perf_counter

import pytest
from redis_server import PASSWORD, free_port, redis_settings
from waiting import until

from answer.caching.redis_link import RedisLink
from core.errors import InvalidInput, Unavailable

AWAY = "nobody answers"


@contextmanager
def linked(settings):
    with closing(RedisLink(settings, "citedesk:测试", retry_seconds=0.02)) as link:
        yield link


def read(link):
    return link.attempt(lambda client: client.get("k"), AWAY)


def seconds_of(work):
    began = perf_counter()
    work()
    return perf_counter() - began


@contextmanager
def saying(answer):
    """A server that answers every command with these bytes."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            while self.request.recv(65_536):
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield redis_settings(f"redis://127.0.0.1:{server.server_address[1]}/0")
        server.shutdown()


def test_what_the_server_holds_is_read(redis_server):
    redis_server.client.set("k", "两天")
    with linked(redis_server.settings) as link:
        assert read(link) == "两天".encode()
        assert link.is_up


def test_a_server_that_stops_is_left_alone_and_taken_up_again_and_the_log_says_each_once(redis_server, caplog):
    with linked(redis_server.settings) as link:
        assert read(link) is None
        redis_server.stop()
        assert [read(link) for _ in range(20)] == [AWAY] * 20
        with pytest.raises(Unavailable, match="requests are counted by this process"):
            link.check()
        redis_server.start()
        until(lambda: link.is_up)
        assert read(link) is None

    said = [record.message for record in caplog.records]
    assert len(said) == 2
    assert said[0].startswith("Redis is away (ConnectionError: ")
    assert said[1] == "Redis answers again"
    assert PASSWORD not in caplog.text


def test_idle_connections_that_the_server_closed_are_not_an_outage(redis_server, caplog):
    with linked(redis_server.settings) as link:
        assert read(link) is None
        with redis_server.client as client:
            client.client_kill_filter(_type="normal", skipme=True)
        assert read(link) is None
    assert caplog.text == ""


def test_a_server_that_hangs_costs_one_wait_and_then_nothing(redis_server):
    with linked(redis_server.settings) as link:
        assert read(link) is None
        redis_server.suspend()
        first = seconds_of(lambda: read(link))
        later = seconds_of(lambda: [read(link) for _ in range(1_000)])
        redis_server.resume()
        until(lambda: link.is_up)
        assert read(link) is None

    # The setting is 50 ms; the rest is for a machine that does much else.
    assert 0.045 < first < 1
    assert later < 0.5


def test_a_server_that_was_never_there_keeps_nobody_from_anything():
    with linked(redis_settings(f"redis://127.0.0.1:{free_port()}/0")) as link:
        assert read(link) == AWAY
        assert not link.is_up


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b":zwei\r\n",
        b"$7\r\n",
        b"+\xff\xfe\r\n" * 3,
        b"*2\r\n$-1\r\n",
        b"\x00" * 99,
    ],
    ids=["http", "no number", "cut", "several", "half", "zeros"],
)
def test_a_server_that_is_no_redis_is_away(answer):
    with saying(answer) as settings, linked(settings) as link:
        took = seconds_of(lambda: link.attempt(lambda client: [int(client.incr("k")), client.get("k").decode()], AWAY))
        assert took < 1
        assert not link.is_up


def test_a_full_server_is_away_although_it_answers_pings(redis_server):
    redis_server.client.config_set("maxmemory-policy", "noeviction")
    redis_server.client.config_set("maxmemory", 1)
    try:
        with linked(redis_server.settings) as link, pytest.raises(Unavailable, match="OutOfMemoryError"):
            link.check()
    finally:
        redis_server.client.config_set("maxmemory", 64_000_000)
        redis_server.client.config_set("maxmemory-policy", "allkeys-lru")


def test_a_value_of_another_kind_is_not_an_outage(redis_server, caplog):
    redis_server.client.rpush("k", "x")
    with linked(redis_server.settings) as link:
        assert read(link) == AWAY
        assert link.is_up
    assert "another kind" in caplog.text


def test_losses_that_follow_one_another_are_tried_less_and_less_often(redis_server, caplog):
    caplog.set_level(logging.WARNING)

    def fails(client):
        raise OSError("重置")

    with linked(redis_server.settings) as link:
        pauses = []
        for _ in range(3):
            link.attempt(fails, None)
            pauses.append(link._pause)
            until(lambda: link.is_up)

    assert pauses == [0.02, 0.04, 0.08]


def test_a_wrong_password_is_told_without_it(redis_server):
    wrong = redis_settings(f"redis://:falsch@127.0.0.1:{redis_server.port}/0")
    with linked(wrong) as link:
        with pytest.raises(Unavailable, match="AuthenticationError") as caught:
            link.check()
        assert "falsch" not in str(caught.value)


def test_an_address_that_is_none_is_refused_without_being_shown():
    with pytest.raises(InvalidInput, match=r"redis\.url") as caught:
        RedisLink(redis_settings("http://:geheim@127.0.0.1:6379"), "citedesk")
    assert "geheim" not in str(caught.value)
