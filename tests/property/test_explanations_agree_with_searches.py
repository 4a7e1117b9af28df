"""Whatever the documents, an explanation tells what the search did."""

import tempfile
from pathlib import Path

from fakes import FakeReranker
from filter_home import FilterHome
from hypothesis import given, settings
from hypothesis import strategies as st

from answer.explain import SearchExplainer
from answer.search import Searcher
from core.explanation import LostAt
from core.settings import RerankSettings
from core.types import SearchStage, Stage

words = st.sampled_from(["refund", "days", "plan", "gate", "退款", "发票", "三天", "停车"])
passages = st.lists(words, min_size=1, max_size=5).map(" ".join)
corpora = st.lists(st.lists(passages, min_size=1, max_size=4, unique=True), min_size=1, max_size=6)


@settings(max_examples=15)
@given(corpora, st.lists(words, min_size=1, max_size=3), st.sampled_from(list(SearchStage)), st.integers(1, 6))
def test_every_passage_is_shown_or_told_where_it_was_lost(corpus, asked, stage, k):
    with tempfile.TemporaryDirectory() as folder:
        home = FilterHome(Path(folder), candidates=4)
        for number, texts in enumerate(corpus):
            home.put(f"{number}.md", "\n\n".join(texts))
        searcher = Searcher(home.retriever, FakeReranker(), RerankSettings(candidates=3))
        explainer = SearchExplainer(home.retriever, searcher)
        query = " ".join(asked)
        shown = {hit.chunk.id for hit in searcher.search("kb", query, k, stage).hits}
        for chunk_id in home.catalog.live_ids("kb"):
            explained = explainer.explain("kb", query, k, stage, why=chunk_id, visible=["kb"])
            why = explained.explanation.why
            assert (why.lost_at is LostAt.NOWHERE) == (chunk_id in shown)
            assert why.chunk_id == chunk_id
            assert why.lost_at not in {LostAt.RECORD, LostAt.FILTER, LostAt.INDEX}
            if Stage.LEXICAL in why.places:
                total = sum(share.score for share in why.terms)
                assert abs(total - why.places[Stage.LEXICAL].score) <= 1e-4 * max(1, total)
        home.close()
