import json
import time

import pytest
from tenant_home import TenantHome
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from api.schemas import ask_document
from store.key import Scope, prefix_of


@pytest.fixture
def talk(served):
    """An open connection to the service, past ``ready``."""
    with joined(served) as socket:
        assert said(socket) == {"type": "ready"}
        yield socket


def joined(served, **how):
    return connect(
        f"ws://127.0.0.1:{served.port}/v1/ws", proxy=None, compression=None, open_timeout=10, close_timeout=2, **how
    )


def said(socket):
    return json.loads(socket.recv(timeout=10))


def ask(socket, question, **more):
    socket.send(json.dumps({"type": "ask", "question": question, **more}))


def test_an_answer_comes_as_the_events_of_a_stream(talk, make_answer):
    ask(talk, "保留多久？", id="q-1")

    events = [said(talk) for _ in range(4)]

    assert [(event["type"], event["id"], event["number"]) for event in events] == [
        ("evidence", "q-1", 1),
        ("claim", "q-1", 2),
        ("claim", "q-1", 3),
        ("final", "q-1", 4),
    ]
    assert events[3]["data"] == ask_document(make_answer("保留多久？"))


def test_one_connection_asks_many_questions(talk):
    for question in ("How long?", "多久？", "nothing"):
        ask(talk, question)
        while (event := said(talk))["type"] != "final":
            pass
        assert event["data"]["question"] == question


def test_a_second_question_at_the_same_time_is_refused_and_the_first_goes_on(talk, served):
    ask(talk, "hang", id="first")
    assert said(talk)["type"] == "evidence"
    ask(talk, "保留多久？", id="second")

    refused = said(talk)

    assert (refused["type"], refused["id"], refused["data"]["status"]) == ("error", "second", 422)
    assert served.desk.streaming == 1


def test_a_cancelled_answer_is_closed_and_the_next_question_is_taken(talk, served, eventually):
    ask(talk, "hang")
    assert said(talk)["type"] == "evidence"

    talk.send('{"type": "cancel"}')

    assert said(talk) == {"type": "cancelled"}
    eventually(lambda: served.desk.streaming == 0)
    ask(talk, "保留多久？")
    assert said(talk)["type"] == "evidence"


def test_a_client_that_goes_away_cancels_its_answer(served, eventually):
    closed = served.desk.closed_streams
    with joined(served) as socket:
        said(socket)
        ask(socket, "hang")
        said(socket)

    eventually(lambda: served.desk.closed_streams == closed + 1)


def test_a_client_that_does_not_read_holds_its_answer_up(served, eventually):
    with joined(served, max_queue=1) as socket:
        said(socket)
        made = served.desk.flooded
        ask(socket, "flood")
        eventually(lambda: served.desk.flooded > made)
        eventually(lambda: is_still(lambda: served.desk.flooded))
        assert served.client.get("/health").is_success
    eventually(lambda: served.desk.streaming == 0)


def is_still(count):
    before = count()
    time.sleep(0.2)
    return count() == before


def test_an_error_midway_is_the_last_event_and_says_nothing_of_this_machine(talk):
    ask(talk, "later Unavailable", id="q")

    assert said(talk)["type"] == "evidence"
    error = said(talk)
    assert (error["type"], error["id"], error["number"], error["data"]["status"]) == ("error", "q", 2, 503)
    assert "10.0.0.3" not in json.dumps(error)


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        ("{", "#"),
        ("[]", "#"),
        ('"问"', "#"),
        ("{}", "#/type"),
        ('{"type": "shout"}', "#/type"),
        ('{"type": "ask"}', "#/question"),
        ('{"type": "ask", "question": ""}', "#/question"),
        ('{"type": "ask", "question": "\\ud800"}', "#"),
        ('{"type": "ask", "question": "?", "kbb": 1}', "#/kbb"),
        ('{"type": "ask", "question": "?", "id": 5}', "#/id"),
        ('{"type": "ping", "x": "退款"}', "#/x"),
        ('{"type": "ping", "退/x": 1}', "#/%E9%80%80~1x"),
    ],
)
def test_a_bad_message_is_answered_with_what_is_wrong_and_the_connection_lives(talk, message, pointer):
    talk.send(message)

    error = said(talk)

    assert error["type"] == "error"
    assert error["data"]["errors"][0]["pointer"] == pointer
    talk.send('{"type": "ping"}')
    assert said(talk) == {"type": "pong"}


