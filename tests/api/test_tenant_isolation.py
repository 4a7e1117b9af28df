"""Random questions over three tenants with the same documents: nobody is ever shown an id of another's.

CITEDESK_TEST_TENANT_QUERIES=10000 asks that many.
"""

import json
import os
import random

import pytest
from tenant_home import KBS, TENANTS, TenantHome

from store.kb_key import kb_key

QUERIES = int(os.environ.get("CITEDESK_TEST_TENANT_QUERIES", "300"))
TOPICS = {
    "en": ("refunds", "invoices", "gates", "backups", "plans", "seats", "tokens", "alerts"),
    "zh": ("退款", "发票", "网关", "备份", "套餐", "席位", "令牌", "告警"),
}


TEAMS = {
    "en": ("sales", "legal", "field", "night", "harbour", "lab"),
    "zh": ("销售", "法务", "现场", "夜班", "港口", "实验"),
}
SAID = {"en": "About {topic} one asks the {team} team.", "zh": "关于{topic}请联系{team}部门。"}


def texts():
    """Twelve documents of eight paragraphs each, in both languages, none of which contradicts another."""
    return {
        f"{language}/{team}.md": "\n\n".join(said.format(topic=topic, team=team) for topic in TOPICS[language])
        for language, said in SAID.items()
        for team in TEAMS[language]
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"), texts=texts())
    yield home
    home.close()


def ids_of(home, tenant, kb):
    """Of every passage and document that this tenant may be shown, and the passages alone."""
    key = kb_key(tenant, kb)
    passages = home.desk.catalog.live_ids(key)
    return passages | set(home.desk.catalog.document_ids(key).values()), passages


def a_question(rng):
    language = rng.choice(["en", "zh"])
    topics = rng.sample(TOPICS[language], rng.randint(1, 3))
    return f"What about {' and '.join(topics)}?" if language == "en" else f"{'、'.join(topics)}有什么规定？"


def shown_ids(document):
    """Every id of a passage or document in an answer, wherever it stands."""
    if isinstance(document, dict):
        named = {value for name, value in document.items() if name in {"chunk_id", "document_id"} and value}
        return named.union(*map(shown_ids, document.values()))
    return set().union(*map(shown_ids, document)) if isinstance(document, list) else set()


def test_no_search_and_no_citation_shows_an_id_of_another_tenant(home):
    rng = random.Random(42)
    tokens = {tenant: home.key(tenant) for tenant in TENANTS}
    known = {(tenant, kb): ids_of(home, tenant, kb) for tenant in TENANTS for kb in KBS}
    every = set().union(*(ids for ids, _ in known.values()))
    assert len(every) == sum(len(ids) for ids, _ in known.values()), "the same id twice would hide a leak"
    foreign, shown, cited = 0, 0, 0
    for number in range(QUERIES):
        tenant, kb = rng.choice(TENANTS), rng.choice(KBS)
        mine, passages = known[tenant, kb]
        words, theirs = a_question(rng), rng.choice(sorted(every - mine))
        if number % 3:
            body = {"query": words, "kb": kb, "k": 20, "stage": rng.choice(["lexical", "dense", "hybrid", "rerank"])}
            body |= {"why": theirs} if number % 3 == 2 else {}
            response = home.send("POST", "/v1/search", tokens[tenant], json=body)
        else:
            response = home.send("POST", "/v1/ask", tokens[tenant], json={"question": words, "kb": kb})
            cited += sum(len(claim["citations"]) for claim in response.json()["claims"])
        assert response.status_code == 200, response.text
        found = shown_ids(response.json()) - {theirs}
        foreign += len(found - mine)
        shown += len(found & passages)
        assert not any(name in response.text for name in TENANTS if name not in {tenant, "default"})
    assert foreign == 0
    assert shown > 3 * QUERIES
    assert cited > QUERIES / 6


def test_events_of_a_stream_show_the_own_ids_only(home):
    mine, _ = ids_of(home, "星海", "手册")
    body = {"question": "发票有什么规定？", "kb": "手册", "stream": True}

    response = home.send("POST", "/v1/ask", home.key("星海"), json=body)

    events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
    assert len(events) >= 3
    assert shown_ids(events) <= mine
    assert shown_ids(events)
