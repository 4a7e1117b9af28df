"""Names, texts, questions and answers that would run a script if a page took them for markup."""

import pytest
from pages_service import H, L, P, T, payload_source
from payloads import PAYLOADS

from core.types import BlockKind

# Whatever way a payload finds, it ends in one of these.
TRAPS = """() => { for (const name of ['alert', 'confirm', 'prompt', 'open'])
  window[name] = words => { window.ran = (window.ran || []).concat(`${name}: ${words}`); };
}"""


@pytest.fixture(scope="module")
def payload_documents(desk):
    for words in PAYLOADS:
        table = f"| {words} | b |\n| --- | --- |\n| {words} | d |"
        parts = [(H, words), (P, f"p {words}"), (T, table), (L, f"l {words}"), (BlockKind.CODE, f"c {words}")]
        desk.put_parts(payload_source(words), words, parts, kb="payloads", product=words)
    desk.catch_up()


@pytest.fixture
def trapped(opened, payload_documents):
    tabs = []

    def open_(path):
        tab = opened(path)
        tab.evaluate(TRAPS)
        tabs.append(tab)
        return tab

    yield open_
    for tab in tabs:
        assert tab.evaluate("(window.ran ?? []).concat({}.polluted ?? [])") == []
        names = "[...document.querySelectorAll('*')].map(node => node.localName)"
        assert not {"iframe", "object", "embed", "img", "video", "audio", "base", "style"} & set(tab.evaluate(names))
        attributes = "[...document.querySelectorAll('*')].flatMap(node => node.getAttributeNames())"
        assert [name for name in tab.evaluate(attributes) if name.startswith("on")] == []
        addresses = tab.evaluate("[...document.querySelectorAll('[href],[src]')].map(node => node.href ?? node.src)")
        assert all(address.startswith("http://127.0.0.1:") for address in addresses)


def test_there_are_enough_of_them():
    assert len(set(PAYLOADS)) >= 100


def test_no_payload_runs_from_a_question_or_an_answer(trapped):
    tab = trapped("/#kb=payloads")
    tab.locator("#kb").wait_for()
    for n, words in enumerate(PAYLOADS):
        tab.locator("#question").fill(f"payload {words}")
        tab.keyboard.press("Enter")
        tab.wait_for_selector(f".turn:nth-child({n + 1}):not([aria-busy])")
    turn = tab.locator(".turn").last

    assert tab.locator(".claims p").count() == len(PAYLOADS)
    assert turn.locator(".claims p").inner_text() == PAYLOADS[-1]
    assert turn.locator(".next button").inner_text() == PAYLOADS[-1]
    turn.locator(".chip").hover()
    tab.locator(".quote-card").wait_for()
    tab.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")


def test_no_payload_runs_from_a_document(trapped, desk):
    tab = trapped("/library#kb=payloads")
    tab.wait_for_selector(f"tbody tr:nth-child({len(set(PAYLOADS))})")
    assert tab.locator("tbody .source").count() == len(set(PAYLOADS))

    show = """async ([id, base]) => {
      const { showDocument } = await import(new URL('document-view.js', base).href);
      const place = document.body.appendChild(document.createElement('div'));
      await showDocument(place, id, [[0, 5], [9, 40]], 2);
      const names = ['h3', '.text > p', 'td', 'li', 'code', 'div:last-child > dd'];
      const texts = names.map(name => place.querySelector(name)?.textContent);
      place.remove();
      return texts;
    }"""
    base = tab.evaluate("document.querySelector('script[type=module]').src")
    for words in sorted(set(PAYLOADS)):
        source = payload_source(words)
        shown = tab.evaluate(show, [desk.catalog.identity("payloads", source), base])
        assert shown[:2] == [words, f"p {words}"]
        assert shown[3:] == [f"l {words}", f"c {words}", words]


def test_no_payload_runs_from_what_can_be_done_about_a_document(trapped):
    tab = trapped("/library#kb=payloads")
    tab.wait_for_selector(f"tbody tr:nth-child({len(set(PAYLOADS))})")
    for n in range(0, len(set(PAYLOADS)), 15):
        row = tab.locator("tbody tr").nth(n)
        row.locator("a").click()
        tab.locator(".panel .source", has_text=row.locator(".source").text_content()[:8]).wait_for()
        for tool in (0, 2):
            tab.locator(".document-tools .row button").nth(tool).click()
            tab.locator("dialog.card h2").wait_for()
            tab.keyboard.press("Escape")
            tab.locator("dialog.card").wait_for(state="detached")
        tab.locator(".versions summary").click()
        tab.locator(".versions li").first.wait_for()


def test_no_payload_runs_from_a_search(trapped):
    tab = trapped("/lab#kb=payloads")
    tab.locator("#kb").wait_for()
    tab.locator("#k").fill("50")
    for words in ("script alert img onerror", "发票 中文", PAYLOADS[0]):
        tab.locator("#query").fill(words)
        tab.locator("#why").fill(words)
        tab.keyboard.press("Enter")
        tab.locator(".stage").nth(3).wait_for()

    assert tab.locator(".stage li").count() > 50


def test_no_payload_runs_from_an_address(trapped, opened):
    tab = trapped("/")
    for words in PAYLOADS[::15]:
        tab.evaluate("words => { location.hash = new URLSearchParams({ kb: words, q: words }) }", words)
        tab.reload()
        tab.locator("#kb").wait_for()
        assert tab.locator("#question").input_value() == words
    tab = trapped("/document?id=%3Cscript%3Ealert(1)%3C/script%3E&at=<img>-3,1-javascript:alert(1)")
    tab.locator("[role=alert]").wait_for()

    (refused,) = opened.heard
    assert "404" in refused
    opened.heard.clear()
