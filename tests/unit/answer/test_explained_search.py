"""Explanations of searches over real indexes around a small embedder."""

from datetime import date
from functools import partial
from statistics import mean, pstdev

import pytest
from fakes import FakeReranker
from filter_home import FilterHome, where

from answer.explain import SearchExplainer
from answer.search import Searcher
from core.errors import DependencyError
from core.explanation import LostAt
from core.settings import RerankSettings, RetrievalSettings
from core.types import SearchStage, Stage
from retrieval import trail as trails
from retrieval.fusion import fitted_weights


@pytest.fixture
def home(tmp_path):
    home = FilterHome(tmp_path, candidates=4)
    yield home
    home.close()


@pytest.fixture
def explain(home):
    """Explains a search of ``kb``; three hits are reranked."""
    searcher = Searcher(home.retriever, FakeReranker(), RerankSettings(candidates=3))

    def run(query, *, k=2, stage="rerank", filter=None, why="", visible=("kb",)):
        explainer = SearchExplainer(home.retriever, searcher)
        return explainer.explain("kb", query, k, SearchStage(stage), filter, why=why, visible=visible)

    run.searcher = searcher
    return run


def chunk_id(home, text, kb="kb"):
    (found,) = [
        chunk.id
        for document in home.catalog.document_ids(kb).values()
        for chunk in home.catalog.chunks_of(kb, document)
        if chunk.text == text
    ]
    return found


def fill(home):
    home.put("refunds.md", "Refunds are paid in five days.\n\nRefunds of annual plans.\n\nParking is free.")
    home.put("退款.md", "退款五天到账。\n\n停车免费。")


@pytest.mark.parametrize("stage", list(SearchStage))
@pytest.mark.parametrize("query", ["when are refunds paid", "退款几天到账"])
def test_an_explained_search_finds_what_a_plain_one_finds(home, explain, query, stage):
    fill(home)
    plain = explain.searcher.search("kb", query, 3, stage)
    explained = explain(query, k=3, stage=stage)
    assert explained.result.hits == plain.hits
    assert [account.chunk_id for account in explained.explanation.hits] == [hit.chunk.id for hit in plain.hits]


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("when are refunds paid", {"refund": (2, 1), "paid": (1, 1)}),
        ("退款几天到账", dict.fromkeys(("退", "款", "退款", "天", "账", "天到", "到账"), (1, 1))),
    ],
)
def test_the_terms_of_a_hit_add_up_to_its_lexical_score(home, explain, query, terms):
    fill(home)
    first = explain(query).explanation.hits[0]
    assert {each.term: (each.passages, each.count) for each in first.terms} == terms
    assert sum(each.score for each in first.terms) == pytest.approx(first.places[Stage.LEXICAL].score, rel=1e-5)
    assert [each.score for each in first.terms] == sorted((each.score for each in first.terms), reverse=True)


def test_each_hit_has_its_rank_and_score_in_every_stage(home, explain):
    fill(home)
    explained = explain("when are refunds paid", k=1)
    (account,), (hit,) = explained.explanation.hits, explained.result.hits
    assert {stage: place.rank for stage, place in account.places.items()} == {
        Stage.LEXICAL: 1,
        Stage.DENSE: 1,
        Stage.FUSED: 1,
        Stage.RERANKED: 1,
    }
    assert account.places[Stage.RERANKED].score == hit.score == 2  # both terms
    assert account.places[Stage.DENSE].score == hit.scores[Stage.DENSE]


def test_a_hit_beyond_the_candidates_of_one_arm_has_its_score_there_and_no_rank(home, explain, monkeypatch):
    home.put("a.md", "Refund.\n\nRefund of plans.\n\n" + "\n\n".join(f"Yard {n} is free." for n in range(6)))
    search = home.retriever._arms.dense
    nothing_near = lambda *given: search(*given[:2], "yard", given[3])  # noqa: E731
    monkeypatch.setattr(home.retriever._arms, "dense", nothing_near)
    monkeypatch.setattr(home.retriever._combiner, "_settings", RetrievalSettings(dense_weight=0))
    places = explain("refund", k=1, stage="hybrid").explanation.hits[0].places
    assert (places[Stage.LEXICAL].rank, places[Stage.DENSE].rank) == (1, None)
    assert places[Stage.DENSE].score != 0


