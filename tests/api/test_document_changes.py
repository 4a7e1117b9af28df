"""Metadata and validity of documents, changed over HTTP."""

import pytest
from tenant_home import TenantHome

from store.document_edits import DocumentEdits
from store.edit import DocumentEdit
from store.key import Scope


@pytest.fixture
def home(tmp_path):
    home = TenantHome(tmp_path)
    yield home
    home.close()


@pytest.fixture
def token(home):
    return home.key(scopes=frozenset({Scope.INGEST}))


def place(home, source, kb="faq"):
    return f"/v1/documents/{home.desk.catalog.document_ids(kb)[source]}"


def sources(home, **filter):
    """What a search finds under a filter."""
    asked = {"query": "refund 发票", "kb": "faq", "stage": "hybrid", "filter": filter}
    return {hit["source"] for hit in home.send("POST", "/v1/search", home.key(), json=asked).json()["hits"]}


def test_a_change_holds_for_filters_at_once(home, token):
    response = home.send("PATCH", place(home, "发票.md"), token, json={"metadata": {"产品": "潮汐"}})

    assert (response.status_code, response.json()["metadata"]) == (200, {"product": "潮汐"})
    assert sources(home, where={"product": "潮汐"}) == {"发票.md"}


def test_null_takes_a_name_away_and_what_is_not_named_stays(home, token):
    home.desk.put("plans.md", "Plans.", kb="faq", product="Tidemark", audience="partners", region="EU")
    path = place(home, "plans.md")

    home.send("PATCH", path, token, json={"metadata": {"Audience": None, "owner": "Li"}})
    response = home.send("PATCH", path, token, json={"metadata": {"owner": "王"}, "valid_until": "2026-12-31"})

    document = response.json()
    assert document["metadata"] == {"product": "Tidemark", "region": "EU", "owner": "王"}
    assert (document["valid_from"], document["valid_until"]) == (None, "2026-12-31")


def test_a_validity_is_set_and_taken_away(home, token):
    path = place(home, "refunds.md")
    home.send("PATCH", path, token, json={"valid_from": "2025-01-01", "valid_until": "2025-12-31"})
    assert sources(home, as_of="2026-06-01") == {"发票.md"}

    document = home.send("PATCH", path, token, json={"valid_until": None}).json()

    assert (document["valid_from"], document["valid_until"]) == ("2025-01-01", None)
    assert sources(home, as_of="2026-06-01") == {"发票.md", "refunds.md"}


def test_a_change_outlives_the_next_ingestion_and_ends_with_the_document(home, token):
    home.send(
        "PATCH", place(home, "refunds.md"), token, json={"metadata": {"product": "Gate"}, "valid_from": "2026-01-01"}
    )

    home.desk.put("refunds.md", "Refunds take 14 days.", kb="faq", product="Tidemark", region="EU")
    document = home.send("GET", place(home, "refunds.md"), token).json()
    assert document["text"] == "Refunds take 14 days."
    assert (document["metadata"], document["valid_from"]) == ({"product": "Gate", "region": "EU"}, "2026-01-01")

    home.send("DELETE", place(home, "refunds.md"), token)
    home.desk.put("refunds.md", "Refunds take 15 days.", kb="faq", product="Tidemark")
    document = home.send("GET", place(home, "refunds.md"), token).json()
    assert (document["metadata"], document["valid_from"]) == ({"product": "Tidemark"}, None)


def test_of_two_who_looked_at_the_same_one_the_second_is_told(home, token):
    path = place(home, "发票.md")
    tag = home.send("GET", path, token).headers["etag"]

    first = home.send("PATCH", path, token, json={"metadata": {"owner": "李"}}, headers={"If-Match": tag})
    second = home.send("PATCH", path, token, json={"metadata": {"owner": "王"}}, headers={"If-Match": tag})

    assert first.status_code == 200
    assert (second.status_code, second.json()["type"]) == (412, "urn:citedesk:problem:changed-meanwhile")
    assert first.headers["etag"] in second.json()["detail"]
    assert home.send("GET", path, token).json()["metadata"] == {"owner": "李"}
    for condition in (f'"0-0", {first.headers["etag"]}', "*"):
        again = home.send("PATCH", path, token, json={"metadata": {"owner": "王"}}, headers={"If-Match": condition})
        assert again.status_code == 200


def test_a_tag_changes_with_every_version_and_change_and_a_known_one_needs_no_text(home, token):
    path = place(home, "发票.md")
    first = home.send("GET", path, token)
    tag = first.headers["etag"]

    for condition in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        known = home.send("GET", path, token, headers={"If-None-Match": condition})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    home.desk.put("发票.md", "电子发票当天开出。", kb="faq")
    changed = home.send("GET", path, token, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["text"]) == (200, "电子发票当天开出。")
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metadata": {"source": "x"}},
        {"metadata": {"title": "x"}},
        {"metadata": {"a": ""}},
        {"metadata": {" ": "x"}},
        {"metadata": {"a": "x" * 1_001}},
        {"metadata": {"a": 1}},
        {"valid_from": "2026-13-01"},
        {"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
        {"text": "x"},
    ],
)
def test_an_unusable_change_changes_nothing(home, token, body):
    path = place(home, "refunds.md")
    tag = home.send("GET", path, token).headers["etag"]

    assert home.send("PATCH", path, token, json=body).status_code == 422
    assert home.send("GET", path, token).headers["etag"] == tag


def test_an_end_before_the_begin_that_is_there_is_refused(home, token):
    path = place(home, "refunds.md")
    home.send("PATCH", path, token, json={"valid_from": "2026-06-01"})

    response = home.send("PATCH", path, token, json={"valid_until": "2026-01-01"})

    assert response.status_code == 422
    assert "2026-01-01 is before valid_from 2026-06-01" in response.json()["detail"]
    assert home.send("GET", path, token).json()["valid_until"] is None


def test_documents_of_others_cannot_be_changed(home, token):
    body = {"metadata": {"a": "b"}}
    assert home.send("PATCH", place(home, "refunds.md", "acme/faq"), token, json=body).status_code == 404
    assert (
        home.send("PATCH", place(home, "refunds.md"), home.key(kbs=frozenset({"手册"})), json=body).status_code == 404
    )
    search_only = home.key(scopes=frozenset({Scope.SEARCH}))
    assert home.send("PATCH", place(home, "refunds.md"), search_only, json=body).status_code == 403


def test_an_edit_moves_the_knowledge_bases_revision_so_that_caches_notice(home):
    from store.filters import Filters

    before = Filters(home.desk.catalog).revision("faq")
    (document,) = (i for source, i in home.desk.catalog.document_ids("faq").items() if source == "refunds.md")

    DocumentEdits(home.desk.catalog).put(document, DocumentEdit(metadata={"owner": "Li"}))

    assert Filters(home.desk.catalog).revision("faq") == before + 1


def test_a_rollback_without_an_edition_before_is_told(home):
    response = home.send("POST", "/v1/kbs/faq/rollback", home.key())
    assert response.status_code == 422
    assert "no previous edition" in response.json()["detail"]
    assert home.send("POST", "/v1/kbs/nowhere/rollback", home.key()).status_code == 404
    assert home.send("POST", "/v1/kbs/faq/rollback", home.key(scopes=frozenset({Scope.INGEST}))).status_code == 403
