import json

import pytest
import tantivy

from core.explanation import TermShare
from retrieval.bm25_terms import shares_of


def clause(term, value, *, idf=2.0, passages=3, count=1):
    factors = [
        {"value": 2.2, "description": "(K1+1)"},
        {
            "value": idf,
            "description": "idf, computed as log(...)",
            "details": [{"value": passages, "description": "n"}],
        },
        {"value": 0.5, "description": "freq / (freq + k1 ...)", "details": [{"value": count, "description": "freq"}]},
    ]
    context = [f'Term=Term(field=1, type=Str, "{term}")']
    return {"value": value, "description": "TermQuery, product of...", "details": factors, "context": context}


def total(*clauses):
    value = sum(each["value"] for each in clauses)
    return {"value": value, "description": "BooleanClause. sum of ...", "details": list(clauses)}


def test_the_weightiest_term_comes_first_with_its_idf_and_counts():
    account = total(clause("refund", 1.5), clause("退款", 4.0, idf=3.5, passages=2, count=3))
    assert shares_of(account) == (
        TermShare(term="退款", score=4.0, idf=3.5, passages=2, count=3),
        TermShare(term="refund", score=1.5, idf=2.0, passages=3, count=1),
    )


def test_a_term_that_the_query_holds_twice_counts_twice():
    (share,) = shares_of(total(clause("refund", 1.5), clause("refund", 1.5)))
    assert (share.score, share.count) == (3.0, 1)


def test_a_single_term_needs_no_sum_around_it():
    assert [share.term for share in shares_of(clause("c++", 1.0))] == ["c++"]


def test_a_boost_around_a_term_or_a_sum_weighs_what_is_inside():
    boosted = {
        "value": 0.75,
        "description": "Boost x0.5 of ...",
        "details": [total(clause("a", 1.0), clause("b", 0.5))],
    }
    assert [(share.term, share.score) for share in shares_of(total(boosted, clause("c", 2.0)))] == [
        ("c", 2.0),
        ("a", 0.5),
        ("b", 0.25),
    ]


def test_the_real_engine_writes_its_accounts_in_this_form():
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(15_000_000, num_threads=1)
    for body in ('refund 退款 say"so', "refund refund parking", "parking"):
        writer.add_document(tantivy.Document(body=body))
    writer.commit()
    index.reload()
    searcher = index.searcher()
    term = lambda word: tantivy.Query.term_query(schema, "body", word, index_option="freq")  # noqa: E731
    parts = [term("refund"), tantivy.Query.boost_query(term("退款"), 0.5), term('say"so')]
    query = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
    (score, address), *_ = searcher.search(query, 1).hits
    shares = shares_of(json.loads(query.explain(searcher, address).to_json()))
    assert sum(share.score for share in shares) == pytest.approx(score, rel=1e-6)
    assert {share.term: (share.passages, share.count) for share in shares} == {
        "refund": (2, 1),
        "退款": (1, 1),
        r"say\"so": (1, 1),
    }
