"""Fitting the fusion: the rules by hand, and the fitted numbers on small sets that ship."""

from pathlib import Path

import numpy as np
import pytest

from core.ports import IndexEntry
from core.text import language_of
from eval.fit.fusion_arms import Asked, Candidates, hide, identifier_questions, questions
from eval.fit.fusion_rules import (
    WEIGHTS,
    Grid,
    JudgedSet,
    by_other_questions,
    by_other_sets,
    choose,
    is_better,
    judged,
    min_max,
    reciprocal_ranks,
    standard,
)
from eval.sets.dataset import CorpusDocument, Query, RetrievalSet, load_dataset
from retrieval.bm25_index import RankBm25Index
from retrieval.embedder import SentenceEmbedder
from retrieval.fusion import fitted_weights

JUDGED = Path(__file__).parents[4] / "data" / "judged"
DRAW = np.random.default_rng(7)


def a_set(name, text, queries=("a question",)):
    documents = tuple(CorpusDocument(id=f"d{n}", title="", text=each) for n, each in enumerate(text))
    asked = tuple(Query(id=f"q{n}", text=each) for n, each in enumerate(queries))
    qrels = {query.id: {"d0": 1} for query in asked}
    return RetrievalSet(
        name=name, documents=documents, queries=asked, qrels=qrels, unjudged=0, digest="", corpus_digest=""
    )


def a_grid(means, bar=0.5, language="en", questions=50):
    """One row of values per weight, around these means, that differ alike from question to question."""
    noise = DRAW.normal(0, 0.05, questions)
    return Grid(language, np.array([mean + noise for mean in means]), np.full(questions, bar) + noise)


def test_a_document_counts_where_its_best_passage_stands():
    candidates = Candidates(
        asked=Asked(text="q", grades={"a": 1, "b": 2}),
        documents=["c", "b", "b", "a"],
        lexical=[3.0, 2.0, 1.0, None],
        dense=[0.1, 0.2, 0.3, 0.4],
        legible=1.0,
    )
    one = judged(candidates)
    # c, b, a: 2 / log2(3) + 1 / log2(4) of the ideal 2 / log2(2) + 1 / log2(3).
    assert one.ndcg(np.array([4.0, 3.0, 2.0, 1.0])) == pytest.approx(
        (2 / 1.58496 + 1 / 2) / (2 + 1 / 1.58496), rel=1e-4
    )
    assert one.ndcg(one.dense) == pytest.approx((1 + 2 / 1.58496) / (2 + 1 / 1.58496), rel=1e-4)


def test_reciprocal_ranks_and_min_max_by_hand():
    lexical, dense = np.array([2.0, 1.0, np.nan]), np.array([0.1, 0.3, 0.2])
    assert reciprocal_ranks(60)(lexical, dense, 2.0) == pytest.approx([1 / 61 + 2 / 63, 1 / 62 + 2 / 61, 2 / 62])
    assert min_max(lexical, dense, 2.0) == pytest.approx([1.0, 0.5 + 2.0, 1.0])


def test_the_best_weight_is_chosen_among_those_by_which_no_set_loses():
    free = a_grid([0.50, 0.52, 0.54, 0.56, 0.58, 0.60, 0.62, 0.64])
    assert WEIGHTS[choose([free])] == 4.0
    strict = a_grid([0.51, 0.52, 0.52, 0.51, 0.40, 0.39, 0.38, 0.37])
    assert WEIGHTS[choose([free, strict])] == 1.0


def test_a_set_takes_no_part_in_the_choice_of_its_own_weight():
    low, high = a_grid([0.9, 0, 0, 0, 0, 0, 0, 0.6]), a_grid([0.6, 0, 0, 0, 0, 0, 0, 0.9])
    found = by_other_sets({"low": low, "high": high}, by_language=False)
    assert found["low"] is not low.values[0]
    assert found["low"].mean() == pytest.approx(low.values[-1].mean())
    assert found["high"].mean() == pytest.approx(high.values[0].mean())


def test_each_language_may_choose_for_itself():
    english, chinese = a_grid([0.9, 0, 0, 0, 0, 0, 0, 0.7]), a_grid([0.5, 0, 0, 0, 0, 0, 0, 0.9], language="zh")
    own = by_other_questions({"e": english, "c": chinese}, by_language=True)
    assert own["e"] == pytest.approx(english.values[0])
    assert own["c"] == pytest.approx(chinese.values[-1])
    same = by_other_questions({"e": english, "c": chinese}, by_language=False)
    assert is_better(own, same)
    assert not is_better(same, own)


def test_hidden_characters_are_the_same_everywhere_and_latin_ones_stay():
    text = "退款需要十四天 in 14 days，退款"
    some = hide(text, 0.5)
    assert len(some) == len(text)
    assert "in 14 days" in some
    assert some[:2] == some[-2:]
    assert hide(text, 0.0) == text
    assert set(hide("退款", 1.0)) == {"𠀀"}


def test_identifiers_are_asked_for_where_few_documents_hold_them():
    texts = ["Error ERR_CONN_502 (see v2.13.0).", "v2.13.0", "v2.13.0", "v2.13.0 was the last in 2024."]
    asked = identifier_questions(a_set("codes", texts))
    assert [(each.text, each.grades) for each in asked] == [("ERR_CONN_502", {"d0": 1})]
    [chinese] = identifier_questions(a_set("zh", ["请升级到v2.13.0。"], ["怎么升级？"]))
    assert (chinese.text, chinese.grades) == ("v2.13.0", {"d0": 1})


MIXED = {
    "tiny_en": {"E-207 是什么错误": "error-e207", "CN23 form 怎么填": "customs-form"},
    "tiny_zh": {"What does E-207 错误 mean": "错误E-207", "CN23 报关单 form": "报关单"},
}


def asked_of(kind, dataset):
    if kind == "mixed":
        return [Asked(text=text, grades={document: 1}) for text, document in MIXED[dataset.name].items()]
    return questions(dataset, 100) if kind == "questions" else identifier_questions(dataset)


@pytest.fixture(scope="module")
def encoder(model_cache):
    return SentenceEmbedder(engine="torch", cache=model_cache)


def candidates_of(dataset, asked, encoder):
    texts = {each.id: f"{each.title}\n{each.text}" for each in dataset.documents}
    vectors = dict(zip(texts, encoder.embed_passages(list(texts.values())), strict=True))
    words = RankBm25Index()
    words.apply([IndexEntry(chunk_id=i, text=text, vector=vectors[i]) for i, text in texts.items()], ())
    for each in asked:
        lexical = {hit.chunk_id: hit.score for hit in words.search(each.text, 100)}
        question = encoder.embed_query(each.text)
        yield Candidates(
            asked=each,
            documents=list(texts),
            lexical=[lexical.get(i) for i in texts],
            dense=[float(question @ vectors[i]) for i in texts],
            legible=encoder.legibility(each.text),
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny_en", "tiny_zh"])
@pytest.mark.parametrize("kind", ["questions", "identifiers", "mixed"])
def test_both_arms_together_are_not_below_the_better_one(name, kind, encoder):
    dataset = load_dataset(JUDGED / name)
    made = JudgedSet(
        name=name,
        language=language_of(dataset.documents[0].text),
        questions=[judged(each) for each in candidates_of(dataset, asked_of(kind, dataset), encoder)],
    )
    fused = made.measured(standard, lambda one: fitted_weights().at(made.language, one.identifiers, one.legible))
    assert fused.mean() >= max(single.mean() for single in made.singles.values()) - 0.02
