from dataclasses import replace
from datetime import date

from answer.evidence.gather import gather
from core.settings import AnswerSettings

TODAY = date(2026, 11, 22)


def test_copies_are_left_out_and_numbers_run_from_one(show):
    hits = [item.hit for item in show("Same words.", "Same words.", "Other words.")]
    gathered = gather(hits, AnswerSettings(), question="words", today=TODAY).evidence
    assert [(item.number, item.hit.chunk.text) for item in gathered] == [(1, "Same words."), (2, "Other words.")]


def test_the_budget_is_kept_but_the_first_passage_always_fits(show):
    hits = [item.hit for item in show("word " * 120, "word " * 90, "few words")]
    gathered = gather(hits, AnswerSettings(evidence_tokens=100), question="words", today=TODAY).evidence
    assert [len(item.hit.chunk.text) > 200 for item in gathered] == [True]


def test_a_smaller_passage_fills_what_a_larger_one_leaves(show):
    hits = [item.hit for item in show("few words here", "word " * 120, "退款")]
    gathered = gather(hits, AnswerSettings(evidence_tokens=100), question="words", today=TODAY).evidence
    assert [item.hit.chunk.text for item in gathered] == ["few words here", "退款"]


def test_no_more_than_the_settings_allow(show):
    hits = [item.hit for item in show(*(f"Passage {n}." for n in range(9)))]
    assert len(gather(hits, AnswerSettings(evidence=3), question="words", today=TODAY).evidence) == 3


def test_a_policy_that_was_replaced_is_evidence_only_for_its_own_time(show):
    old, new = (item.hit for item in show("Refunds within 14 days.", "Refunds within 30 days."))
    old = replace(old, chunk=replace(old.chunk, valid_until=date(2025, 12, 31)))
    new = replace(new, chunk=replace(new.chunk, valid_from=date(2026, 1, 1)))

    def texts(question, today=TODAY):
        gathered = gather([old, new], AnswerSettings(), question=question, today=today).evidence
        return [item.hit.chunk.text for item in gathered]

    assert texts("How long for refunds?") == ["Refunds within 30 days."]
    assert texts("How long for refunds in 2025?") == [old.chunk.text]
    assert texts("How long for refunds?", date(2025, 6, 1)) == ["Refunds within 14 days."]
