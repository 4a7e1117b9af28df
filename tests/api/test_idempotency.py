"""The same write sent again, over HTTP and in the record."""

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import select, update
from tenant_home import TenantHome

from core.errors import InvalidInput
from store import idempotency as module
from store.idempotency import Idempotency, InFlight, KeyReused, StoredAnswer
from store.key import Scope
from store.tables import idempotency as table

TEXT = {"kb": "faq", "name": "退款", "text": "七天内可退。"}
ANSWER = StoredAnswer(status=201, headers={"etag": '"1"'}, body="好".encode())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture
def kept(home):
    return Idempotency(home.desk.catalog)


def post(home, token, key, body=TEXT, path="/v1/documents/text"):
    return home.send("POST", path, token, json=body, headers={"Idempotency-Key": key})


def count(home):
    return len(home.desk.jobs.all())


def test_the_same_request_again_gets_the_first_answer_and_changes_nothing(home):
    token = home.key()
    first = post(home, token, "again")
    before = count(home)

    again = post(home, token, "again")

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert count(home) == before


def test_without_a_key_every_request_is_done(home):
    before = count(home)
    for _ in range(2):
        assert home.send("POST", "/v1/documents/text", home.key(), json=TEXT).status_code == 202
    assert count(home) == before + 2


def test_a_key_with_another_request_is_refused(home):
    token = home.key()
    post(home, token, "other")
    before = count(home)

    for response in (
        post(home, token, "other", TEXT | {"text": "八天内可退。"}),
        home.send("PUT", "/v1/kbs/neu", token, headers={"Idempotency-Key": "other"}),
        home.send("POST", "/v1/documents/text?x=1", token, json=TEXT, headers={"Idempotency-Key": "other"}),
        post(home, home.key(kbs=frozenset({"faq"})), "other"),
    ):
        assert (response.status_code, response.json()["type"]) == (422, "urn:citedesk:problem:idempotency-key-reused")
    assert count(home) == before


def test_tenants_do_not_share_keys(home):
    mine, theirs = post(home, home.key(), "shared"), post(home, home.key("acme"), "shared")

    assert mine.status_code == theirs.status_code == 202
    assert mine.json()["id"] != theirs.json()["id"]


def test_who_may_not_take_the_route_is_not_told_the_stored_answer(home):
    post(home, home.key(), "right")
    assert post(home, home.key(scopes=frozenset({Scope.SEARCH})), "right").status_code == 403
    assert post(home, "", "right").status_code == 401


def test_an_upload_again_is_told_by_names_and_bytes_whatever_its_boundary(home):
    token, before = home.key(), count(home)

    def upload(name, content, boundary):
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n{content}\r\n'
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "upload"}
        content = f"{body}--{boundary}--\r\n".encode()
        return home.send("POST", "/v1/documents?kb=faq", token, content=content, headers=headers)

    first, again = upload("说明.md", "三天", "b1"), upload("说明.md", "三天", "b2")
    assert (first.status_code, again.status_code, again.content == first.content) == (202, 202, True)
    assert upload("说明.md", "四天", "b1").status_code == 422
    assert upload("說明.md", "三天", "b1").status_code == 422
    assert count(home) == before + 1
    assert len(list((home.folder / "uploads").glob("*/files/说明.md"))) == 1


def test_a_problem_is_not_kept(home):
    token = home.key()
    key = {"Idempotency-Key": "problem"}
    assert home.send("DELETE", "/v1/kbs/later", token, headers=key).status_code == 404
    assert home.send("PUT", "/v1/kbs/later", token).status_code == 201
    assert home.send("DELETE", "/v1/kbs/later", token, headers=key).status_code == 204


def test_a_deletion_again_is_answered_as_the_first(home):
    token = home.key()
    home.send("PUT", "/v1/kbs/weg", token)
    for _ in range(2):
        response = home.send("DELETE", "/v1/kbs/weg", token, headers={"Idempotency-Key": "weg"})
        assert (response.status_code, response.content) == (204, b"")
    assert home.send("DELETE", "/v1/kbs/weg", token).status_code == 404


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "schlüssel"])
def test_an_unusable_key_is_refused(home, key):
    response = home.send(
        "POST", "/v1/documents/text", home.key(), json=TEXT, headers={"Idempotency-Key": key.encode("latin-1")}
    )
    assert response.status_code == 422
    assert "1 to 255 visible ASCII" in response.json()["detail"]


def test_of_many_at_once_one_is_done(home):
    token, before = home.key(), count(home)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "race"}

    async def race():
        return await asyncio.gather(
            *(home._client.post("/v1/documents/text", json=TEXT, headers=headers) for _ in range(12))
        )

    responses = home.run(race())

    assert {response.status_code for response in responses} <= {202, 409}
    assert count(home) == before + 1
    assert len({response.content for response in responses if response.status_code == 202}) == 1
    for response in responses:
        if response.status_code == 409:
            assert response.json()["type"] == "urn:citedesk:problem:in-flight"
            assert response.headers["retry-after"] == "5"


def test_reads_take_no_notice_of_a_key(home):
    for _ in range(2):
        response = home.send("GET", "/v1/kbs/faq", home.key(), headers={"Idempotency-Key": "a b"})
        assert response.status_code == 200


def test_the_first_claims_and_the_next_waits_for_its_answer(kept):
    assert kept.claim("acme", "k", "d1") is None
    with pytest.raises(InFlight, match="'k' is at work"):
        kept.claim("acme", "k", "d1")
    with pytest.raises(KeyReused):
        kept.claim("acme", "k", "d2")

    kept.keep("acme", "k", ANSWER)

    assert kept.claim("acme", "k", "d1") == ANSWER
    assert issubclass(KeyReused, InvalidInput)


def test_a_released_claim_is_free_and_a_kept_answer_is_not_released(kept):
    kept.claim("acme", "free", "d")
    kept.release("acme", "free")
    assert kept.claim("acme", "free", "other") is None

    kept.keep("acme", "free", ANSWER)
    kept.release("acme", "free")
    assert kept.claim("acme", "free", "other") == ANSWER


def test_an_answer_is_kept_for_a_day(kept, home):
    def aged(seconds):
        with home.desk.catalog.writing() as connection:
            connection.execute(update(table).values(created_at=table.c.created_at - seconds))

    kept.claim("acme", "day", "d")
    kept.keep("acme", "day", ANSWER)
    aged(module.KEEP_SECONDS - 60)
    assert kept.claim("acme", "day", "d") == ANSWER
    aged(120)
    assert kept.claim("acme", "day", "other") is None


def test_what_a_process_left_behind_that_is_gone_is_claimed_anew(kept, home):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    kept.claim("acme", "dead", "d")
    with home.desk.catalog.writing() as connection:
        mine = table.c.key == "dead"
        owner = connection.scalar(select(table.c.owner).where(mine)).split("/")
        gone = "/".join((owner[0], ended.stdout.decode().strip(), owner[2]))
        connection.execute(update(table).where(mine).values(owner=gone))

    assert kept.claim("acme", "dead", "d") is None
