"""Who may do what: every operation of the OpenAPI document, by every kind of caller, on every kind of object."""

import logging
import re

import pytest
from sqlalchemy import text
from tenant_home import TEXTS, TenantHome

from api.auth import GuardedRoute, GuardedSocket
from api.opinions import answered_of
from store.feedback import FeedbackRecord, Opinion, Rating, feedback_id
from store.job import NewJob, Priority
from store.key import Scope
from store.key import prefix_of as prefix
from store.source_state import document_id

OWN, FOREIGN, MISSING, MALFORMED = "faq", "theirs", "nowhere", "-faq"
OBJECTS = {"own": OWN, "foreign": FOREIGN, "missing": MISSING, "malformed": MALFORMED}
# What stands for an object in a path, where it is not the knowledge base itself.
NAMED = {
    "trace_id": {OWN: "trace-own", FOREIGN: "trace-theirs", MISSING: "trace-none", MALFORMED: "%00密"},
    "document_id": {
        OWN: document_id("faq", "refunds.md"),
        FOREIGN: document_id("acme/theirs", "secret.md"),
        MISSING: "0" * 32,
        MALFORMED: "%00密",
    },
    "feedback_id": {
        OWN: feedback_id("trace-own", "小王"),
        FOREIGN: feedback_id("trace-theirs", "小王"),
        MISSING: "fb_none",
        MALFORMED: "%00密",
    },
    "job": {OWN: "1", FOREIGN: "2", MISSING: "3", MALFORMED: "一"},
    "prefix": {OWN: "aaaaaaaaaaa2", FOREIGN: "aaaaaaaaaaa3", MISSING: "aaaaaaaaaaa4", MALFORMED: "%00密"},
}

TRACES = {OWN: "trace-own", FOREIGN: "trace-theirs", MISSING: "trace-none", MALFORMED: "\x00密"}


def chat_body(kb):
    return {"model": f"citedesk/{kb}", "messages": [{"role": "user", "content": "Refunds? 退款？"}]}


# How each operation is asked for an object, and what it answers then: own, foreign or missing, malformed.
REQUESTS = {
    "ask": (lambda kb: {"json": {"question": "Refunds? 退款？", "kb": kb}}, (200, 404, 404)),
    "search": (lambda kb: {"json": {"query": "refund 发票", "kb": kb}}, (200, 404, 404)),
    "chat": (lambda kb: {"json": chat_body(kb)}, (200, 404, 404)),
    "list_models": (lambda kb: {}, (200, 200, 200)),
    "show_model": (lambda kb: {}, (200, 404, 404)),
    "list_kbs": (lambda kb: {}, (200, 200, 200)),
    "show_answer": (lambda kb: {}, (200, 404, 404)),
    "replay_answer": (lambda kb: {}, (503, 404, 404)),
    "give_feedback": (lambda kb: {"json": {"trace_id": TRACES[kb], "rating": "up"}}, (201, 404, 422)),
    "list_feedback": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    "count_feedback": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    "list_feedback_topics": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    "show_feedback": (lambda kb: {}, (200, 404, 404)),
    "delete_feedback": (lambda kb: {}, (204, 404, 404)),
    "show_usage": (lambda kb: {}, (200, 200, 200)),
    "show_live_quality": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    "show_kb": (lambda kb: {}, (200, 404, 404)),
    "create_kb": (lambda kb: {}, (200, 201, 422)),
    "roll_back_kb": (lambda kb: {}, (422, 404, 404)),
    "delete_kb": (lambda kb: {}, (204, 404, 404)),
    "list_documents": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    "show_document": (lambda kb: {}, (200, 404, 404)),
    "delete_document": (lambda kb: {}, (204, 404, 404)),
    "upload_documents": (lambda kb: {"params": {"kb": kb}, "files": [("files", ("a.md", b"x"))]}, (202, 404, 404)),
    "put_text": (lambda kb: {"json": {"kb": kb, "name": "退款", "text": "7 天"}}, (202, 404, 404)),
    "change_document": (lambda kb: {"json": {"metadata": {"product": "Gate"}}}, (200, 404, 404)),
    "list_duplicates": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    # Nor can a page of it be drawn: it is no PDF.
    "show_page": (lambda kb: {}, (404, 404, 404)),
    "list_versions": (lambda kb: {}, (200, 404, 404)),
    # No document has this version: that the own one is found is shown in test_history.
    "restore_version": (lambda kb: {}, (404, 404, 404)),
    "list_jobs": (lambda kb: {"params": {"kb": kb}}, (200, 404, 404)),
    "show_job": (lambda kb: {}, (200, 404, 422)),
    "follow_job": (lambda kb: {}, (200, 404, 422)),
    "cancel_job": (lambda kb: {}, (200, 404, 422)),
    "retry_job": (lambda kb: {}, (422, 404, 422)),
    "show_caller": (lambda kb: {}, (200, 200, 200)),
    "list_keys": (lambda kb: {}, (200, 200, 200)),
    "create_key": (lambda kb: {"json": {"scopes": ["ask"], "kbs": [kb]}}, (201, 201, 422)),
    "revoke_key": (lambda kb: {}, (200, 404, 404)),
    "list_tenants": (lambda kb: {}, (200, 200, 200)),
    "create_tenant": (lambda kb: {"json": {"name": "-星"}}, (422, 422, 422)),
    "show_service": (lambda kb: {}, (200, 200, 200)),
    "list_evaluations": (lambda kb: {}, (200, 200, 200)),
    "show_evaluation_run": (lambda kb: {"params": {"name": kb}}, (404, 404, 404)),
    "show_evaluation_answers": (lambda kb: {"params": {"name": kb}}, (404, 404, 404)),
    "compare_evaluations": (lambda kb: {"params": {"baseline": kb, "variant": kb}}, (404, 404, 404)),
    "health": (lambda kb: {}, (200, 200, 200)),
    "ready": (lambda kb: {}, (503, 503, 503)),
}


