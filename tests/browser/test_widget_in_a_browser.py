"""The widget on somebody else's page: another origin, a strict policy of its own, hostile texts and styles."""

import re

import pytest
from help_centre import LINKS, STRICT, HelpCentre, page, serving_visitors
from pages_service import H, P, payload_source
from payloads import PAYLOADS

TRAPS = """for (const name of ['alert', 'confirm', 'prompt', 'open'])
  window[name] = words => { window.ran = (window.ran || []).concat(`${name}: ${words}`); };"""
QUESTIONS = {
    "en": ["Refunds?", "conflict please", "nothing there", "which plan"],
    "zh-CN": ["发票多久能开出来？", "没有 这个", "conflict please"],
}
HOSTILE_STYLE = """<style>* { color: #ff0000; font-size: 40px; letter-spacing: 1em; text-transform: uppercase; }
button, textarea, dialog { display: none !important; background: #00ff00 !important; }
[hidden] { display: block !important; }</style>"""


@pytest.fixture(scope="module")
def service(desk, tmp_path_factory):
    home = tmp_path_factory.mktemp("keys")
    with serving_visitors(desk, home) as served:
        yield served


@pytest.fixture(scope="module")
def centre():
    with HelpCentre().open() as centre:
        yield centre


@pytest.fixture(scope="module")
def key(service, centre):
    return service.key(centre.origin, kbs=("default", "payloads"))


@pytest.fixture
def opened(browser, service, centre, key):
    """Open the page of the help centre in a tab that hears what it says and asks for; both must be nothing from
    elsewhere."""
    contexts, heard = [], []
    ours = (centre.origin, service.address)

    def open_(
        *,
        lang="en",
        width=1280,
        scheme="light",
        head="",
        policy=None,
        address=centre.origin + "/",
        key=key,
        **attributes,
    ):
        html = page(service.address, key, lang=lang, head=head, **attributes)
        centre.show(html, STRICT.format(service=service.address) if policy is None else policy)
        how = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme, "reduced_motion": "reduce"}
        context = browser.new_context(locale="en-GB", **how)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.add_init_script(TRAPS)
        tab.on("console", lambda message: heard.append(message.text))
        tab.on("pageerror", lambda error: heard.append(str(error)))
        tab.on("request", lambda request: None if request.url.startswith(ours) else heard.append(request.url))
        tab.goto(address)
        tab.locator(".launcher").wait_for()
        return tab

    open_.heard = heard
    yield open_
    for context in contexts:
        assert context.pages[0].evaluate("(window.ran ?? []).concat({}.polluted ?? [])") == []
        context.close()
    assert heard == []


def ask(tab, question):
    """The turn of the question, once it is over."""
    if tab.locator(".launcher").is_visible():
        tab.locator(".launcher").click()
    tab.locator("#question").fill(question)
    tab.keyboard.press("Enter")
    tab.locator(".turn:last-child:not([aria-busy])").wait_for()
    return tab.locator(".turn").last


@pytest.mark.parametrize(
    ("lang", "launcher", "question", "claim", "source"),
    [
        ("en", "Ask a question", "Refunds?", "Proven: within 30 days", "Source 1 Refund policy"),
        ("zh-CN", "提问", "发票多久能开出来？", "Proven: 电子发票在提交申请后两个工作日内开出。", "出处 1 发票规定"),
    ],
)
def test_a_visitor_asks_and_sees_each_claim_with_its_quote(opened, lang, launcher, question, claim, source):
    tab = opened(lang=lang)
    assert tab.locator(".launcher").inner_text() == launcher
    turn = ask(tab, question)

    assert turn.locator(".claims > li > p").first.inner_text() == claim
    assert not turn.locator("blockquote").first.is_visible()
    assert " ".join(turn.locator("summary").first.text_content().split()).startswith(source[:4])
    turn.locator("summary").first.click()
    assert turn.locator("blockquote").first.inner_text() == claim.removeprefix("Proven: ")
    assert claim in tab.locator("[role=log]").inner_text()
    assert tab.context.cookies() == []


def test_a_source_leads_to_its_own_page_where_that_is_allowed(opened):
    turn = ask(opened(), "Refunds?")
    turn.locator("summary").first.click()
    link = turn.locator(".source a").first

    assert link.get_attribute("href") == f"{LINKS}/refunds?a=1"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert ask(opened(lang="zh-CN"), "发票多久能开出来？").locator(".source a").count() == 0


