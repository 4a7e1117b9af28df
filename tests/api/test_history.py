"""Versions of documents, editions and documents that repeat others, over HTTP."""

import pytest
from tenant_home import TenantHome

from ingest.duplicates import find_duplicates
from store.duplicates import Duplicates
from store.editions import Editions, Recipe
from store.key import Scope

LONG = " ".join(f"Rule {n} of the gate says that refunds take {n} days to arrive." for n in range(30))


@pytest.fixture
def home(tmp_path):
    home = TenantHome(tmp_path, texts={"发票.md": "电子发票在两个工作日内开出。"})
    yield home
    home.close()


@pytest.fixture
def token(home):
    return home.key(scopes=frozenset({Scope.SEARCH, Scope.INGEST}))


def versions_of(home, token):
    path = f"/v1/documents/{home.desk.catalog.document_ids('faq')['发票.md']}/versions"
    return path, home.send("GET", path, token).json()["versions"]


def hits(home, token):
    home.desk.catch_up()
    body = {"query": "发票", "kb": "faq", "stage": "lexical"}
    return {hit["text"] for hit in home.send("POST", "/v1/search", token, json=body).json()["hits"]}


def test_an_older_version_answers_again_and_the_document_has_another_tag(home, token):
    home.desk.put("发票.md", "电子发票当天开出。", kb="faq")
    path, (newer, older) = versions_of(home, token)
    assert (newer["is_current"], older["is_current"]) == (True, False)
    assert (newer["characters"], newer["passages"]) == (9, 1)
    tag = home.send("GET", path.removesuffix("/versions"), token).headers["etag"]
    assert hits(home, token) == {"电子发票当天开出。"}

    restored = home.send("POST", f"{path}/{older['version']}/restore", token)

    assert restored.status_code == 200
    assert [each["is_current"] for each in restored.json()["versions"]] == [False, True]
    assert hits(home, token) == {"电子发票在两个工作日内开出。"}
    assert home.send("GET", path.removesuffix("/versions"), token).headers["etag"] != tag


def test_restoring_is_for_who_may_put_documents_in(home, token):
    path, (only,) = versions_of(home, token)
    reader = home.key(scopes=frozenset({Scope.SEARCH}))

    assert home.send("GET", path, reader).status_code == 200
    assert home.send("POST", f"{path}/{only['version']}/restore", reader).status_code == 403


@pytest.mark.parametrize(("number", "status"), [("0", 422), ("-1", 422), ("9" * 30, 422), ("x", 422), ("77", 404)])
def test_a_version_that_is_none_is_a_problem(home, token, number, status):
    path, _ = versions_of(home, token)
    assert home.send("POST", f"{path}/{number}/restore", token).status_code == status


def test_documents_that_repeat_others_are_listed_with_how_much_page_by_page(home, token):
    for source, text in {"a.md": LONG, "b.md": LONG, "c.md": LONG + " One more."}.items():
        home.desk.put(source, text, kb="faq")
    find_duplicates(Duplicates(home.desk.catalog), "faq")

    def page(cursor=""):
        return home.send(
            "GET", "/v1/documents/duplicates", token, params={"kb": "faq", "limit": 2, "cursor": cursor}
        ).json()

    first = page()
    (last,) = page(first["next_cursor"])["documents"]

    assert [each["source"] for each in first["documents"]] == ["a.md", "b.md"]
    assert {"source": "b.md", "similarity": 1.0}.items() <= first["documents"][0]["duplicates"][0].items()
    assert first["documents"][0]["duplicates"][0]["document_id"] == first["documents"][1]["document_id"]
    (near,) = last["duplicates"]
    assert near["source"] == "a.md"
    assert 0.8 < near["similarity"] < 1
    assert page(first["next_cursor"])["next_cursor"] is None


def test_a_knowledge_base_tells_its_editions_and_of_a_model_not_where_it_lies(home, token):
    editions = Editions(home.desk.catalog)
    first = editions.of("faq").values()
    assert [each.state.value for each in first] == ["current"]
    other = editions.open("faq", Recipe(cut="words", fingerprint="fake-2", embedder="/srv/models/bge-m3"))
    editions.switch(other)

    told = home.send("GET", "/v1/kbs/faq", token).json()["editions"]

    assert [(each["state"], each["embedder"]) for each in told] == [("current", "bge-m3"), ("previous", "")]
    assert told[0]["switched_at"].endswith("+00:00")
    home.send("POST", "/v1/kbs/faq/rollback", home.key())
    assert [each["id"] for each in home.send("GET", "/v1/kbs/faq", token).json()["editions"]] == [
        each["id"] for each in reversed(told)
    ]
