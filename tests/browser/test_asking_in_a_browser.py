"""The ask page as an agent uses it: by mouse, by keyboard, in both languages."""

import httpx
import pytest
from pages_service import PagesDesk, serving
from waiting import until

from api.auth import Door
from api.key_ring import KeyRing
from store.key import Scope
from store.keys import Keys
from store.pepper import read_pepper

SAID = "[role=log]"


def ask(tab, question):
    tab.locator("#question").fill(question)
    tab.keyboard.press("Enter")
    return tab.locator(".turn").last


def answered(tab, question):
    turn = ask(tab, question)
    tab.wait_for_selector(".turn:last-child:not([aria-busy])")
    return turn


@pytest.mark.parametrize(
    ("language", "question", "status", "claim", "chip"),
    [
        ("en-GB", "Refunds?", "Answered", "Proven: within 30 days", "1\nRefund policy"),
        ("zh-CN", "发票多久能开出来？", "已回答", "Proven: 电子发票在提交申请后两个工作日内开出。", "1\n发票规定"),
    ],
)
def test_an_answer_shows_its_status_and_each_claim_with_its_source(opened, language, question, status, claim, chip):
    tab = opened(language=language)
    turn = answered(tab, question)

    assert turn.locator("h2").inner_text() == question
    assert turn.locator(".badge").inner_text() == status
    assert turn.locator(".claims p").first.inner_text() == claim
    assert turn.locator(".chip").first.inner_text() == chip
    assert claim in tab.locator(SAID).inner_text()
    assert status in tab.locator(SAID).inner_text()


def test_claims_appear_one_by_one_as_they_are_proven(opened, desk):
    desk.go_on.clear()
    tab = opened()
    turn = ask(tab, "slowly please")
    turn.locator(".claims li").first.wait_for()

    assert turn.locator(".claims li").count() == 1
    assert turn.locator(".badge").inner_text().startswith("Reading 2 passages")
    assert turn.get_attribute("aria-busy") == "true"
    desk.go_on.set()
    turn.locator(".claims li").nth(1).wait_for()
    tab.wait_for_selector(".turn:not([aria-busy])")


def test_stopping_ends_the_answer_here_and_in_the_service(opened, desk):
    desk.go_on.clear()
    desk.closed.clear()
    tab = opened()
    turn = ask(tab, "slowly please")
    turn.locator(".claims li").first.wait_for()
    tab.get_by_role("button", name="Stop").click()
    tab.wait_for_selector(".turn:not([aria-busy])")

    assert turn.locator(".badge").inner_text() == "Stopped"
    assert "not the whole answer" in turn.locator(".status").inner_text()
    assert desk.closed.wait(15)
    assert tab.get_by_role("button", name="Ask", exact=True).is_visible()


def test_a_chip_shows_its_quote_and_opens_the_document_there(opened):
    tab = opened()
    turn = answered(tab, "Refunds?")
    chip = turn.locator(".chip").nth(1)
    chip.hover()
    assert tab.locator(".quote-card blockquote").inner_text() == "within 5 business days. 😀 A bank may take longer."
    chip.click()
    mark = tab.locator(".panel mark")
    mark.wait_for()

    # An emoji stands before it and in it: offsets count characters, the browser's strings do not.
    assert mark.inner_text() == "within 5 business days. 😀 A bank may take longer."
    until(lambda: tab.evaluate("document.querySelector('mark').getBoundingClientRect().top < innerHeight"))
    assert mark.bounding_box()["y"] > 0
    assert tab.locator(".panel h3").first.text_content() == "Refunds 😀"


def test_a_quoted_row_is_marked_in_its_table(opened):
    tab = opened()
    answered(tab, "table please").locator(".chip").click()
    tab.locator(".panel mark").first.wait_for()

    assert tab.locator(".panel td mark").all_inner_texts() == ["Business", "14 EUR"]
    assert tab.locator(".panel th").all_inner_texts() == ["Plan", "Price", "Note"]
    assert tab.locator(".panel tbody tr").first.locator("td").all_inner_texts() == ["Team", "9 EUR", "a | b"]
    assert tab.locator(".panel li").inner_text() == "Open the billing page."


