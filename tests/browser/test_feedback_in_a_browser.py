"""Saying on the page what an answer was worth."""

import pytest
from test_asking_in_a_browser import answered

from store.feedback import FeedbackRecord, Rating, Reason, Wanted


@pytest.fixture
def opinions(desk):
    """What was said of the answers, whose trace is kept; gone after the test."""
    desk.traces["0123456789abcdef"] = "default"
    record = FeedbackRecord(desk.catalog)
    yield lambda: list(record.page(Wanted(kbs=["default"]), limit=10))
    for each in record.page(Wanted(kbs=["default"]), limit=10):
        record.delete(each.id)
    del desk.traces["0123456789abcdef"]


def test_a_thumb_is_kept_and_can_be_turned(opened, opinions):
    turn = answered(opened(), "Refunds?")
    up = turn.get_by_role("button", name="This answer helps")
    up.click()
    turn.get_by_text("Noted, thank you").wait_for()
    assert up.get_attribute("aria-pressed") == "true"
    (first,) = opinions()
    assert (first.opinion.rating, first.opinion.reason) == (Rating.UP, None)

    turn.get_by_role("button", name="This answer does not help").click()
    turn.page.get_by_role("button", name="Send").click()
    turn.page.locator("dialog").first.wait_for(state="hidden")
    turn.locator(".feedback [aria-pressed=true][aria-label*=not]").wait_for()

    (second,) = opinions()
    assert (second.id, second.opinion.rating) == (first.id, Rating.DOWN)


def test_a_thumb_down_says_why_and_what_would_be_right(opened, opinions):
    tab = opened(language="zh-CN")
    turn = answered(tab, "没有 这个")
    turn.get_by_role("button", name="这个回答没有帮助").click()
    tab.locator("#feedback-reason").select_option("should_have_answered")
    offered = tab.locator("#feedback-reason option").evaluate_all("all => all.map(option => option.value)")
    tab.locator("#feedback-missing").check()
    tab.locator("#feedback-corrected").fill("纸质专票 15 元。")
    tab.get_by_role("button", name="发送").click()
    turn.get_by_text("已记录，谢谢").wait_for()

    (said,) = opinions()
    assert said.opinion.reason is Reason.SHOULD_HAVE_ANSWERED
    assert (said.opinion.missing_document, said.opinion.corrected_answer) == (True, "纸质专票 15 元。")
    # What cannot be said of an honest no is not offered.
    assert not {"wrong", "wrong_quote", "should_not_have_answered"} & set(offered)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
def test_the_words_on_an_answer_break_no_rule_of_accessibility(opened, axe, width, scheme):
    tab = opened(width=width, scheme=scheme)
    answered(tab, "Refunds?").get_by_role("button", name="This answer does not help").click()
    tab.locator("#feedback-reason").wait_for()
    tab.evaluate(f"() => {{ {axe} }}")

    assert tab.evaluate("axe.run().then(result => result.violations.map(v => [v.impact, v.id]))") == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_every_reason_of_the_record_can_be_given_and_no_other(opened):
    reasons = """async () => {
      const base = document.querySelector('script[type=module]').src;
      const source = await (await fetch(new URL('feedback.js', base))).text();
      return [...source.matchAll(/^  (\\w+): \\[/gm)].map(found => found[1]);
    }"""
    assert set(opened("/library").evaluate(reasons)) == set(Reason)


def test_an_answer_whose_trace_is_not_kept_yet_is_asked_for_again(opened, opinions):
    tab = opened()
    tries = []

    def first_time_absent(route):
        tries.append(route.request.post_data_json["author"])
        route.fulfill(status=404, json={"status": 404}) if len(tries) == 1 else route.continue_()

    tab.route("**/v1/feedback", first_time_absent)
    turn = answered(tab, "Refunds?")
    turn.get_by_role("button", name="This answer helps").click()
    turn.get_by_text("Noted, thank you").wait_for()

    assert len(opinions()) == 1
    assert len(tries) == 2
    assert len(set(tries)) == 1
    assert len(tries[0]) == 24
    (refused,) = opened.heard
    assert "404" in refused
    opened.heard.clear()