def test_candidates_weights_and_times_are_told(home, explain):
    fill(home)
    explanation = explain("when are refunds paid").explanation
    assert explanation.terms == ("refund", "paid")
    assert explanation.candidates == {Stage.LEXICAL: 2, Stage.DENSE: 4}
    assert explanation.passages == 5
    assert explanation.weights.dense == fitted_weights().dense["en"]
    assert (explanation.weights.question_legible, explanation.weights.identifiers) == (1.0, 0.0)
    codes = explain("ERR_CONN_502").explanation.weights
    assert (codes.identifiers, codes.dense) == (1.0, fitted_weights().of("ERR_CONN_502", 1.0))
    steps = "embed lexical lexical_join vectors dense dense_join fuse retrieve rerank"
    assert explanation.timings_ms.keys() == set(steps.split())
    assert all(ms >= 0 for ms in explanation.timings_ms.values())


def test_the_scores_of_both_arms_by_their_weights_give_the_fused_score(home, explain):
    fill(home)
    explanation = explain("when are refunds paid", k=5, stage="hybrid").explanation
    weights, (first, *_) = explanation.weights, explanation.hits
    values = {arm: [each.places[arm].score for each in explanation.hits if arm in each.places] for arm in Stage}
    # The lexical arm gave all that share a term: the others score 0 there.
    words = values[Stage.LEXICAL] + [0.0] * (5 - len(values[Stage.LEXICAL]))
    standard = [(max(each) - mean(each)) / pstdev(each) for each in (words, values[Stage.DENSE])]
    assert len(values[Stage.DENSE]) == 5
    expected = standard[0] + weights.dense * standard[1]
    assert first.places[Stage.FUSED].score == pytest.approx(expected, rel=1e-4)


def test_one_arm_alone_has_no_weights_and_a_dense_one_no_terms(home, explain):
    fill(home)
    explanation = explain("refunds", stage="dense").explanation
    assert (explanation.weights, explanation.terms) == (None, ())
    assert all(account.places.keys() == {Stage.DENSE} and not account.terms for account in explanation.hits)


def test_each_condition_tells_what_it_leaves_by_itself(home, explain):
    home.put("a.md", "Refund one.\n\nRefund two.", product="Atlas")
    home.put("b.md", "Refund three.", product="Tidemark", valid_until=date(2025, 1, 1))
    home.put("丙.md", "退款四。")
    filter = where("product=Atlas", "product=Tidemark", "source!=a.md", as_of="2026-01-01")
    explained = explain("refund", filter=filter)
    left = {each.condition: each.passages for each in explained.explanation.filter}
    assert left == {"product=Atlas or Tidemark": 3, "source!=a.md": 2, "as of 2026-01-01": 3}
    assert explained.result.passages_left == 0


def test_the_copies_that_a_hit_stands_for_are_named(home, explain):
    home.put("a.md", "Refunds take 14 days.")
    home.put("b.md", "refunds take  14 days.")
    (account,) = explain("refunds", k=1).explanation.hits
    assert [copy.source for copy in account.copies] == ["a.md"]
    assert account.copies[0].chunk_id == chunk_id(home, "Refunds take 14 days.")


# --- why ------------------------------------------------------------------------------------------------------------


def test_a_passage_that_is_shown_says_where(home, explain):
    fill(home)
    why = explain("when are refunds paid", why=chunk_id(home, "Refunds of annual plans.")).explanation.why
    assert (why.lost_at, why.reason) == (LostAt.NOWHERE, "it is shown as hit 2; before reranking its rank was 2")
    assert [each.term for each in why.terms] == ["refund"]


def test_why_takes_a_source_or_a_document_for_its_best_passage(home, explain):
    fill(home)
    for name in ("refunds.md", home.catalog.identity("kb", "refunds.md")):
        why = explain("when are refunds paid", why=name).explanation.why
        assert why.chunk_id == chunk_id(home, "Refunds are paid in five days.")
        assert (why.asked, why.source, why.lost_at) == (name, "refunds.md", LostAt.NOWHERE)