@pytest.mark.parametrize(
    ("lang", "question", "words", "person"),
    [
        ("en", "nothing there", "does not give the answer", "A colleague can help you further"),
        ("zh-CN", "没有 这个", "没有给出答案", "我们的同事可以继续为您解答"),
    ],
)
def test_an_honest_no_leads_to_a_person_with_the_conversation(opened, lang, question, words, person):
    tab = opened(lang=lang, contact="https://help.example.com/contact")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(tab, question)

    assert words in turn.locator(".status").inner_text()
    assert person in turn.locator("section").inner_text()
    assert turn.locator("section a").get_attribute("href") == "https://help.example.com/contact"
    turn.locator("section button").click()
    turn.get_by_text("Copied" if lang == "en" else "已复制").wait_for()
    assert question in tab.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("conflict please", "says two different things"),
        ("orders please", "What would you like to know?"),
        ("down please", "cannot answer right now"),
        ("cut please", "Something went wrong|cannot answer right now"),
    ],
)
def test_every_other_end_is_told_plainly(opened, question, words):
    turn = ask(opened(), question)
    assert re.search(words, turn.locator(".status").inner_text())
    opened.heard[:] = [said for said in opened.heard if not said.startswith("citedesk widget: 503")]


def test_a_question_back_is_answered_by_a_click_and_earlier_turns_go_along(opened, desk):
    tab = opened()
    turn = ask(tab, "which plan")
    turn.get_by_role("button", name="Business").click()
    tab.locator(".turn:nth-child(2):not([aria-busy])").wait_for()

    asked = desk.questions[-1]
    assert asked.text == "Business"
    assert [(each.role, each.content) for each in asked.history] == [
        ("user", "which plan"),
        ("assistant", "Proven: within 30 days"),
    ]


def test_an_answer_can_be_stopped_and_keeps_what_was_proven(opened, desk):
    desk.go_on.clear()
    tab = opened()
    tab.locator(".launcher").click()
    tab.locator("#question").fill("slowly please")
    tab.keyboard.press("Enter")
    tab.locator(".claims > li").first.wait_for()
    tab.get_by_role("button", name="Stop").click()
    tab.locator(".turn:not([aria-busy])").wait_for()

    assert tab.locator(".status").inner_text() == "Stopped. This is not the whole answer."
    assert tab.locator(".claims > li").count() == 1
    desk.go_on.set()


def test_the_conversation_goes_on_on_the_next_page_and_is_forgotten_on_demand(opened):
    tab = opened()
    ask(tab, "Refunds?")
    tab.reload()
    tab.locator(".turn").wait_for()

    assert tab.locator("dialog").is_visible()
    assert tab.evaluate("document.activeElement === document.body")
    assert tab.locator(".claims > li").count() == 2
    assert tab.evaluate("[Object.keys(sessionStorage), localStorage.length]") == [["citedesk.widget.default"], 0]
    tab.get_by_role("button", name="New conversation").click()
    tab.get_by_role("button", name="Close the chat").click()
    assert tab.locator(".turn").count() == 0
    assert tab.evaluate("sessionStorage.length") == 0


def test_a_conversation_that_somebody_meddled_with_is_dropped(opened):
    tab = opened()
    meddled = '{"isOpen": true, "turns": [{"question": "<img src=x onerror=alert(1)>"}, 7, null]}'
    tab.evaluate("kept => sessionStorage.setItem('citedesk.widget.default', kept)", meddled)
    tab.reload()
    tab.locator("dialog").wait_for()
    assert tab.locator(".turn").count() == 0


def test_the_keyboard_alone_suffices(opened):
    tab = opened()
    tab.evaluate("addEventListener('keydown', event => { window.keys = (window.keys ?? 0) + 1 })")
    inside = "document.querySelector('citedesk-widget').shadowRoot.activeElement?.id"
    tab.locator(".launcher").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate(inside) == "question"
    ask(tab, "Refunds?")
    reached = []
    for _ in range(5):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.querySelector('citedesk-widget').shadowRoot.activeElement.localName"))
    for _ in range(5):
        tab.keyboard.press("Shift+Tab")
    # Send, then around: new conversation, close, the sources.
    assert reached == ["button", "button", "button", "summary", "summary"]
    assert tab.evaluate(inside) == "question"
    tab.keyboard.press("Escape")

    assert not tab.locator("dialog").is_visible()
    assert (
        tab.evaluate("document.querySelector('citedesk-widget').shadowRoot.activeElement.className")
        == "launcher strong"
    )
    assert tab.evaluate("window.keys ?? 0") == 0


