"""Feedback over HTTP: of one's own answers only, once for each author, without personal data, for as long as needed."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter
from tenant_home import TenantHome

from api.shapes import feedback as shapes
from api.shapes import usage as usage_shapes
from core.errors import NotFound
from store.key import Scope
from store.key import prefix_of as prefix
from store.traces import TraceRow, Traces

ASK = frozenset({Scope.ASK})
QUESTION = "发票多久能开出来？"  # of the desk's traces


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture(autouse=True)
def traces(home):
    """Two answers of the tenant default and one of another."""
    home.desk.traces = {"t1": "faq", "t2": "faq", "theirs": "acme/faq"}
    yield
    for token in (home.key(), home.key("acme")):
        for each in home.send("GET", "/v1/feedback?limit=200", token).json()["feedback"]:
            assert home.send("DELETE", f"/v1/feedback/{each['id']}", token).status_code == 204


def give(home, token, trace_id="t1", **said):
    body = {"trace_id": trace_id, **(said or {"rating": "up"})}
    return home.send("POST", "/v1/feedback", token, json=body)


def listed(home, token, **wanted):
    response = home.send("GET", "/v1/feedback", token, params=wanted)
    assert response.status_code == 200, response.text
    TypeAdapter(shapes.FeedbackPage).validate_json(response.content, strict=True)
    return response.json()


def test_who_may_ask_may_say_what_the_answer_was_worth(home):
    response = give(home, home.key(scopes=ASK), rating="down", reason="wrong_quote", comment="引用不对")
    assert response.status_code == 201
    TypeAdapter(shapes.Feedback).validate_json(response.content, strict=True)
    line = response.json()
    assert (line["rating"], line["reason"], line["comment"]) == ("down", "wrong_quote", "引用不对")
    assert (line["question"], line["language"], line["kb"], line["trace_id"]) == (QUESTION, "zh", "faq", "t1")
    assert listed(home, home.key())["feedback"] == [line]


def test_another_tenants_answer_cannot_be_spoken_of_and_no_word_on_it_is_seen(home):
    refused, absent = give(home, home.key(), "theirs"), give(home, home.key(), "nowhere")
    assert refused.status_code == absent.status_code == 404
    assert refused.json()["detail"].replace("theirs", "nowhere") == absent.json()["detail"]

    theirs = give(home, home.key("acme"), "theirs").json()
    assert listed(home, home.key())["feedback"] == []
    for method in ("GET", "DELETE"):
        assert home.send(method, f"/v1/feedback/{theirs['id']}", home.key()).status_code == 404
    assert listed(home, home.key("acme"))["feedback"] == [theirs]
    assert home.send("GET", "/v1/feedback/counts", home.key()).json()["total"]["total"] == 0
    assert home.send("GET", "/v1/feedback/topics", home.key()).json()["asked"] == 0
    limited = home.key("acme", kbs=frozenset({"手册"}))
    assert listed(home, limited)["feedback"] == []
    assert give(home, limited, "theirs").status_code == 404


def test_the_same_author_says_it_again_and_it_is_one_feedback(home):
    token = home.key()
    first, again = give(home, token), give(home, token, rating="down")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert [each["rating"] for each in listed(home, token)["feedback"]] == ["down"]
    assert give(home, home.key()).status_code == 201, "another key is another author"


def test_authors_behind_one_key_are_told_apart_and_behind_two_keys_are_one(home):
    one, other = home.key(), home.key()
    assert give(home, one, rating="up", author="wang@example.com").status_code == 201
    assert give(home, one, rating="up", author="li@example.com").status_code == 201
    assert give(home, other, rating="down", author="wang@example.com").status_code == 200
    assert "example.com" not in home.send("GET", "/v1/feedback", one).text


def test_an_idempotency_key_gives_the_first_answer_again(home):
    token, headers = home.key(), {"Idempotency-Key": "a1"}
    body = {"trace_id": "t2", "rating": "up"}
    first, again = (home.send("POST", "/v1/feedback", token, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (201, 201, "true")


def test_personal_data_is_replaced(home):
    words = "打 13812345678 或写 joe@example.com"
    line = give(home, home.key(), comment=words, corrected_answer=words).json()
    assert line["comment"] == line["corrected_answer"] == "打 [phone] 或写 [email]"


@pytest.mark.parametrize(
    "said",
    [
        {"comment": " "},
        {"rating": "up", "reason": "wrong"},
        {"rating": "sideways"},
        {"rating": "down", "reason": "bad mood"},
        {"rating": "up", "thumb": 1},
        {"comment": "x" * 2_001},
    ],
)
def test_what_says_nothing_or_is_not_known_is_refused(home, said):
    response = give(home, home.key(), **said)
    assert response.status_code == 422
    assert response.json()["type"] == "urn:citedesk:problem:invalid-input"


def test_feedback_stays_and_can_be_changed_after_its_trace_is_swept(home):
    token = home.key()
    number = give(home, token).json()["id"]
    home.desk.traces = {}
    assert give(home, token, rating="down", reason="outdated").status_code == 200
    assert give(home, home.key()).status_code == 404, "nobody has spoken of it before"

    response = home.send("GET", f"/v1/feedback/{number}", token)
    TypeAdapter(shapes.FeedbackWithTrace).validate_json(response.content, strict=True)
    document = response.json()
    assert (document["rating"], document["trace"]["question"]["kb"]) == ("down", "faq")
    assert [each["source"] for each in document["documents"]] == ["zh/发票/发票开具规定-2026.pdf"]


def test_settings_of_the_home_are_shown_to_who_runs_it_only(home):
    number = give(home, home.key("acme"), "theirs").json()["id"]

    def settings(token):
        return home.send("GET", f"/v1/feedback/{number}", token).json()["trace"]["origin"]["settings"]

    assert settings(home.key("acme")) == {}


def test_lists_are_filtered_and_go_on(home):
    token = home.key()
    give(home, token, "t1", rating="down", reason="outdated")
    give(home, token, "t2", missing_document=True)
    give(home, token, "t2", corrected_answer="七天", author="a")

    def found(**wanted):
        return {each["id"] for each in listed(home, token, **wanted)["feedback"]}

    assert len(found()) == 3
    assert found(rating="down") == found(reason="outdated") != found(missing_document=True)
    assert len(found(corrected=True)) == 1
    assert len(found(kb="faq")) == 3
    assert found(kb="手册") == set()
    first = listed(home, token, limit=2)
    rest = listed(home, token, limit=2, cursor=first["next_cursor"])
    assert rest["next_cursor"] is None
    assert {each["id"] for page in (first, rest) for each in page["feedback"]} == found()
    assert home.send("GET", "/v1/feedback?cursor=eA", token).status_code == 422


def test_counts_go_by_reason_prompt_and_document(home):
    token = home.key()
    give(home, token, "t1", rating="down", reason="outdated")
    give(home, token, "t2")
    response = home.send("GET", "/v1/feedback/counts", token, params={"kb": "faq"})
    TypeAdapter(shapes.FeedbackCounts).validate_json(response.content, strict=True)
    document = response.json()
    assert document["total"] == {"total": 2, "up": 1, "down": 1, "corrected": 0, "missing_document": 0}
    assert document["reasons"] == {"outdated": 1}
    assert [(each["kb"], each["total"]) for each in document["documents"]] == [("faq", 2)]


def unanswered(home, *questions, kb="faq", at=1_000.0):
    rows = [
        TraceRow(
            trace_id=f"{kb} {number}",
            kb=kb,
            created_at=at + number,
            status="insufficient_evidence",
            question=question,
            document={},
        )
        for number, question in enumerate(questions)
    ]
    Traces(home.desk.catalog).put(rows)


def test_topics_are_what_is_asked_in_vain_in_either_language(home):
    token = home.key()
    unanswered(home, "vegan lunch menu", "vegan lunch menu today", "私有化部署")
    unanswered(home, "Do they see this?", kb="acme/faq")
    give(home, token, "t1", missing_document=True)

    response = home.send("GET", "/v1/feedback/topics", token)
    TypeAdapter(shapes.FeedbackTopics).validate_json(response.content, strict=True)
    document = response.json()
    assert document["asked"] == 4
    assert {topic["kb"] for topic in document["topics"]} == {"faq"}
    lunch, *others = document["topics"]
    assert (lunch["questions"], lunch["unanswered"], lunch["language"]) == (2, 2, "en")
    assert {each["question"] for each in lunch["examples"]} == {"vegan lunch menu", "vegan lunch menu today"}
    missing = next(topic for topic in others if topic["missing_document"])
    assert missing["examples"][0]["question"] == QUESTION
    assert missing["examples"][0]["feedback_id"].startswith("fb_")
    large = home.send("GET", "/v1/feedback/topics?smallest=2", token).json()
    assert (len(large["topics"]), large["left_out"]) == (1, 2)
    assert home.send("GET", "/v1/feedback/topics?since=2000", token).json()["asked"] == 1


def test_usage_is_told_to_its_key_its_tenant_and_who_runs_the_home(home):
    asking = home.key("星海", scopes=ASK, label="官网")
    for _ in range(2):
        home.send("POST", "/v1/ask", asking, json={"question": "Refunds?", "kb": "faq"})

    def told(token, **wanted):
        response = home.send("GET", "/v1/usage", token, params=wanted)
        TypeAdapter(usage_shapes.Usage).validate_json(response.content, strict=True)
        return response.json()

    (own,) = told(asking)["days"]
    assert (own["tenant"], own["key"], own["label"]) == ("星海", prefix(asking), "官网")
    assert (own["requests"], own["answers"]) == (3, 2), "the request for the usage counts too"
    admin = told(home.key("星海"))
    assert {each["tenant"] for each in admin["days"]} == {"星海"}
    assert admin["total"]["answers"] == 2
    assert told(home.key("星海", kbs=frozenset({"faq"})))["total"]["answers"] == 0
    assert {"星海", "default"} <= {each["tenant"] for each in told(home.key())["days"]}
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert told(asking, since=yesterday, until=yesterday)["days"] == []
    assert home.send("GET", "/v1/usage?since=2026-03-02&until=2026-03-01", asking).status_code == 422


def test_live_quality_counts_what_the_record_holds(home):
    token, now = home.key(), datetime.now(UTC).timestamp()
    unanswered(home, "gone?", kb="手册", at=now - 60)
    response = home.send("GET", "/v1/quality/live", token, params={"kb": "手册", "step": "day"})
    TypeAdapter(usage_shapes.LiveQuality).validate_json(response.content, strict=True)
    document = response.json()
    assert [(each["hours"], each["abstained"]) for each in document["windows"]] == [(1, 1), (24, 1), (168, 1)]
    assert document["windows"][0]["abstention_rate"] == 1.0
    assert document["windows"][0]["dislike_rate"] is None
    assert sum(each["abstained"] for each in document["steps"]) == 1
    assert home.send("GET", "/v1/quality/live?kb=theirs", token).status_code == 404


def test_an_unknown_trace_says_so_in_the_words_of_the_traces(home):
    with pytest.raises(NotFound, match="'nowhere'"):
        home.desk.trace("nowhere")
    assert "traces.keep_days" in give(home, home.key(), "nowhere").json()["detail"]