def test_a_passage_that_reranking_put_below_k_says_its_rank_before_and_after(home, explain):
    home.put("a.md", "Refund refund refund refund refund.\n\nRefunds are paid when due.\n\nRefunds paid.")
    why = explain("refunds paid due", k=2, why=chunk_id(home, "Refund refund refund refund refund.")).explanation.why
    assert why.lost_at is LostAt.RERANK
    assert why.reason.startswith("it is ranked 3, and 2 hits were asked for; before reranking its rank was ")


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        ("rerank", "both arms together rank it 4; only the first 3 are reranked"),
        ("hybrid", "both arms together rank it 4, and 1 hit was asked for"),
        ("lexical", "by words: rank 4, and 1 hit was asked for"),
    ],
)
def test_a_candidate_below_what_was_wanted_says_its_rank(home, explain, stage, reason):
    home.put("a.md", "\n\n".join("Refund rule" + " refund" * n + "." for n in (8, 6, 4, 1)))
    why = explain("refund", k=1, stage=stage, why=chunk_id(home, "Refund rule refund.")).explanation.why
    assert why.reason == reason
    assert why.lost_at is (LostAt.CANDIDATES if stage == "lexical" else LostAt.FUSION)


def test_a_passage_beyond_the_candidates_says_its_rank_in_each_arm(home, explain):
    home.put("a.md", "\n\n".join(f"{'Refund ' * n}rule {n} and the yard." for n in range(9, 0, -1)))
    why = explain("refund", why=chunk_id(home, "Refund rule 1 and the yard.")).explanation.why
    assert why.lost_at is LostAt.CANDIDATES
    assert why.reason.startswith("by words: rank 9, and the first 4 are candidates; by meaning: rank ")
    assert why.places[Stage.LEXICAL].rank == 9


def test_ranks_are_looked_for_only_so_far_down(home, explain, monkeypatch):
    monkeypatch.setattr(trails, "LOOKED", 6)
    home.put("a.md", "\n\n".join(f"{'Refund ' * n}rule {n} and the yard." for n in range(9, 0, -1)))
    why = explain("refund", stage="lexical", why=chunk_id(home, "Refund rule 1 and the yard.")).explanation.why
    assert why.reason == "by words: it is not among the first 6"
    assert why.places[Stage.LEXICAL].rank is None


def test_deleted_passages_before_it_do_not_count_in_a_rank(home, explain):
    home.put("old.md", "\n\n".join(f"{'Refund ' * n}rule {n} was here." for n in range(9, 4, -1)))
    home.put("a.md", "\n\n".join(f"{'Refund ' * n}rule {n} and the yard." for n in range(9, 0, -1)))
    view = home.indexes.view("kb")
    view.lexical(), view.dense()
    home.indexes.start_following(3_600)  # from now on the indexes are stale
    home.catalog.delete_sources("kb", ["old.md"])
    why = explain("refund", stage="lexical", why=chunk_id(home, "Refund rule 1 and the yard.")).explanation.why
    assert why.places[Stage.LEXICAL].rank == 9


def test_a_passage_without_a_common_term_says_what_was_looked_for(home, explain):
    fill(home)
    why = explain("退款几天", stage="lexical", why=chunk_id(home, "Parking is free.")).explanation.why
    assert why.lost_at is LostAt.CANDIDATES
    assert why.reason == "by words: it shares none with the question (退, 款, 几, 天, 退款, 款几, 几天)"


def test_a_filtered_passage_names_the_conditions_that_it_does_not_meet(home, explain):
    home.put("a.md", "Refund one.", product="Atlas", language="en")
    home.put("乙.md", "退款二。", product="Tidemark", valid_until=date(2025, 1, 1))
    filter = where("product=Atlas", "language=en", "format=md", as_of="2026-01-01")
    why = explain("refund", filter=filter, why="乙.md").explanation.why
    assert why.lost_at is LostAt.FILTER
    assert why.reason == "it does not meet the filter: product=Atlas; language=en; as of 2026-01-01"


