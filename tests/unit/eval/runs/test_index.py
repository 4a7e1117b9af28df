"""A judged corpus is ingested once, under a name that follows what decides its passages."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Unavailable
from core.types import SearchStage
from eval.runs.index import as_document, document_search, index_dataset, kb_name, paragraphs
from eval.runs.overrides import overridden
from eval.runs.pooling import RankedDocuments, ScoredDocument
from eval.sets.dataset import CorpusDocument, load_dataset

JUDGED = Path(__file__).parents[4] / "data" / "judged"


@pytest.mark.parametrize(("name", "language"), [("tiny_en", "en"), ("tiny_zh", "zh")])
def test_every_entry_becomes_a_document_of_its_language(desk: Any, name: str, language: str) -> None:
    dataset = load_dataset(JUDGED / name)
    kb = index_dataset(desk, dataset)
    stored = desk.documents[kb]
    assert [(document.source, document.title, document.text) for document in stored] == [
        (entry.id, entry.title, entry.text) for entry in dataset.documents
    ]
    assert {document.language for document in stored} == {language}
    assert {document.kb for document in stored} == {kb}


def test_a_complete_knowledge_base_is_not_ingested_again(desk: Any) -> None:
    dataset = load_dataset(JUDGED / "tiny_en")
    kb = index_dataset(desk, dataset)
    assert index_dataset(desk, dataset) == kb
    assert len(desk.documents[kb]) == 24


def test_an_interrupted_run_is_completed_with_what_is_missing(desk: Any) -> None:
    dataset = load_dataset(JUDGED / "tiny_zh")
    kb = kb_name(dataset)
    desk.ingest_documents(kb, [as_document(kb, entry) for entry in dataset.documents[:20]])
    index_dataset(desk, dataset)
    assert [document.source for document in desk.documents[kb]] == [entry.id for entry in dataset.documents]


def test_the_name_follows_the_corpus_and_the_fingerprint_but_not_the_judgements() -> None:
    dataset = load_dataset(JUDGED / "tiny_en")
    name = kb_name(dataset)
    assert re.fullmatch(r"eval-tiny-en-[0-9a-f]{8}", name)
    assert kb_name(dataclasses.replace(dataset, digest="other")) == name
    assert kb_name(dataclasses.replace(dataset, corpus_digest="other")) != name
    assert kb_name(dataset, "chunks of 90 tokens") != name


def test_a_name_in_chinese_still_names_a_knowledge_base() -> None:
    dataset = dataclasses.replace(load_dataset(JUDGED / "tiny_zh"), name="客服 FAQ")
    assert kb_name(dataset).startswith("eval-faq-")
    assert kb_name(dataclasses.replace(dataset, name="客服")).startswith("eval-set-")


def test_blank_lines_separate_paragraphs_and_nothing_is_read_as_a_heading() -> None:
    text = "# 标题\n第一段，\n还是第一段。\n \n\nSecond.\n"
    assert [block.span.of(text) for block in paragraphs(text)] == ["# 标题\n第一段，\n还是第一段。", "Second."]
    assert {block.kind.value for block in paragraphs(text)} == {"paragraph"}


def test_a_title_stands_in_for_a_missing_text() -> None:
    document = as_document("kb", CorpusDocument(id="1", title=" 退款 ", text=" \n"))
    assert document.text == "退款"
    assert [block.span.of(document.text) for block in document.blocks] == ["退款"]


def test_an_entry_without_any_words_is_left_out_and_does_not_make_the_index_incomplete(desk: Any) -> None:
    dataset = load_dataset(JUDGED / "tiny_en")
    blank = CorpusDocument(id="blank", title="", text="  ")
    dataset = dataclasses.replace(dataset, documents=(blank, *dataset.documents))
    kb = index_dataset(desk, dataset)
    index_dataset(desk, dataset)
    assert len(desk.documents[kb]) == 24


def test_a_search_gives_corpus_ids_best_first(desk: Any) -> None:
    kb = index_dataset(desk, load_dataset(JUDGED / "tiny_zh"))
    ranked = document_search(desk, kb)("错误 E-207", SearchStage.LEXICAL, 3)
    assert ranked[0].document_id == "错误E-207"
    assert len(ranked) == 3
    assert all(isinstance(found, ScoredDocument) for found in ranked)


def test_a_search_brings_the_candidates_of_the_settings_and_no_more_than_a_person_would_get(desk: Any) -> None:
    desk.settings = overridden(desk.settings, ["retrieval.candidates=5"])
    kb = index_dataset(desk, load_dataset(JUDGED / "tiny_en"))
    assert len(document_search(desk, kb)("label printer printing", SearchStage.LEXICAL, 100)) <= 5
    assert desk.asked == [5]


def test_a_search_tells_how_long_its_parts_took(desk: Any) -> None:
    kb = index_dataset(desk, load_dataset(JUDGED / "tiny_en"))
    desk.timings_ms = {"retrieve": 2.0, "rerank": 1.0}
    ranked = document_search(desk, kb)("label", SearchStage.RERANK, 10)
    assert isinstance(ranked, RankedDocuments)
    assert ranked.parts_ms == {"retrieve": 2.0, "rerank": 1.0}


@pytest.mark.parametrize("query", ["???", "😀", "。。"])
def test_a_query_without_a_word_finds_nothing_and_is_not_put_to_the_desk(desk: Any, query: str) -> None:
    kb = index_dataset(desk, load_dataset(JUDGED / "tiny_zh"))
    assert len(document_search(desk, kb)(query, SearchStage.HYBRID, 10)) == 0
    assert desk.asked == []


def test_a_stage_that_lost_a_part_is_not_measured(desk: Any) -> None:
    kb = index_dataset(desk, load_dataset(JUDGED / "tiny_en"))
    desk.degraded = ("reranker",)
    with pytest.raises(Unavailable, match="'rerank' ran without reranker"):
        document_search(desk, kb)("label", SearchStage.RERANK, 10)


@given(st.text(alphabet="aé。退 \t\n", max_size=60))
def test_paragraphs_hold_every_character_that_is_not_blank(text: str) -> None:
    spans = [block.span for block in paragraphs(text)]
    assert "".join("".join(span.of(text).split()) for span in spans) == "".join(text.split())
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)
    assert all(not re.search(r"\n[ \t]*\n", span.of(text)) for span in spans)
