"""The LangChain retriever over a real home, over a service, and in chains."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from pydantic import ValidationError

from answer.assemble import Desk
from api.langchain_retriever import CitedeskRetriever, Home
from core.errors import IndexLocked, InvalidInput, NotFound, Unavailable
from core.settings import load_settings

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def retriever(home):
    shared = Home(home)
    yield lambda **options: CitedeskRetriever(home=shared, **options)
    shared.close()


def test_a_document_holds_the_passage_and_where_it_stands(home, retriever):
    (found,) = retriever(k=1).invoke("how many fans has the gate")
    metadata = found.metadata
    stored, _ = Desk(load_settings(home)).document(metadata["document_id"])
    assert found.page_content == stored.text[metadata["start"] : metadata["end"]]
    assert "two fans" in found.page_content
    assert found.id == metadata["chunk_id"]
    assert (metadata["source"], metadata["heading_path"], metadata["page"]) == ("refunds.md", ["Gate G3"], None)
    assert (metadata["stage"], metadata["degraded"]) == ("reranked", [])
    assert isinstance(metadata["score"], float)


def test_kb_k_stage_and_filter_are_those_of_a_search(retriever):
    found = retriever(k=2, stage="lexical", filter={"where": {"language": "zh"}}).invoke("发票 退款")
    assert [each.metadata["source"] for each in found] == ["发票.md", "发票.md"]
    assert {each.metadata["stage"] for each in found} == {"lexical"}
    with pytest.raises(NotFound, match="'sales'"):
        retriever(kb="sales").invoke("refund")


def test_it_answers_side_by_side_and_asynchronously(retriever):
    both = retriever(k=1)
    english, chinese = both.batch(["annual plans refunded", "电子发票几天开出"])
    assert (english[0].metadata["source"], chinese[0].metadata["source"]) == ("refunds.md", "发票.md")
    assert asyncio.run(both.ainvoke("电子发票几天开出")) == chinese
    assert all(found == chinese for found in both.batch(["电子发票几天开出"] * 8))


def test_it_works_in_a_chain(retriever):
    prompt = ChatPromptTemplate.from_template("{passages}\n\n{question}")
    texts = retriever(k=2) | (lambda found: "\n".join(each.page_content for each in found))
    asked = []
    model = FakeListChatModel(responses=["Within 5 business days."])
    chain = (
        {"passages": texts, "question": RunnablePassthrough()}
        | prompt
        | (lambda given: asked.append(given.to_string()) or given)
        | model
        | StrOutputParser()
    )
    assert chain.invoke("How are refunds paid?") == "Within 5 business days."
    assert "The money goes back to the card" in asked[0]
    assert asked[0].endswith("How are refunds paid?")


def test_by_url_it_finds_what_it_finds_in_the_home(home, retriever, serve):
    options = {"k": 3, "filter": {"where": {"kind": "prose"}, "without": {"language": "en"}}}
    own = retriever(**options).invoke("电子发票几天开出")
    retriever().close()
    with serve(Desk(load_settings(home))) as service:
        by_url = CitedeskRetriever(url=f"{service.url}/", **options)
        assert by_url.invoke("电子发票几天开出") == own
        assert asyncio.run(by_url.ainvoke("电子发票几天开出")) == own
        with pytest.raises(InvalidInput, match="sales"):
            CitedeskRetriever(url=service.url, kb="sales").invoke("refund")
        with pytest.raises(IndexLocked):
            Desk(load_settings(home)).own()
        note = {"pid": os.getpid(), "address": service.url}  # as ``citedesk serve`` leaves it
        (home / "indexes" / "owner.json").write_text(json.dumps(note), encoding="utf-8")
        assert retriever(**options).invoke("电子发票几天开出") == own
    with pytest.raises(Unavailable):
        by_url.invoke("电子发票几天开出")


def test_retrievers_that_share_a_home_answer_side_by_side(home, retriever):
    arms = [retriever(k=1, stage=stage) for stage in ("lexical", "dense")]
    assert [[each.metadata["stage"] for each in arm.invoke("发票")] for arm in arms] == [["lexical"], ["dense"]]
    arms[0].close()
    alone = CitedeskRetriever(home=home, k=1)  # free to be opened by another one
    assert alone.invoke("发票")
    alone.close()


def test_what_was_done_without_is_said(retriever, monkeypatch, caplog):
    monkeypatch.setenv("CITEDESK_RERANK__KIND", "cross_encoder")
    monkeypatch.setenv("CITEDESK_RERANK__MODEL", "/no/such/model")
    found = retriever(k=1).invoke("annual plans refunded")
    assert found[0].metadata["degraded"] == ["rerank"]
    assert "searched without rerank" in caplog.text


@pytest.mark.parametrize("wrong", [{"k": 0}, {"stage": "best"}, {"filter": {"were": {}}}, {"knowledge_base": "kb"}])
def test_options_that_it_does_not_know_are_refused(wrong):
    with pytest.raises(ValidationError):
        CitedeskRetriever(**wrong)


def test_the_example_of_the_readme_runs(home, monkeypatch, capsys):
    (example,) = re.findall(
        r"```python\n(.*?CitedeskRetriever.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    monkeypatch.setenv("CITEDESK_HOME", str(home))
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert "refunds.md" in capsys.readouterr().out
    assert all(isinstance(each, Document) for each in names["retriever"].invoke("refund"))
    names["retriever"].close()