def test_a_copy_names_the_document_that_is_shown_in_its_place(home, explain):
    home.put("a.md", "退款三天到账。")
    home.put("b.md", "退款 三天 到账。")
    why = explain("退款", why="a.md").explanation.why
    assert (why.lost_at, why.source) == (LostAt.COPY, "a.md")
    assert why.reason == "b.md says the same and stands for it, shown as hit 1"


def test_a_replaced_passage_says_when(home, explain):
    home.put("a.md", "Refunds take 14 days.")
    old = chunk_id(home, "Refunds take 14 days.")
    home.put("a.md", "Refunds take 30 days.")
    why = explain("refunds", why=old).explanation.why
    assert why.lost_at is LostAt.RECORD
    assert why.reason.startswith("a.md was replaced on 20")
    assert why.reason.endswith("UTC; this passage stood in a version before that")


def test_a_deleted_passage_and_one_that_never_was_are_told_alike_with_names_near(home, explain):
    fill(home)
    home.put("guide/plans.md", "Plans.")
    gone = chunk_id(home, "Plans.")
    home.catalog.delete_sources("kb", ["guide/plans.md"])
    for name in (gone, "refund.md"):
        assert "never had, or it was deleted" in explain("refunds", why=name).explanation.why.reason
    assert explain("refunds", why="refund.md").explanation.why.reason.endswith("sources near it: refunds.md")


def test_another_knowledge_base_is_named_only_to_those_who_may_see_it(home, explain):
    fill(home)
    home.put("secret.md", "Refunds for staff.", kb="other")
    for name in ("secret.md", chunk_id(home, "Refunds for staff.", kb="other")):
        seen = explain("refunds", why=name, visible=("kb", "other")).explanation.why
        assert seen.reason == "it is in the knowledge base 'other'; this search asked 'kb'"
        hidden = explain("refunds", why=name).explanation.why
        assert "other" not in hidden.reason
        assert "never had, or it was deleted" in hidden.reason


def test_a_passage_that_the_indexes_have_not_taken_in_yet_says_how_far_they_are_behind(home, explain, monkeypatch):
    fill(home)
    view = home.indexes.view("kb")
    view.lexical(), view.dense()
    monkeypatch.setattr(home.indexes, "_follow", lambda kb, arm: None)  # the first round may come after the change
    home.indexes.start_following(3_600)
    home.put("new.md", "Refunds are new.")
    why = explain("refunds", why="new.md").explanation.why
    assert why.lost_at is LostAt.INDEX
    assert why.reason.startswith("the lexical index is 1 change and the dense index is 1 change behind the record")


def test_a_passage_that_an_index_lost_says_so(home, explain):
    fill(home)
    lost = chunk_id(home, "Parking is free.")
    home.indexes.lexical("kb").apply((), [lost])
    home.indexes.dense("kb").apply((), [lost])
    why = explain("refunds parking", why=lost).explanation.why
    assert why.lost_at is LostAt.INDEX
    assert "the lexical and dense index does not find it; run citedesk verify" in why.reason


def test_an_arm_that_is_down_is_not_blamed_on_the_passage(home, explain, monkeypatch):
    fill(home)

    def down(*given):
        raise DependencyError("Chroma is away")

    monkeypatch.setattr(home.retriever._arms, "dense", down)
    explained = explain("refunds", why=chunk_id(home, "Parking is free."))
    assert explained.result.degraded == ("dense",)
    assert explained.explanation.why.reason == (
        "by words: it shares none with the question (refund); by meaning: not looked at, the dense index was down"
    )


def test_nothing_of_an_explanation_is_computed_for_a_plain_search(home, explain, monkeypatch):
    fill(home)
    monkeypatch.setattr("retrieval.explain.Explainer.__init__", partial(pytest.fail, "explained"))
    monkeypatch.setattr("retrieval.tantivy_index.TantivyIndex.shares", partial(pytest.fail, "looked at terms"))
    assert explain.searcher.search("kb", "refunds", 2, SearchStage.RERANK).hits