# Told to keys with admin on all of the tenant default only.
OF_THE_HOME = {"list_tenants", "create_tenant", "show_service", "list_evaluations"}
WRITES = ("create", "delete", "cancel", "retry", "upload", "put", "change", "give")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    home.desk.traces = {"trace-own": "faq", "trace-theirs": "acme/theirs"}
    fill(home)
    for tenant, name in (("default", OWN), ("acme", FOREIGN)):
        named_key(home, tenant, NAMED["prefix"][name])
    home.desk.catch_up()
    yield home
    home.close()


def named_key(home, tenant, name):
    """A key whose prefix is known; its token opens nothing."""
    made = prefix(home.key(tenant))
    with home.desk.catalog.writing() as connection:
        connection.execute(
            text("UPDATE api_keys SET prefix = :name WHERE prefix = :made"), {"name": name, "made": made}
        )


def fill(home):
    """Put back what calls before have deleted, made or cancelled."""
    catalog = home.desk.catalog
    for kb in {MISSING, FOREIGN, "星海/theirs", "星海/nowhere"} & set(catalog.kb_names()):
        catalog.delete_kb(kb)
    for kb in ("faq", "星海/faq"):
        home.desk.put("refunds.md", TEXTS["refunds.md"], kb=kb)
    home.desk.put("secret.md", "Refunds take 14 days.", kb="acme/theirs")
    with catalog.writing() as connection:
        connection.execute(text("DELETE FROM jobs"))
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = 'jobs'"))
        connection.execute(text("DELETE FROM feedback"))
    for trace_id in home.desk.traces:
        FeedbackRecord(catalog).put(answered_of(home.desk.trace(trace_id)), "小王", Opinion(rating=Rating.UP))
    for kb in ("faq", "acme/theirs"):
        words = {"paths": ["/srv/secret/docs"]}
        home.desk.jobs.submit(NewJob(kb=kb, kind="ingest", arguments=words, priority=Priority.BATCH))