def test_a_page_whose_origin_the_key_does_not_list_is_refused(opened, centre, service, desk):
    before = len(desk.questions)
    turn = ask(opened(address=centre.origin.replace("127.0.0.1", "localhost") + "/"), "Refunds?")

    # Before the question is sent: the browser asks first, and is told no.
    assert turn.locator(".status").inner_text() == "The chat cannot be reached. Please check your connection."
    assert len(desk.questions) == before
    assert any("CORS" in said or "ERR_FAILED" in said or "citedesk widget" in said for said in opened.heard)
    opened.heard.clear()
    other = service.key("https://other.example.com")
    turn = ask(opened(key=other), "Refunds?")
    assert turn.locator(".status").inner_text() == "The chat is not set up for this page."
    assert len(desk.questions) == before
    assert any("is for the pages of its origins only" in said for said in opened.heard)
    opened.heard.clear()


def test_no_payload_runs_on_the_page_of_a_stranger(opened, desk):
    for words in PAYLOADS:
        desk.put_parts(payload_source(words), words, [(H, words), (P, f"p {words}")], kb="payloads", url=words)
    desk.catch_up()
    tab = opened(kb="payloads")
    for words in PAYLOADS[:30]:
        turn = ask(tab, f"payload {words}")
        assert turn.locator(".claims > li > p").inner_text() == words
    texts = """payloads => payloads.map(words => {
      const answer = { status: words, text: words, reason: words, question: words, trace_id: words, conflicts: [],
        claims: [{ text: words, citations: [
          { evidence: 1, title: words, heading_path: [words], page: 1, quote: words, url: words },
        ] }],
        next_step: { step: 'ask_back', question: words, options: [words] } };
      return { question: words, answer };
    })"""
    kept = tab.evaluate(f"payloads => JSON.stringify({{ isOpen: true, turns: ({texts})(payloads) }})", PAYLOADS)
    tab.evaluate("kept => sessionStorage.setItem('citedesk.widget.payloads', kept)", kept)
    tab.reload()
    tab.locator(".turn").nth(len(PAYLOADS) - 1).wait_for(state="attached")
    root = "[...document.querySelector('citedesk-widget').shadowRoot.querySelectorAll('*')]"
    tab.evaluate(f"{root}.filter(node => node.localName === 'details').forEach(node => (node.open = true))")

    assert tab.locator(".claims > li > p").all_text_contents() == PAYLOADS
    names = set(tab.evaluate(f"{root}.map(node => node.localName)"))
    assert not {"script", "iframe", "object", "embed", "img", "video", "audio", "base", "style"} & names
    assert not [
        name for name in tab.evaluate(f"{root}.flatMap(node => node.getAttributeNames())") if name.startswith("on")
    ]
    links = tab.evaluate(f"{root}.filter(node => node.href).map(node => node.href)")
    assert not [link for link in links if not link.startswith(("http://", "https://"))]


def test_the_style_of_the_page_stays_outside_and_its_variables_get_in(opened):
    theme = "<style>citedesk-widget { --citedesk-accent: #aa2200; --citedesk-font-size: 18px; }</style>"
    tab = opened(head=HOSTILE_STYLE + theme, policy="frame-ancestors 'none'")
    assert ask(tab, "Refunds?").locator(".claims > li > p").first.inner_text() == "Proven: within 30 days"
    style = """selector => {
      const found = getComputedStyle(document.querySelector('citedesk-widget').shadowRoot.querySelector(selector));
      return [found.color, found.fontSize, found.letterSpacing, found.textTransform, found.backgroundColor];
    }"""

    assert tab.evaluate(style, ".claims > li > p")[:4] == ["rgb(28, 34, 39)", "18px", "normal", "none"]
    assert tab.evaluate(style, ".composer .strong")[4] == "rgb(170, 34, 0)"
    assert not tab.locator(".launcher").is_visible()


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_it_fits_is_readable_and_has_no_serious_finding(opened, axe, lang, scheme, width):
    tab = opened(
        lang=lang, width=width, scheme=scheme, head='<meta name="color-scheme" content="light dark">', policy=""
    )
    for question in QUESTIONS[lang]:
        turn = ask(tab, question)
        for source in turn.locator("summary").all():
            source.click()
    panel = tab.locator("dialog").bounding_box()

    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width
    assert (panel["width"] == width) == (width == 360)
    overflowing = """() => [...document.querySelector('citedesk-widget').shadowRoot.querySelectorAll('.scroller *')]
      .filter(node => node.getClientRects().length && node.getBoundingClientRect().right > innerWidth).length"""
    assert tab.evaluate(overflowing) == 0
    tab.evaluate(axe)
    found = tab.evaluate("axe.run(document)")
    serious = [each for each in found["violations"] if each["impact"] in {"serious", "critical"}]
    ours = [
        (each["id"], node["target"]) for each in serious for node in each["nodes"] if "citedesk-widget" in str(node)
    ]
    assert ours == []
