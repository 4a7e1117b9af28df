"""What holds for every page: it fits, it can be read, it loads little, and everybody can use it."""

import pytest
from job_worker import runner_of
from parsing_here import parser_in
from test_report_in_a_browser import CONTRASTS

from ingest import run

PAGES = {"ask": "/", "library": "/library", "lab": "/lab", "document": "/document"}


def shown(opened, desk, page, **how):
    """The page with something on it: an answer, a search, a document."""
    identity = desk.catalog.identity("default", "en/refunds.md")
    tab = opened(PAGES[page] + (f"?id={identity}&at=13-20" if page == "document" else ""), **how)
    match page:
        case "ask":
            for question in ("Refunds?", "nothing there", "conflict please", "degraded please", "which plan"):
                tab.locator("#question").fill(question)
                tab.keyboard.press("Enter")
                tab.wait_for_selector(".turn:last-child:not([aria-busy])")
            tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        case "library":
            tab.wait_for_selector("tbody tr:nth-child(3)")
        case "lab":
            tab.locator("#kb").wait_for()
            tab.locator("#query").fill("refunded 发票")
            tab.locator("#why").fill("en/refunds.md")
            tab.keyboard.press("Enter")
            tab.wait_for_selector(".stage:nth-child(4) li")
        case "document":
            tab.wait_for_selector("mark")
    return tab


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_window_and_every_text_stands_out(opened, desk, page):
    schemes = {360: "light", 768: "dark", 1440: "light"}
    for language, (width, scheme) in zip(("en-GB", "zh-CN", "en-GB"), schemes.items(), strict=True):
        tab = shown(opened, desk, page, width=width, scheme=scheme, language=language)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        contrasts = tab.evaluate(CONTRASTS)
        assert len(contrasts) > 8
        assert [(round(ratio, 2), text) for ratio, text in contrasts if ratio < 4.5] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_rule_of_accessibility_is_broken(opened, desk, axe, page):
    tab = shown(opened, desk, page, scheme="dark" if page == "lab" else "light", language="zh-CN")
    if page == "ask":
        tab.locator(".chip").first.click()
        tab.locator(".panel mark").wait_for()
    tab.evaluate(f"() => {{ {axe} }}")
    found = tab.evaluate("axe.run().then(result => result.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")

    assert found == []


@pytest.mark.parametrize("page", PAGES)
def test_the_first_load_is_small(browser, service, page):
    context = browser.new_context()
    tab = context.new_page()
    loaded = []
    tab.on("response", lambda response: loaded.append(response.request.sizes()["responseBodySize"]))
    tab.goto(service + PAGES[page], wait_until="networkidle")
    interactive = tab.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    context.close()

    assert 15_000 < sum(loaded) < 60_000
    assert interactive < 1_000


def test_language_and_theme_are_switched_and_kept(opened):
    tab = opened(language="en-GB", scheme="light")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = tab.evaluate(ground)
    tab.get_by_role("button", name="中文").click()
    tab.get_by_role("button", name="English").wait_for()
    tab.get_by_role("button", name="配色：跟随系统").click()
    tab.get_by_role("button", name="配色：浅色").click()
    assert tab.evaluate(ground) != light
    tab.goto(tab.url + "library")
    tab.locator("#kb").wait_for()

    assert tab.evaluate("document.documentElement.lang") == "zh-CN"
    assert tab.title() == "文档库"
    assert tab.evaluate(ground) != light


def test_the_library_narrows_its_list_and_opens_a_document(opened):
    tab = opened("/library")
    tab.wait_for_selector("tbody tr:nth-child(3)")
    tab.locator(".stats", has_text="3 documents").wait_for()
    tab.locator("#find").fill("发票")
    assert tab.locator("tbody tr:visible .source").all_inner_texts() == ["zh/发票.md"]
    tab.locator("tbody tr:visible a").click()
    tab.locator(".panel h2", has_text="发票规定").wait_for()
    assert tab.locator(".panel h2").inner_text() == "发票规定"
    tab.locator("#state").select_option("failed")
    tab.get_by_text("Nothing here fits.").wait_for()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en-GB", "1 file was read and answers now; 1 gave no text"),
        ("zh-CN", "1 个文件已读取，可以用于回答；1 个没有读到文字"),
    ],
)
def test_an_uploaded_file_is_read_and_listed_and_a_broken_one_says_why(
    opened, desk, tmp_path, monkeypatch, language, told
):
    monkeypatch.setattr(run, "parse_all", parser_in(tmp_path))
    tab = opened("/library", language=language)
    tab.wait_for_selector("tbody tr:nth-child(3)")
    name = f"{language}-海龟.md"
    good = {"name": name, "mimeType": "text/markdown", "buffer": f"# 海龟\n\nTurtles {language}.".encode()}
    broken = {"name": f"{language}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 broken"}
    tab.locator("#files").set_input_files([good, broken])
    tab.locator(".job p", has_text={"en-GB": "Waiting for its turn", "zh-CN": "正在排队"}[language]).wait_for()
    runner_of(desk.catalog).work(for_ever=False)
    tab.locator(".job .failure").wait_for()

    assert tab.locator(".job p").first.inner_text() == told
    assert "cannot be opened" in tab.locator(".job .failure").inner_text()
    tab.locator("tbody .source", has_text=name).wait_for()
    assert "cannot be opened" in tab.locator("tbody .failure", has_text="cannot").first.inner_text()
    desk.catalog.delete_sources("default", [name, f"{language}.pdf"])


def test_the_lab_follows_a_passage_from_stage_to_stage(opened, desk):
    tab = shown(opened, desk, "lab")
    assert tab.locator(".stage h2").all_inner_texts() == ["Words", "Meaning", "Fused", "Reranked"]
    tab.locator(".stage:nth-child(4) li").first.hover()
    followed = tab.locator(".followed").evaluate_all("all => all.map(node => node.dataset.chunk)")

    assert len(followed) == 4
    assert len(set(followed)) == 1
    assert "it is shown as hit" in tab.locator(".why").inner_text()
    assert "before: Fused" in tab.locator(".stage:nth-child(4) li").first.inner_text()


def test_events_are_read_whatever_way_they_are_cut(opened):
    stream = (
        'id: 1\nevent: claim\ndata: {"a":"条"}\r\n\r\n: still here\n\ndata:one\rdata: two\r\r\nevent: gone\n\ndata: cut'
    )
    read = """async ([bytes, size]) => {
      const base = document.querySelector('script[type=module]').src;
      const { readEvents } = await import(new URL('events.js', base).href);
      const parts = [];
      for (let at = 0; at < bytes.length; at += size) parts.push(new Uint8Array(bytes.slice(at, at + size)));
      const body = new ReadableStream({ pull: (c) => parts.length ? c.enqueue(parts.shift()) : c.close() });
      const events = [];
      for await (const event of readEvents(body)) events.push([event.name, event.data]);
      return events;
    }"""
    tab = opened("/library")
    for size in (1, 2, 3, 7, 1000):
        events = tab.evaluate(read, [list(stream.encode()), size])
        assert [tuple(event) for event in events] == [
            ("claim", '{"a":"条"}'),
            ("message", "one\ntwo"),
        ]