@pytest.fixture(scope="module")
def operations(home):
    document = home.send("GET", "/openapi.json").json()
    return {
        operation["operationId"]: (
            method.upper(),
            path,
            {scope for each in operation["security"] for scope in each.get("key", ())},
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def callers(home, needed):
    """A key of each kind, for a route that any of the scopes ``needed`` opens."""
    right = frozenset(map(Scope, needed)) or frozenset({Scope.ASK})
    wrong = frozenset(Scope) - right - {Scope.ADMIN}
    revoked, expired = home.key(scopes=right), home.key(scopes=right, lasts_seconds=-1)
    home.keys.revoke(prefix(revoked))
    return {
        "no key": "",
        "unknown": "cdk_aaaaaaaaaaaa_" + "x" * 43,
        "revoked": revoked,
        "expired": expired,
        "other scope": home.key(scopes=wrong) if wrong else None,
        "right scope": home.key(scopes=right),
        "admin": home.key(scopes=frozenset({Scope.ADMIN})),
        "other tenant": home.key("星海", scopes=right),
        "other base": home.key(scopes=right, kbs=frozenset({"手册"})),
    }


def expected(name, caller, thing, path, needed, answers):
    own, absent, malformed = answers
    if caller == "other base" and absent == 201:
        absent = 404  # a key makes no knowledge base that it is not meant for
    by_id = name == "give_feedback" or any(f"{{{kind}}}" in path for kind in NAMED)
    shut_out = {"other base", "other tenant"} if by_id else {"other base"}
    if needed and caller in {"no key", "unknown", "revoked", "expired"}:
        return 401
    if needed and caller == "other scope":
        return 403
    if name in OF_THE_HOME and caller in {"other base", "other tenant"}:
        return 404
    if name == "create_key" and caller == "other base":
        return 404  # a key makes none that opens more than itself
    if thing == "malformed":
        return malformed
    return own if thing == "own" and caller not in shut_out else absent


def in_path(path, kb):
    return path.format(
        kb=kb, version=10**9, page=1, model=f"citedesk/{kb}", **{name: values.get(kb) for name, values in NAMED.items()}
    )


def test_every_operation_answers_every_caller_as_it_declares(home, operations):
    assert set(operations) == set(REQUESTS)
    wrong, cells = {}, 0
    for name, (method, path, needed) in operations.items():
        request, answers = REQUESTS[name]
        if name == "follow_job":
            home.desk.jobs.cancel(1)  # or else it is followed for ever
        for caller, token in callers(home, needed).items():
            for thing, kb in OBJECTS.items() if token is not None else ():
                got = home.send(method, in_path(path, kb), token, **request(kb)).status_code
                cells += 1
                if got < 300 and name.startswith(WRITES):
                    fill(home)
                if got != expected(name, caller, thing, path, needed, answers):
                    wrong[name, caller, thing] = got
        if name == "follow_job":
            fill(home)
    assert wrong == {}
    assert cells > 150


def told(response, named):
    """A problem without what differs from request to request."""
    return re.sub(rf"[0-9a-f-]{{36}}|(?<![\w/]){re.escape(named)}(?!\w)", "", response.text)


@pytest.mark.parametrize(
    "name",
    [
        "ask",
        "search",
        "list_documents",
        "list_duplicates",
        "upload_documents",
        "put_text",
        "list_jobs",
        "show_kb",
        "roll_back_kb",
        "delete_kb",
    ],
)
def test_what_is_anothers_is_answered_like_what_is_not_there(home, operations, name):
    method, path, _ = operations[name]
    limited = home.key(kbs=frozenset({"手册"}))
    answers = {
        told(home.send(method, in_path(path, kb), token, **REQUESTS[name][0](kb)), kb)
        for token, kb in [
            (home.key(), MISSING),
            (home.key(), FOREIGN),
            (home.key(), "acme/faq"),
            (home.key(), "default/faq"),
            (limited, OWN),
            (home.key("acme"), "内部"),
        ]
    }
    assert len(answers) == 1
    assert "there is no knowledge base" in answers.pop()


@pytest.mark.parametrize(
    "name",
    [
        "show_document",
        "change_document",
        "delete_document",
        "list_versions",
        "show_page",
        "restore_version",
        "show_job",
        "follow_job",
        "cancel_job",
        "retry_job",
        "show_answer",
        "show_feedback",
        "delete_feedback",
    ],
)
def test_ids_of_others_are_answered_like_ids_that_never_were(home, operations, name):
    method, path, _ = operations[name]
    (kind,) = (kind for kind in NAMED if f"{{{kind}}}" in path)
    asked = [(home.key(), MISSING), (home.key(), FOREIGN), (home.key(kbs=frozenset({"手册"})), OWN)]

    answers = [home.send(method, in_path(path, kb), token, **REQUESTS[name][0](kb)) for token, kb in asked]

    assert {answer.status_code for answer in answers} == {404}
    assert len({told(answer, NAMED[kind][kb]) for answer, (_, kb) in zip(answers, asked, strict=True)}) == 1


def test_no_key_and_a_useless_one_are_told_how_to_say_who_asks(home):
    nobody = home.send("GET", "/v1/kbs")
    stranger = home.send("GET", "/v1/kbs", "cdk_aaaaaaaaaaaa_" + "x" * 43)

    assert nobody.json()["type"] == stranger.json()["type"] == "urn:citedesk:problem:unauthenticated"
    assert nobody.headers["www-authenticate"] == 'Bearer realm="citedesk"'
    assert stranger.headers["www-authenticate"] == 'Bearer realm="citedesk", error="invalid_token"'


def test_a_missing_scope_is_named(home):
    response = home.send("POST", "/v1/ask", home.key(scopes=frozenset({Scope.SEARCH})), json={"question": "?"})

    assert response.status_code == 403
    assert response.json()["type"] == "urn:citedesk:problem:missing-scope"
    assert "scope ask; yours has search" in response.json()["detail"]
    assert response.headers["www-authenticate"].endswith('error="insufficient_scope", scope="ask"')


def test_nobody_is_let_in_before_the_body_is_looked_at(home):
    response = home.send("POST", "/v1/ask", content=b"{no json", headers={"Content-Type": "application/json"})
    assert response.status_code == 401


def test_the_access_log_names_the_key_and_never_its_secret(home, caplog):
    token = home.key()
    with caplog.at_level(logging.INFO, logger="citedesk.access"):
        home.send("GET", "/v1/kbs", token)
    assert f'"caller_key": "{prefix(token)}"' in caplog.text
    assert token not in caplog.text


def test_each_caller_lists_the_own_names(home):
    def names(token):
        return [kb["name"] for kb in home.send("GET", "/v1/kbs", token).json()["kbs"]]

    assert names(home.key()) == ["faq", "手册"]
    assert names(home.key("acme")) == ["faq", "theirs", "手册"]
    assert names(home.key(kbs=frozenset({"手册", "later"}))) == ["手册"]


def test_why_tells_nothing_of_other_tenants(home):
    def reason(token, **more):
        body = {"query": "refunds", "kb": "faq", "why": "secret.md"}
        return home.send("POST", "/v1/search", token, json=body).json()["explanation"]["why"]["reason"]

    assert "never had" in reason(home.key())
    assert "never had" in reason(home.key("acme", kbs=frozenset({"faq"})))
    assert "'acme/theirs'" in reason(home.key("acme"))


def test_a_revoked_key_is_refused_within_five_seconds(home):
    token = home.key()
    assert home.send("GET", "/v1/kbs", token).status_code == 200

    home.keys.revoke(prefix(token))
    home.clock += 4.9

    assert home.send("GET", "/v1/kbs", token).status_code == 401


def test_a_key_is_read_from_the_record_once_in_two_seconds(home, monkeypatch):
    token, asked = home.key(), []
    find = home.keys.find
    monkeypatch.setattr(home.keys, "find", lambda prefix: asked.append(prefix) or find(prefix))

    for _ in range(5):
        assert home.send("GET", "/v1/kbs", token).status_code == 200
    assert len(asked) == 1
    home.clock += 2.0
    home.send("GET", "/v1/kbs", token)
    assert len(asked) == 2


def test_a_new_key_is_taken_at_once_and_its_use_is_noted(home):
    token = home.key()
    assert home.send("GET", "/v1/kbs", token).status_code == 200
    assert home.keys.find(prefix(token)).last_used_at is None

    home.run(home.door.flush())

    assert home.keys.find(prefix(token)).last_used_at == pytest.approx(home.keys.find(prefix(token)).created_at, abs=30)


def test_what_is_wrong_with_the_machine_is_told_to_its_operators_only(home):
    def indexes(token):
        return home.send("GET", "/ready", token).json()["components"]["indexes"]

    assert indexes("") == indexes(home.key("acme")) == indexes(home.key(kbs=frozenset({"faq"}))) == "not ok"
    assert "/srv/citedesk" in indexes(home.key())


def test_a_route_without_a_rule_cannot_be_made():
    with pytest.raises(TypeError, match="/v1/oops has no rule"):
        GuardedRoute("/v1/oops", lambda: None, methods=["GET"])


def test_every_route_of_the_application_has_a_rule(home):
    unguarded = {
        route.path
        for included in home.app.routes
        for route in getattr(getattr(included, "original_router", None), "routes", [included])
        if not isinstance(route, GuardedRoute | GuardedSocket)
    }
    assert unguarded == {"/openapi.json"}