def test_a_chip_is_a_link_to_a_page_of_its_own(opened):
    tab = opened()
    address = answered(tab, "Refunds?").locator(".chip").first.get_attribute("href")
    tab.goto(tab.url.rstrip("/") + address)

    tab.locator("mark").wait_for()
    assert tab.locator("mark").inner_text() == "within 30 days"
    assert tab.locator("h1").inner_text() == "Refund policy"
    assert tab.title() == "Refund policy"


@pytest.mark.parametrize(
    ("language", "question", "status", "words", "copying", "copied"),
    [
        ("en-GB", "nothing there", "Not in the documents", "do not give the answer", "Copy the hand-over", "Copied"),
        ("zh-CN", "没有 这个", "文档中没有答案", "没有给出答案", "复制交接内容", "已复制"),
    ],
)
def test_an_honest_no_shows_what_comes_near_and_a_packet_for_a_colleague(
    opened, language, question, status, words, copying, copied
):
    tab = opened(language=language)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = answered(tab, question)
    assert turn.locator(".badge").inner_text() == status
    assert words in turn.locator(".status").inner_text()
    assert turn.locator(".nearby li").count() == 2
    turn.get_by_role("button", name=copying).click()
    turn.get_by_text(copied).wait_for()
    packet = tab.evaluate("navigator.clipboard.readText()")

    assert question in packet
    assert "searched default" in packet
    assert "within 30 days" in packet


def test_documents_that_disagree_stand_side_by_side(opened):
    turn = answered(opened(), "conflict please")

    assert turn.locator(".badge").inner_text() == "Documents disagree"
    assert turn.locator(".side .value").all_inner_texts() == ["within 14 days", "within 30 days"]
    assert turn.locator(".side .chip").all_inner_texts() == ["1\nRefund policy (2024)", "2\nRefund policy"]


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [
        ("degraded please", "Answered", "word for word"),
        ("down please", "Not available now", "Ask again in a moment"),
        ("orders please", "Refused", "What would you like to know?"),
    ],
)
def test_what_went_wrong_is_told_plainly(opened, question, status, words):
    turn = answered(opened(), question)
    assert turn.locator(".badge").inner_text() == status
    assert words in turn.locator(".status").inner_text()


def test_a_cut_answer_never_looks_complete(opened):
    turn = answered(opened(), "cut please")

    assert turn.locator(".badge").count() == 0
    assert turn.locator("[role=alert]").is_visible()
    assert turn.get_by_role("button", name="Ask again").is_visible()
    assert turn.get_by_role("button", name="Copy with sources").count() == 0


def test_a_broken_connection_is_taken_up_after_the_last_event(opened, service):
    tab = opened()
    asked = []

    def half(route):
        headers = route.request.headers
        asked.append(headers.get("last-event-id"))
        whole = httpx.post(f"{service}/v1/ask", content=route.request.post_data, headers=headers, trust_env=False)
        # Whole events up to the first claim, and the beginning of the next.
        events = whole.text.split("\n\n")
        body = "\n\n".join(events[:2]) + "\n\nid: 9\nevent: cl" if len(asked) == 1 else "\n\n".join(events)
        route.fulfill(body=body, headers={"Content-Type": "text/event-stream"})

    tab.route("**/v1/ask", half)
    turn = answered(tab, "Refunds?")

    assert len(asked) == 2
    assert asked[0] is None
    assert asked[1].endswith("2")
    assert turn.locator(".badge").inner_text() == "Answered"
    assert turn.locator(".claims li").count() == 2


