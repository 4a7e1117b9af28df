"""Pairs of passages written for this: what disagrees, what only looks like it, and which one is to be believed."""

from datetime import date

import pytest
from ranked_sentences import evidence_of, ranked_of

from answer.evidence.conflict import conflict_among, without_losers
from answer.evidence.validity import is_superseded
from core.types import Ground

TODAY = date(2026, 11, 22)
REFUND = "How many days do I have to get a refund for an annual subscription?"
REFUND_ZH = "年付套餐多少天内可以全额退款？"
OLD = "Annual subscriptions can be refunded in full within 14 days of the purchase date."
NEW = "You can cancel a new annual subscription within 30 days of purchase and get the full amount back."
OLD_ZH = "年付套餐在购买后 14 天内可以全额退款。"
NEW_ZH = "购买年付套餐后 30 天内可以申请全额退款。"


def among(question, *documents, metadata=None, log_odds=None):
    evidence = evidence_of(*documents)
    by_id = {item.hit.chunk.document_id: known for item, known in zip(evidence, metadata or (), strict=False)}
    return conflict_among(question, ranked_of(evidence, log_odds), by_id, TODAY)


def editions(old, new, **dates):
    return (
        {"text": old, "title": "Refund policy", "source": "a/refunds.md"},
        {"text": new, "title": "Refund policy", "source": "b/refunds.md", **dates},
    )


@pytest.mark.parametrize(
    ("question", "one", "other", "values"),
    [
        (REFUND, OLD, NEW, ("14 days", "30 days")),
        (REFUND_ZH, OLD_ZH, NEW_ZH, ("14 天", "30 天")),
        (REFUND_ZH, "年付套餐在购买后十四天内可以全额退款。", NEW_ZH, ("十四天", "30 天")),
        (
            "How long does a refund take?",
            "Refunds reach the payment method within 5 business days of our confirmation.",
            "Refunds are paid to the payment method within 10 business days after we confirm.",
            ("5 business days", "10 business days"),
        ),
        (
            "寄专票的快递费是多少？",
            "专用发票用快递寄送，每次收取快递费 15 元。",
            "专用发票用快递寄送，每次收取快递费 20 元。",
            ("15 元", "20 元"),
        ),
        (
            "When does support for the old client end?",
            "Support for the old client ends on 30 June 2027.",
            "Support for the old client ends on 31 December 2027.",
            ("30 June 2027", "31 December 2027"),
        ),
        (
            "Which version of macOS do I need?",
            "The client needs macOS version 12.5 or newer.",
            "The client needs macOS version 13.1 or newer.",
            ("12.5", "13.1"),
        ),
        (
            "单个文件最大多大？",
            "单个文件最大 20 GB。",
            "单个文件最大 50 GB。",
            ("20 GB", "50 GB"),
        ),
    ],
)
def test_two_values_of_one_fact_are_a_conflict(question, one, other, values):
    found = among(question, {"text": one}, {"text": other})
    assert found is not None
    assert tuple(side.value for side in found.sides) == values
    assert found.ground is Ground.NONE


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (REFUND, OLD, "Annual subscriptions can be refunded in full within fourteen days of the purchase date."),
        (REFUND_ZH, OLD_ZH, "年付套餐在购买后十四天内可以全额退款。"),
        (REFUND, OLD, "Annual subscriptions are paid in full 30 days after the invoice was sent."),
        (REFUND, OLD, "A Gate may be sent back within 30 days of delivery."),
        (REFUND, OLD, "Monthly subscriptions can be refunded in full within 3 days of the purchase date."),
        (REFUND_ZH, OLD_ZH, "月付套餐在购买后 3 天内可以全额退款。"),
        ("How big may a file be?", "On the Team plan a file may have 5 GB.", "On the Solo plan a file may have 2 GB."),
        ("How big may a file be?", "The Gate G2 takes files of 5 GB.", "The Gate G3 takes files of 9 GB."),
        ("How big may a file be?", "Upload files of at most 5 GB.", "Download files of at most 9 GB."),
        ("单个文件最大多大？", "网页版单个文件最大 2 GB。", "桌面端单个文件最大 20 GB。"),
        ("How long does it take?", "A refund takes 5 days and costs $3.", "A refund takes 5 days and costs $9."),
    ],
)
def test_what_speaks_of_other_things_or_agrees_is_none(question, one, other):
    assert among(question, {"text": one}, {"text": other}) is None


