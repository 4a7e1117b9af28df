from answer.gather import gather
from core.settings import AnswerSettings


def test_copies_are_left_out_and_numbers_run_from_one(show):
    hits = [item.hit for item in show("Same words.", "Same words.", "Other words.")]
    gathered = gather(hits, AnswerSettings())
    assert [(item.number, item.hit.chunk.text) for item in gathered] == [(1, "Same words."), (2, "Other words.")]


def test_the_budget_is_kept_but_the_first_passage_always_fits(show):
    hits = [item.hit for item in show("word " * 120, "word " * 90, "few words")]
    gathered = gather(hits, AnswerSettings(evidence_tokens=100))
    assert [len(item.hit.chunk.text) > 200 for item in gathered] == [True]


def test_a_smaller_passage_fills_what_a_larger_one_leaves(show):
    hits = [item.hit for item in show("few words here", "word " * 120, "退款")]
    gathered = gather(hits, AnswerSettings(evidence_tokens=100))
    assert [item.hit.chunk.text for item in gathered] == ["few words here", "退款"]


def test_no_more_than_the_settings_allow(show):
    hits = [item.hit for item in show(*(f"Passage {n}." for n in range(9)))]
    assert len(gather(hits, AnswerSettings(evidence=3))) == 3