def test_an_option_is_asked_with_what_was_said_before(opened, desk):
    tab = opened()
    answered(tab, "which plan").get_by_role("button", name="Business").click()
    tab.wait_for_selector(".turn:nth-child(2):not([aria-busy])")
    asked = desk.questions[-1]

    assert asked.text == "Business"
    assert [(turn.role, turn.content) for turn in asked.history] == [
        ("user", "which plan"),
        ("assistant", "Proven: within 30 days"),
    ]
    tab.get_by_role("button", name="New conversation").click()
    answered(tab, "Refunds?")
    assert desk.questions[-1].history == ()


def test_the_answer_is_copied_with_its_sources(opened):
    tab = opened()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(tab, "Refunds?").get_by_role("button", name="Copy with sources").click()
    tab.get_by_text("Copied").first.wait_for()

    assert tab.evaluate("navigator.clipboard.readText()").splitlines() == [
        "Proven: within 30 days [1]",
        "Proven: within 5 business days. 😀 A bank may take longer. [2]",
        "",
        "Sources",
        "[1] Refund policy (en/refunds.md): “within 30 days”",
        "[2] Refund policy (en/refunds.md): “within 5 business days. 😀 A bank may take longer.”",
    ]


def test_a_shared_link_fills_the_question_in_and_asks_nothing(opened, desk):
    before = len(desk.questions)
    tab = opened("/#kb=default&q=%E9%80%80%E6%AC%BE%EF%BC%9F")
    tab.locator("#kb").wait_for()

    assert tab.locator("#question").input_value() == "退款？"
    assert len(desk.questions) == before


def test_the_keyboard_alone_asks_reads_and_comes_back(opened):
    tab = opened()
    tab.locator("#kb").wait_for()
    tab.locator(".skip").focus()
    assert tab.locator(".skip").bounding_box()["y"] >= 0
    tab.keyboard.press("Enter")
    for _ in range(2):
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "question"
    tab.keyboard.type("Refunds?")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".turn:not([aria-busy])")
    tab.locator(".turn h2").focus()
    tab.keyboard.press("Tab")

    until(lambda: tab.evaluate("document.activeElement.className === 'chip'"))
    tab.locator(".quote-card").wait_for()
    tab.keyboard.press("Enter")
    tab.locator(".panel mark").wait_for()
    until(lambda: tab.evaluate("document.activeElement.localName === 'h2'"))
    tab.keyboard.press("Escape")
    until(lambda: tab.evaluate("document.activeElement.className === 'chip'"))
    tab.locator(".panel").wait_for(state="hidden")


def test_the_enter_that_ends_a_chinese_word_sends_nothing(opened, desk):
    before = len(desk.questions)
    tab = opened(language="zh-CN")
    tab.locator("#question").fill("退款")
    press = "f => f.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    tab.locator("#question").evaluate(press)

    assert tab.locator(".turn").count() == 0
    assert len(desk.questions) == before
    assert tab.locator("#question").input_value() == "退款"


def test_a_key_is_asked_for_where_one_is_needed_and_kept_in_the_tab_only(opened, tmp_path):
    desk = PagesDesk(tmp_path)
    keys = Keys(desk.catalog, read_pepper(tmp_path))
    token = keys.create("default", frozenset({Scope.ASK, Scope.SEARCH}))[1]
    with serving(desk, Door(KeyRing(keys, read_pepper(tmp_path)))) as address:
        tab = opened(base=address)
        tab.locator("#key").fill("cdk_wrong")
        tab.keyboard.press("Enter")
        tab.get_by_text("is not known here").wait_for()
        tab.locator("#key").fill(token)
        tab.keyboard.press("Enter")
        tab.locator("#kb").wait_for()
        turn = answered(tab, "Refunds?")

        assert turn.locator(".badge").inner_text() == "Answered"
        assert tab.evaluate("Object.values(sessionStorage)") == [token]
        assert token not in str(tab.evaluate("Object.entries(localStorage)"))
        assert tab.context.cookies() == []
    desk.close()
    # The browser itself notes each 401.
    refused = [words for words in opened.heard if "401" in words]
    assert len(refused) == len(opened.heard) > 0
    opened.heard.clear()