def test_one_document_does_not_disagree_with_itself():
    assert among(REFUND, {"text": f"{OLD} {NEW}"}) is None


def test_a_passage_far_below_the_best_is_no_rival():
    assert among(REFUND, {"text": OLD}, {"text": NEW}, log_odds={1: 3.0, 2: 0.0}) is None


def test_documents_about_other_products_do_not_disagree():
    metadata = ({"product": "Gate G2"}, {"product": "Gate G3"})
    assert among(REFUND, {"text": OLD}, {"text": NEW}, metadata=metadata) is None


def test_without_any_sentence_there_is_no_conflict():
    assert conflict_among(REFUND, [], {}, TODAY) is None


def test_the_newer_one_is_believed():
    found = among(REFUND, *editions(OLD, NEW, valid_from=date(2026, 1, 1)), metadata=({"modified": "2024-05-01"}, {}))
    assert (found.ground, found.sides[0].value) == (Ground.NEWER, "30 days")
    assert found.text == (
        'The documents disagree: "Refund policy" (from 2026-01-01) says 30 days; "Refund policy" says 14 days. '
        "The first one is newer."
    )


def test_the_newer_one_is_believed_in_chinese():
    first = {"text": OLD_ZH, "title": "退款规定", "valid_from": date(2024, 3, 1)}
    second = {"text": NEW_ZH, "title": "退款规定（2026 年版）", "valid_from": date(2026, 1, 1)}
    found = among(REFUND_ZH, first, second)
    assert (found.ground, found.sides[0].value) == (Ground.NEWER, "30 天")
    assert found.text == (
        "文档说法不一：《退款规定（2026 年版）》（2026-01-01 起）写的是 30 天，"
        "《退款规定》（2024-03-01 起）写的是 14 天。前者较新，以前者为准。"
    )


def test_a_replaced_document_is_not_believed_however_new_it_is():
    metadata = ({"modified": "2026-10-01", "superseded-by": "b/refunds.md"}, {"modified": "2025-01-01"})
    found = among(REFUND, *editions(OLD, NEW), metadata=metadata)
    assert (found.ground, found.sides[0].value) == (Ground.SUPERSEDED, "30 days")


def test_the_one_that_is_valid_at_the_asked_time_is_believed():
    documents = (
        {"text": NEW, "title": "Refund policy", "source": "b/refunds.md", "valid_from": date(2026, 1, 1)},
        {"text": OLD, "title": "Refund terms", "valid_from": date(2024, 3, 1), "valid_until": date(2025, 12, 31)},
    )
    question = "How many days did I have for a refund of an annual subscription in June 2025?"
    found = among(question, *documents)
    assert (found.ground, found.sides[0].value) == (Ground.VALID_THEN, "14 days")


def test_both_sides_are_quoted_where_they_stand():
    found = among(REFUND, {"text": f"General. {OLD}"}, {"text": NEW})
    assert [side.citation.span.of(text) for side, text in zip(found.sides, (f"General. {OLD}", NEW), strict=True)] == [
        OLD,
        NEW,
    ]


def test_what_is_not_believed_is_not_shown():
    evidence = evidence_of(*editions(OLD, NEW, valid_from=date(2026, 1, 1)))
    metadata = {evidence[0].hit.chunk.document_id: {"modified": "2024-01-01"}}
    ranked = ranked_of(evidence)
    kept = without_losers(ranked, conflict_among(REFUND, ranked, metadata, TODAY))
    assert [scored.sentence.text for scored in kept] == [NEW]
    assert without_losers(ranked, None) == ranked


@pytest.mark.parametrize("key", ["superseded_by", "Superseded-By", "replacedBy", "替代文件"])
def test_metadata_tells_that_a_document_was_replaced(key):
    assert is_superseded({key: "new.md"})
    assert not is_superseded({key: " "})
    assert not is_superseded({"supersedes": "old.md"})
