"""Quality as an engineer uses it: how answers went, what people said and asked in vain, what evaluations found."""

import re
import time

import httpx
import pytest
from evaluation_files import answer_line, query_line, write_lines, write_run
from pages_service import PagesDesk, serving
from payloads import PAYLOADS
from test_report_in_a_browser import CONTRASTS

from api.auth import Door
from api.key_ring import KeyRing
from core.settings import ServiceSettings
from store.key import Scope
from store.keys import Keys
from store.pepper import read_pepper
from store.tenants import Tenants
from store.traces import TraceRow, Traces

VIEWS = {
    "live": ".chart text",
    "feedback": ".tally dd",
    "topics": ".topics li",
    "runs": "tbody tr",
    "answers": ".chart text",
}
UNANSWERED = ("能不能导出聊天记录？", "怎么导出聊天记录", "Can I pay with crypto?", "Can I pay by crypto?")
WRONG = {"located_gold": False, "completeness": 0.0, "abstained": False, "false_refusal": False}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, gain in (("before", 0.0), ("after", 0.25)):
        lines = [
            query_line(stage, f"{kind}{n}", min(1.0, n / 10 + gain * (stage == "rerank")))
            for stage in ("lexical", "rerank")
            for kind in "qz"
            for n in range(8)
        ]
        write_run(folder / name, lines, rankings={"q0": ["refunds.md", "退款.md"]})
    shown = [{"source": "a.md", "quote": "十四天", "exact": True, "gold": False}]
    rows = [
        *(answer_line(f"q{n}", probability=0.9 - n / 20) for n in range(6)),
        *(answer_line(f"z{n}", probability=0.7 - n / 20, citations=shown, verdicts=WRONG) for n in range(3)),
        answer_line("q9", status="insufficient_evidence", probability=0.1),
    ]
    write_lines(folder / "answers.jsonl", rows)
    write_lines(
        folder / "answers-old.jsonl", [*rows[:5], *(answer_line(row["id"], verdicts=WRONG) for row in rows[5:])]
    )
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = PagesDesk(tmp_path_factory.mktemp("home"))
    now = time.time()
    rows = [
        TraceRow(trace_id=f"t{n}", kb="default", created_at=now - n, status=status, question=question, document={})
        for n, (question, status) in enumerate(
            [*((question, "insufficient_evidence") for question in UNANSWERED), *[("Refunds?", "answered")] * 4]
        )
    ]
    Traces(desk.catalog).put(rows)
    desk.traces = {row.trace_id: "default" for row in rows}
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def service(desk, runs):
    with serving(desk, service=ServiceSettings(evaluations=runs)) as address:
        with httpx.Client(base_url=address, trust_env=False) as client:
            for said in (
                {"trace_id": "t4", "rating": "up"},
                {"trace_id": "t5", "rating": "down", "reason": "outdated", "comment": "旧的期限 the old period"},
                {"trace_id": "t6", "rating": "down", "reason": "outdated", "corrected_answer": PAYLOADS[0]},
            ):
                client.post("/v1/feedback", json=said).raise_for_status()
        yield address


@pytest.mark.parametrize(
    ("language", "cells"),
    [("en-GB", ["hour", "8", "4", "4", "50%", "66.7%"]), ("zh-CN", ["一小时", "8", "4", "4", "50%", "66.7%"])],
)
def test_rates_of_late_are_told_and_drawn(opened, language, cells):
    tab = opened("/quality", language=language)
    row = tab.locator("tbody tr").first
    row.wait_for()
    found = row.locator("td").all_inner_texts()

    assert [*found[:4], found[6], found[8]] == cells
    tab.locator(".chart .first").first.wait_for()
    tab.locator("#step").select_option("day")
    # Labels are rates, and days in place of times.
    tab.locator(".chart text", has_text=re.compile("^[^:%]+$")).first.wait_for()
    tab.locator(".chart .dot").nth(1).wait_for()


def test_feedback_is_counted_by_reason_and_prompt_and_read(opened):
    tab = opened("/quality#feedback", language="zh-CN")
    tab.locator(".tally dd").first.wait_for()

    assert tab.locator(".tally dd").all_inner_texts() == ["3", "1", "2", "1", "0"]
    assert tab.locator(".bars-list li span").all_inner_texts() == ["内容已过时"]
    assert tab.locator(".bars-list b").all_inner_texts() == ["2"]
    assert "旧的期限 the old period" in tab.locator(".told-list").inner_text()
    assert PAYLOADS[0] in tab.locator(".told-list").inner_text()
    tab.locator("#days").select_option("7")
    tab.locator(".tally dd").first.wait_for()


def test_questions_asked_in_vain_are_grouped(opened):
    tab = opened("/quality#topics")
    tab.locator(".topics h3").first.wait_for()
    told = tab.locator(".topics").inner_text()

    assert all(question in told for question in UNANSWERED)
    assert "unanswered" in told


