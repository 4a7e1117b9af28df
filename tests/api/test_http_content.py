"""Knowledge bases, documents and jobs over HTTP."""

import pytest
from fakes import a_document, state_of
from tenant_home import TEXTS, TenantHome

from core.types import Outcome
from store.job import NewJob, Priority


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Read by its tests, never changed."""
    home = TenantHome(tmp_path_factory.mktemp("home"))
    broken = a_document("zh/加密.pdf", "", kb="acme/faq")
    home.desk.catalog.put_outcome("acme/faq", state_of(broken, Outcome.ENCRYPTED, "needs a password"))
    yield home
    home.close()


@pytest.fixture
def own(tmp_path):
    home = TenantHome(tmp_path)
    yield home
    home.close()


def get(home, path, tenant="acme", **params):
    response = home.send("GET", path, home.key(tenant), params=params)
    assert response.status_code == 200, response.text
    return response.json()


def test_documents_are_listed_by_source_with_what_became_of_them(home):
    page = get(home, "/v1/documents", kb="faq")

    assert [(each["source"], each["outcome"], each["passages"]) for each in page["documents"]] == [
        ("refunds.md", "ingested", 2),
        ("zh/加密.pdf", "encrypted", 0),
        ("发票.md", "ingested", 2),
    ]
    assert all(each["updated_at"].endswith("+00:00") for each in page["documents"])
    assert page["documents"][1]["reason"] == "needs a password"
    assert [each["language"] for each in page["documents"]] == ["en", "", "zh"]
    assert page["next_cursor"] is None


def test_pages_hold_every_document_once(home):
    seen, cursor = [], ""
    while cursor is not None:
        page = get(home, "/v1/documents", kb="faq", limit=1, cursor=cursor)
        assert len(page["documents"]) == 1
        seen += [each["source"] for each in page["documents"]]
        cursor = page["next_cursor"]
    assert seen == ["refunds.md", "zh/加密.pdf", "发票.md"]


def test_documents_of_one_outcome(home):
    page = get(home, "/v1/documents", kb="faq", outcome="encrypted")
    assert [each["source"] for each in page["documents"]] == ["zh/加密.pdf"]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"outcome": "lost"}, {"cursor": "发票"}, {"cursor": "_"}]
)
def test_an_unusable_page_is_a_problem(home, params):
    response = home.send("GET", "/v1/documents", home.key("acme"), params={"kb": "faq", **params})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"#/{next(iter(params))}"


@pytest.mark.parametrize("source", ["refunds.md", "发票.md"])
def test_a_document_is_shown_with_its_text_and_passages(home, source):
    listed = get(home, "/v1/documents", kb="faq")["documents"]
    (document_id,) = (each["document_id"] for each in listed if each["source"] == source)

    document = get(home, f"/v1/documents/{document_id}")

    assert (document["kb"], document["source"], document["text"]) == ("faq", source, TEXTS[source])
    assert [passage["text"] for passage in document["passages"]] == TEXTS[source].split("\n\n")
    for passage in document["passages"]:
        assert document["text"][slice(*passage["span"])] == passage["text"]


def test_a_source_without_text_is_shown_with_the_reason(home):
    (line,) = get(home, "/v1/documents", kb="faq", outcome="encrypted")["documents"]

    document = get(home, f"/v1/documents/{line['document_id']}")

    assert (document["outcome"], document["reason"], document["text"]) == ("encrypted", "needs a password", "")
    assert document["passages"] == document["blocks"] == []


def test_a_deleted_document_answers_no_more_and_others_keep_theirs(own):
    def hits(tenant):
        body = {"query": "annual plans refunded", "kb": "faq", "stage": "lexical"}
        found = own.send("POST", "/v1/search", own.key(tenant), json=body).json()["hits"]
        return {hit["source"] for hit in found}

    (document_id,) = (
        each["document_id"]
        for each in get(own, "/v1/documents", kb="faq")["documents"]
        if each["source"] == "refunds.md"
    )
    assert hits("acme") == {"refunds.md"}

    assert own.send("DELETE", f"/v1/documents/{document_id}", own.key("acme")).status_code == 204

    assert hits("acme") == set()
    assert hits("default") == hits("星海") == {"refunds.md"}
    assert own.send("DELETE", f"/v1/documents/{document_id}", own.key("acme")).status_code == 404


def test_a_knowledge_base_is_made_counted_and_deleted_within_its_tenant(own):
    token = own.key("星海")
    assert own.send("PUT", "/v1/kbs/内部", token).status_code == 201
    assert own.send("PUT", "/v1/kbs/内部", token).status_code == 200
    assert get(own, "/v1/kbs/内部", "星海")["passages"] == 0
    assert own.send("GET", "/v1/kbs/内部", own.key("acme")).status_code == 404

    stats = get(own, "/v1/kbs/faq", "星海")
    (edition,) = stats.pop("editions")
    assert edition["state"] == "current"
    assert stats == {
        "name": "faq",
        "documents": {"ingested": 2},
        "passages": 4,
        "languages": {"en": 1, "zh": 1},
        "index_lag": {"dense": 0, "lexical": 0},
    }

    assert own.send("DELETE", "/v1/kbs/faq", token).status_code == 204
    assert [kb["name"] for kb in get(own, "/v1/kbs", "星海")["kbs"]] == ["内部", "手册"]
    assert [kb["name"] for kb in get(own, "/v1/kbs", "acme")["kbs"]] == ["faq", "手册"]


@pytest.mark.parametrize("name", ["a b", "-a", "acme/faq", "x" * 101])
def test_an_unusable_name_makes_nothing(home, name):
    response = home.send("PUT", f"/v1/kbs/{name}", home.key())

    assert response.status_code == 422
    assert "knowledge base name" in response.json()["detail"]


def queue(home, *kbs):
    return [
        home.desk.jobs.submit(
            NewJob(kb=kb, kind="ingest", arguments={"paths": [f"/srv/{n}"]}, priority=Priority.BATCH)
        ).id
        for n, kb in enumerate(kbs)
    ]


def test_jobs_are_listed_newest_first_page_by_page(own):
    first, _, third = queue(own, "acme/faq", "faq", "acme/手册")

    page = get(own, "/v1/jobs", limit=1)
    assert [job["id"] for job in page["jobs"]] == [third]
    page = get(own, "/v1/jobs", limit=1, cursor=page["next_cursor"])
    assert [(job["id"], job["kb"]) for job in page["jobs"]] == [(first, "faq")]
    assert page["next_cursor"] is None
    assert [job["id"] for job in get(own, "/v1/jobs", kb="手册")["jobs"]] == [third]
    assert get(own, "/v1/jobs", state="failed")["jobs"] == []


def test_a_job_is_cancelled_and_queued_again(own):
    (job,) = queue(own, "acme/faq")
    token = own.key("acme")

    assert own.send("POST", f"/v1/jobs/{job}/cancel", token).json()["state"] == "cancelled"
    again = own.send("POST", f"/v1/jobs/{job}/cancel", token)
    assert (again.status_code, "cancelled already" in again.json()["detail"]) == (422, True)
    assert own.send("POST", f"/v1/jobs/{job}/retry", token).json()["state"] == "queued"
    assert get(own, f"/v1/jobs/{job}")["files"] == []


def test_what_a_job_says_of_the_machine_is_for_its_operators(own):
    (job,) = queue(own, "acme/faq")

    assert get(own, f"/v1/jobs/{job}")["arguments"] == {}
    own.door._ring = None
    own.door._loopback = True
    assert own.send("GET", f"/v1/jobs/{job}").json()["arguments"] == {"paths": ["/srv/0"]}