def test_an_unknown_knowledge_base_is_not_found(talk):
    ask(talk, "?", kb="没有", id="q")
    assert (error := said(talk))["data"]["status"] == 404
    assert error["id"] == "q"


def test_a_message_that_is_too_big_ends_the_connection(alone):
    with joined(alone) as socket:
        said(socket)
        ask(socket, "长" * 400)
        with pytest.raises(ConnectionClosed) as closed:
            said(socket)
    assert closed.value.rcvd.code == 1009


def test_a_web_page_of_another_site_is_not_let_in(served):
    with pytest.raises(InvalidStatus) as refused, joined(served, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_the_access_log_has_a_line_for_each_question_without_its_words(talk, caplog, eventually):
    with caplog.at_level("INFO", logger="citedesk.access"):
        ask(talk, "保留多久？")
        while said(talk)["type"] != "final":
            pass
        eventually(lambda: caplog.records)

    line = json.loads(caplog.records[0].message)
    assert (line["event"], line["answer_status"], line["answer_trace_id"]) == ("socket_question", "answered", "t-1")
    assert "保留" not in caplog.text


@pytest.fixture(scope="module")
def keyed(tmp_path_factory, serve):
    """A service with keys, and the home behind it."""
    home = TenantHome(tmp_path_factory.mktemp("home"))
    close, home.desk.close = home.desk.close, lambda: None  # the home closes it after the service
    with serve(home.desk, door=home.door) as served:
        yield home, served
    home.desk.close = close
    home.close()


def told_code(socket):
    """The error that a caller who is not let in is told, and the code of the end."""
    error = said(socket)
    assert error["type"] == "error"
    with pytest.raises(ConnectionClosed) as closed:
        said(socket)
    return error["data"]["status"], closed.value.rcvd.code


@pytest.mark.parametrize("way", ["header", "subprotocol", "message"])
def test_a_key_comes_as_header_subprotocol_or_first_message(keyed, way):
    home, served = keyed
    token = home.key("acme", scopes=frozenset({Scope.ASK}))
    how = {
        "header": {"additional_headers": {"Authorization": f"Bearer {token}"}},
        "subprotocol": {"subprotocols": ["citedesk.v1", f"citedesk.key.{token}"]},
        "message": {},
    }[way]
    with joined(served, **how) as socket:
        if way == "message":
            socket.send(json.dumps({"type": "auth", "key": token}))
        assert said(socket) == {"type": "ready"}
        assert socket.subprotocol == ("citedesk.v1" if way == "subprotocol" else None)
        ask(socket, "How long can annual plans be refunded? 退款多久？", kb="faq")
        while (event := said(socket))["type"] != "final":
            assert event["type"] in ("evidence", "claim")
    assert event["data"]["status"] == "answered"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ('{"type": "auth", "key": "cdk_aaaaaaaaaaaa_wrong"}', (401, 4401)),
        ('{"type": "ask", "question": "退款？"}', (401, 4401)),
        ("nonsense", (422, 4401)),
    ],
)
def test_nobody_asks_without_a_key(keyed, message, told):
    with joined(keyed[1]) as socket:
        socket.send(message)
        assert told_code(socket) == told


def test_a_key_without_the_scope_is_told_so(keyed):
    home, served = keyed
    token = home.key(scopes=frozenset({Scope.SEARCH}))
    with joined(served, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        assert told_code(socket) == (403, 4403)


def test_a_key_in_the_address_opens_nothing(keyed):
    home, served = keyed
    address = f"ws://127.0.0.1:{served.port}/v1/ws?key={home.key()}&token={home.key()}"
    with connect(address, proxy=None, close_timeout=2) as socket:
        socket.send('{"type": "ask", "question": "?"}')
        assert told_code(socket) == (401, 4401)


def test_a_revoked_key_asks_no_more_over_an_open_connection(keyed):
    home, served = keyed
    token = home.key()
    with joined(served, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        assert said(socket) == {"type": "ready"}
        home.keys.revoke(prefix_of(token))
        home.clock += 4.9
        ask(socket, "退款？", kb="faq")
        assert told_code(socket) == (401, 4401)


def test_another_tenants_knowledge_base_is_not_found(keyed):
    home, served = keyed
    with joined(served, additional_headers={"Authorization": f"Bearer {home.key('星海')}"}) as socket:
        assert said(socket) == {"type": "ready"}
        for kb in ("acme/faq", "nowhere"):
            ask(socket, "退款？", kb=kb)
            assert said(socket)["data"]["status"] == 404