def test_two_runs_are_compared_with_intervals_and_the_questions_that_changed(opened):
    tab = opened("/quality#runs")
    tab.locator("tbody tr").first.wait_for()
    tab.locator("#baseline").select_option("before")
    tab.locator("#variant").select_option("after")
    tab.locator("#stage").select_option("rerank")
    tab.get_by_role("button", name="Compare").click()
    row = tab.locator("tr", has_text="nDCG@10").filter(has=tab.locator(".badge"))
    row.wait_for()

    assert row.locator("td").nth(3).inner_text().startswith("+0.250")
    assert row.locator(".badge").inner_text() == "better"
    assert row.locator("svg.real").count() == 1
    assert tab.locator(".changes details").count() == 16
    tab.locator(".changes summary", has_text="0.00 → 0.25").first.click()
    assert tab.locator(".changes details[open] .ranked li").first.inner_text() == "refunds.md"


def test_one_run_shows_its_slices_and_its_worst_queries(opened):
    tab = opened("/quality#runs", language="zh-CN")
    tab.get_by_role("button", name="after").click()
    tab.get_by_text("“重排”阶段最差的查询").wait_for()

    assert tab.evaluate("document.activeElement.textContent") == "评测 after"
    worst = tab.locator("section.part").last.locator("tbody tr")
    assert worst.first.locator(".source").inner_text() == "q0"
    assert worst.first.locator("td").nth(2).inner_text() == "0.25"


def test_risk_by_coverage_is_drawn_and_the_worst_answers_show_their_quotes(opened):
    tab = opened("/quality#answers")
    tab.locator(".chart .line.first").wait_for()
    tab.locator("#answers").select_option("answers.jsonl")
    tab.locator("svg[aria-label^='Answering 90% of the questions']").wait_for()
    tab.locator(".changes summary", has_text="Wrong quote").first.click()

    assert tab.locator(".legend li").all_inner_texts()[-1] == "where the bar lies now"
    assert tab.locator(".changes details[open] q").first.inner_text() == "十四天"
    tab.locator("#against").select_option("answers-old.jsonl")
    tab.locator("h3", has_text="Comparison").wait_for()
    assert tab.locator("tr", has_text="Answered with an expected quote").first.locator(".badge").count() == 1


def test_a_tenants_admin_sees_what_is_the_tenants_and_others_are_told_why_not(opened, tmp_path, runs):
    desk = PagesDesk(tmp_path)
    keys = Keys(desk.catalog, read_pepper(tmp_path))
    Tenants(desk.catalog).create("acme")
    admin = keys.create("acme", frozenset({Scope.ADMIN}))[1]
    asks = keys.create("default", frozenset({Scope.ASK}))[1]
    door = Door(KeyRing(keys, read_pepper(tmp_path)))
    with serving(desk, door, ServiceSettings(evaluations=runs)) as address:
        tab = opened("/quality", base=address)
        tab.locator("#key").fill(admin)
        tab.keyboard.press("Enter")
        tab.locator("tbody tr").first.wait_for()
        assert tab.locator(".views a").all_inner_texts() == ["Of late", "Feedback", "What to write next"]
        tab.evaluate("token => sessionStorage.setItem('citedesk.key', token)", asks)
        tab.reload()
        tab.get_by_text("Quality is for keys with the scope admin.").wait_for()
        tab.goto("about:blank")
    desk.close()
    assert all("401" in words for words in opened.heard)
    opened.heard.clear()


def shown(opened, view, **how):
    tab = opened(f"/quality#{view}", **how)
    tab.locator(VIEWS[view]).first.wait_for()
    if view == "runs":
        tab.locator("#stage").select_option("rerank")
        tab.locator("form button").click()
        tab.locator(".changes details").first.wait_for()
    tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    return tab


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wider_than_the_window_and_every_text_stands_out(opened, view):
    schemes = {360: "light", 768: "dark", 1440: "light"}
    for language, (width, scheme) in zip(("en-GB", "zh-CN", "en-GB"), schemes.items(), strict=True):
        tab = shown(opened, view, width=width, scheme=scheme, language=language)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        contrasts = tab.evaluate(CONTRASTS)
        assert len(contrasts) > 8
        assert [(round(ratio, 2), words) for ratio, words in contrasts if ratio < 4.5] == []


@pytest.mark.parametrize("view", VIEWS)
def test_no_rule_of_accessibility_is_broken(opened, axe, view):
    tab = shown(opened, view, scheme="dark" if view == "runs" else "light", language="zh-CN")
    tab.evaluate(f"() => {{ {axe} }}")
    found = tab.evaluate("axe.run().then(result => result.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")

    assert found == []
