"""Operations as whoever runs the service uses it: what is now, jobs, limits, keys and tenants."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest
from job_worker import COUNT, runner_of
from pages_service import PagesDesk, serving
from payloads import PAYLOADS
from sqlalchemy import text
from test_report_in_a_browser import CONTRASTS

from answer.health import Gauges
from answer.models.breaker import BreakerState
from api.auth import Door
from api.key_ring import KeyRing
from store.job import NewJob, Priority
from store.key import Scope
from store.keys import Keys
from store.pepper import read_pepper
from store.tenants import Tenants

VIEWS = {"now": ".chart text", "jobs": "tbody tr", "limits": "tbody tr", "access": "tbody tr"}
ADMIN = frozenset({Scope.ADMIN})


class OpsDesk(PagesDesk):
    """A service whose first model is left alone, with an index that is behind."""

    def ready(self):
        return {"record": "ok", "model": "qwen3-8b failed too often", "disk": "ok"}

    def gauges(self):
        breakers = {"qwen3-8b": BreakerState.OPEN, "备用模型": BreakerState.CLOSED}
        return Gauges(index_lag={"dense": 12_000, "lexical": 0}, breakers=breakers, disk_free_bytes=81_200_000_000)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = OpsDesk(tmp_path_factory.mktemp("home"))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def service(desk, tmp_path_factory):
    """One without keys, of which this machine is the operator."""
    with serving(desk, door(desk, tmp_path_factory.mktemp("pepper"))[1]) as address:
        with httpx.Client(base_url=address, trust_env=False) as client:
            for question in ("Refunds?", "发票多久能开出来？", "nothing there"):
                client.post("/v1/ask", json={"question": question}).raise_for_status()
            client.post("/v1/search", json={"query": "发票"}).raise_for_status()
        yield address


@dataclass(frozen=True)
class Keyed:
    """A service that answers holders of a key only."""

    address: str
    keys: Keys
    tenants: Tenants
    admin: str

    def opened(self, opened, view, token="", **how):
        """The page with a key, which is the administrator's where none is given."""
        tab = opened("/ops", base=self.address, **how)
        tab.locator("#key").wait_for()
        tab.evaluate("token => sessionStorage.setItem('citedesk.key', token)", token or self.admin)
        tab.goto(f"{self.address}/ops#{view}")
        tab.reload()
        # The browser itself notes each 401 of the time before.
        assert all("401" in words for words in opened.heard)
        opened.heard.clear()
        return tab


def door(desk, folder):
    keys = Keys(desk.catalog, read_pepper(folder))
    return keys, Door(KeyRing(keys, read_pepper(folder)))


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    desk = OpsDesk(folder)
    keys, its_door = door(desk, folder)
    admin = keys.create("default", ADMIN, label="me")[1]
    with serving(desk, its_door) as address:
        yield Keyed(address, keys, Tenants(desk.catalog), admin)
    desk.close()


@pytest.fixture
def keyed(closed):
    yield closed
    with closed.keys._catalog.writing() as connection:
        connection.execute(text("DELETE FROM api_keys WHERE label <> 'me'"))
        connection.execute(text("DELETE FROM tenants WHERE name <> 'default'"))


@pytest.fixture(autouse=True)
def no_jobs(desk):
    yield
    with desk.catalog.writing() as connection:
        for table in ("job_files", "jobs"):
            connection.execute(text(f"DELETE FROM {table}"))


def job(desk, **arguments):
    return desk.jobs.submit(NewJob(kb="default", kind=COUNT, arguments=arguments, priority=Priority.BATCH))


def failed_for_good(desk, error):
    made = job(desk, paths=["/srv/文档", "/srv/more"])
    with desk.catalog.writing() as connection:
        values = {"id": made.id, "error": error}
        connection.execute(
            text("UPDATE jobs SET state = 'failed', error = :error, attempts = 4 WHERE id = :id"), values
        )
    return made


@pytest.mark.parametrize(
    ("language", "ready", "breaker", "behind", "median"),
    [
        ("en-GB", "Ready, with a part down", "left alone: it kept failing", "12,000 changes", "Half within"),
        ("zh-CN", "就绪，但有部分不可用", "已停用：连续失败", "12,000 项变更", "50% 之内"),
    ],
)
def test_the_page_tells_what_is_wrong_and_how_long_answers_take(opened, language, ready, breaker, behind, median):
    tab = opened("/ops", language=language)
    tab.locator(".standing .badge").first.wait_for()
    tab.locator(".chart .dot, .chart .line").first.wait_for()

    assert tab.locator("#ops-state").inner_text() == ready
    assert "qwen3-8b failed too often" in tab.locator(".wrong").inner_text()
    assert breaker in tab.locator(".breakers li").first.inner_text()
    assert behind in tab.locator(".tally .alarm").first.inner_text()
    assert median in tab.locator(".legend").inner_text()
    rows = tab.locator(".part", has=tab.locator("code", has_text="/v1/ask")).locator("tbody tr")
    assert rows.first.locator("td").nth(1).inner_text() == "3"
    assert tab.locator("svg[role=img]").get_attribute("aria-label")


def test_another_series_is_drawn_when_it_is_chosen(opened):
    tab = opened("/ops")
    tab.locator(".chart").wait_for()
    tab.locator("#series").select_option("search")
    tab.locator("svg[aria-label^='Last hour, searches: 1;']").wait_for()


def test_a_job_is_followed_while_it_runs_and_ended_from_the_page(opened, desk, tmp_path):
    slow = job(desk, files=400, seconds=0.02, log=str(tmp_path / "log"))
    tab = opened("/ops#jobs")
    row = tab.locator("tbody tr", has_text=f"#{slow.id}")
    row.get_by_text("Waiting").wait_for()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner_of(desk.catalog).work, for_ever=False)
        row.locator("progress").wait_for()
        row.get_by_text("passages").wait_for()
        cancel = tab.get_by_role("button", name=f"Cancel job {slow.id}")
        cancel.focus()
        tab.keyboard.press("Enter")
        row.get_by_text("Cancelled").wait_for()
        running.result(timeout=20)

    tab.get_by_role("button", name=f"Try job {slow.id} again").wait_for()
    assert desk.jobs.get(slow.id).state == "cancelled"


def test_dead_letters_are_listed_with_their_reasons_and_tried_again(opened, desk):
    first, second = failed_for_good(desk, "the disk is full"), failed_for_good(desk, "索引被占用")
    job(desk, files=1, log="/dev/null")
    tab = opened("/ops#jobs", language="zh-CN")
    tab.wait_for_selector("tbody tr:nth-child(3)")
    tab.locator("#job-state").select_option("failed")
    tab.wait_for_selector("tbody tr:nth-child(3)", state="detached")

    assert tab.locator("tbody .failure").all_inner_texts() == ["索引被占用", "the disk is full"]
    assert tab.locator("tbody .source").first.inner_text() == "/srv/文档 等，另有 1 项"
    tab.get_by_role("button", name=f"重试任务 {first.id}").click()
    tab.wait_for_selector("tbody tr:nth-child(2)", state="detached")
    assert desk.jobs.get(first.id).state == "queued"
    assert desk.jobs.get(second.id).state == "failed"


def test_the_first_key_closes_the_home_and_the_page_goes_on_with_it(opened, tmp_path):
    desk = OpsDesk(tmp_path)
    keys, its_door = door(desk, tmp_path)
    with serving(desk, its_door) as address:
        tab = opened("/ops#access", base=address)
        tab.get_by_text("This home has no key").wait_for()
        tab.get_by_role("button", name="Create a key").click()
        dialog = tab.get_by_role("dialog")
        assert "This is the first key" in dialog.inner_text()
        assert dialog.locator("#scope-admin").is_checked()
        dialog.locator("#key-label").fill("运维 ops")
        dialog.get_by_role("button", name="Create a key").click()
        token = tab.locator("#token").input_value()
        tab.get_by_role("button", name="Use it on this page").click()
        tab.locator("tbody b", has_text="运维 ops").wait_for()

        assert token.startswith("cdk_")
        assert tab.evaluate("Object.values(sessionStorage)") == [token]
        assert token not in tab.content()
        (made,) = keys.all()
        assert made.scopes == ADMIN
        tab.goto("about:blank")
    desk.close()
    opened.heard[:] = [words for words in opened.heard if "401" not in words]


def test_a_key_is_limited_copied_and_revoked_after_a_question(opened, keyed):
    tab = keyed.opened(opened, "access")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Create a key").click()
    dialog = tab.get_by_role("dialog")
    dialog.locator("#key-label").fill("website")
    dialog.locator("#scope-search").uncheck()
    dialog.locator("summary").first.click()
    dialog.locator("#of-kb-default").check()
    dialog.locator("#key-days").select_option("30")
    dialog.get_by_role("button", name="Create a key").click()
    tab.get_by_role("button", name="Copy").click()
    tab.get_by_text("Copied").first.wait_for()
    token = tab.evaluate("navigator.clipboard.readText()")
    tab.get_by_role("button", name="I have kept it").click()
    row = tab.locator("tbody tr", has_text="website")
    row.wait_for()
    _, made = keyed.keys.all()

    assert (made.scopes, made.kbs, made.prefix in token) == (frozenset({Scope.ASK}), frozenset({"default"}), True)
    assert made.expires_at - made.created_at == pytest.approx(30 * 86_400, abs=2)
    tab.get_by_role("button", name="Revoke website").click()
    tab.get_by_role("button", name="Cancel").click()
    tab.get_by_role("dialog").wait_for(state="detached")
    assert keyed.keys.find(made.prefix).revoked_at is None
    tab.get_by_role("button", name="Revoke website").click()
    tab.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    row.wait_for(state="detached")
    assert keyed.keys.find(made.prefix).revoked_at is not None
    tab.locator("#ended").check()
    assert tab.locator("tbody tr", has_text="Revoked").locator("b").first.inner_text() == "website"


def test_a_tenant_is_made_with_a_key_to_hand_over(opened, keyed):
    tab = keyed.opened(opened, "access", language="zh-CN")
    tab.get_by_role("button", name="创建租户").click()
    tab.locator("#tenant-name").fill("north")
    tab.get_by_role("dialog").get_by_role("button", name="创建租户").click()
    tab.locator("#token").wait_for()
    tab.get_by_role("button", name="我已保存").click()
    tab.locator("tbody tr", has_text="north").wait_for()

    assert [tenant.name for tenant in keyed.tenants.all()] == ["default", "north"]
    assert {key.tenant for key in keyed.keys.all()} == {"default", "north"}


@pytest.mark.parametrize(
    ("scopes", "views"),
    [({Scope.INGEST}, ["Jobs"]), ({Scope.ADMIN}, ["Jobs", "Limits and budgets", "Keys and tenants"])],
)
def test_a_tenants_key_is_shown_what_is_its_own(opened, keyed, scopes, views):
    keyed.tenants.create("acme")
    token = keyed.keys.create("acme", frozenset(scopes), label="of acme")[1]
    tab = keyed.opened(opened, "now", token)
    tab.locator(".views a").first.wait_for()

    assert tab.locator(".views a").all_inner_texts() == views
    if Scope.ADMIN in scopes:
        tab.get_by_role("link", name="Keys and tenants").click()
        tab.locator("tbody b").first.wait_for()
        assert tab.locator("tbody b").all_inner_texts() == ["of acme"]
        assert tab.get_by_role("button", name="Create a tenant").count() == 0


def test_a_key_that_is_not_for_this_page_is_told_so(opened, keyed):
    token = keyed.keys.create("default", frozenset({Scope.ASK}))[1]
    tab = keyed.opened(opened, "now", token, language="zh-CN")
    tab.get_by_text("运维页面需要带有 ingest 或 admin 权限的密钥").wait_for()
    assert tab.locator(".views").count() == 0


def test_an_axis_has_three_to_five_round_values(opened):
    read = """async tops => {
      const { ticks } = await import(new URL('chart.js', document.querySelector('script[type=module]').src).href);
      return tops.map(ticks);
    }"""
    assert opened("/ops").evaluate(read, [1, 800, 73, 0.5]) == [
        [0, 0.25, 0.5, 0.75, 1],
        [0, 200, 400, 600, 800],
        [0, 20, 40, 60, 80],
        pytest.approx([0, 0.2, 0.4, 0.6]),
    ]


def test_the_keyboard_alone_goes_from_view_to_view(opened):
    tab = opened("/ops")
    tab.locator(".views a").first.focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.locator("#job-state").wait_for()

    assert tab.locator(".views [aria-current]").inner_text() == "Jobs"
    assert tab.url.endswith("#jobs")


def test_no_payload_runs_from_a_key_or_a_job(opened, desk, keyed):
    for words in PAYLOADS:
        keyed.keys.create("default", ADMIN, label=words[:200])
    for words in PAYLOADS[:40]:
        failed_for_good(desk, words)
    access, jobs = keyed.opened(opened, "access"), opened("/ops#jobs")
    access.wait_for_selector(f"tbody tr:nth-child({len(PAYLOADS) + 1})")
    jobs.wait_for_selector("tbody tr:nth-child(40)")

    assert PAYLOADS[0][:200] in access.locator("tbody td.what b").all_inner_texts()
    assert PAYLOADS[0] in jobs.locator("tbody .failure").all_text_contents()
    for tab in (access, jobs):
        assert tab.locator("main :is(img, iframe, script, style)").count() == 0
        assert tab.evaluate("({}).polluted ?? null") is None


@pytest.fixture
def full(desk, keyed):
    """Something of everything."""
    failed_for_good(desk, "the disk is full: /srv/a-very-long-path-without-any-space-in-it/" + "x" * 60)
    job(desk, files=1, log="/dev/null", paths=["/srv/文档/产品手册"])
    keyed.tenants.create("星海")
    ask = frozenset({Scope.ASK})
    keyed.keys.create("default", ask, label="官网 website", kbs=frozenset({"default", "产品手册"}))
    keyed.keys.revoke(keyed.keys.create("default", ask, lasts_seconds=86_400)[0].prefix)
    return keyed


def shown(opened, full, view, **how):
    tab = full.opened(opened, view, **how) if view == "access" else opened(f"/ops#{view}", **how)
    tab.locator(VIEWS[view]).first.wait_for()
    return tab


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wider_than_the_window_and_every_text_stands_out(opened, full, view):
    schemes = {360: "light", 768: "dark", 1440: "light"}
    for language, (width, scheme) in zip(("en-GB", "zh-CN", "en-GB"), schemes.items(), strict=True):
        tab = shown(opened, full, view, width=width, scheme=scheme, language=language)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        contrasts = tab.evaluate(CONTRASTS)
        assert len(contrasts) > 8
        assert [(round(ratio, 2), words) for ratio, words in contrasts if ratio < 4.5] == []


@pytest.mark.parametrize("view", VIEWS)
def test_no_rule_of_accessibility_is_broken(opened, full, axe, view):
    tab = shown(opened, full, view, scheme="dark" if view == "jobs" else "light", language="zh-CN")
    if view == "access":
        tab.get_by_role("button", name="创建密钥").click()
        tab.get_by_role("dialog").wait_for()
    tab.evaluate(f"() => {{ {axe} }}")
    found = tab.evaluate("axe.run().then(result => result.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")

    assert found == []


def test_the_first_load_is_small(browser, service):
    context = browser.new_context()
    tab = context.new_page()
    loaded = []
    tab.on("response", lambda response: loaded.append(response.request.sizes()["responseBodySize"]))
    tab.goto(f"{service}/ops", wait_until="domcontentloaded")
    tab.locator(".chart").wait_for()
    context.close()

    assert 15_000 < sum(loaded) < 75_000


def test_a_key_for_visitors_of_a_page_comes_with_the_tag_for_it(opened, keyed):
    tab = keyed.opened(opened, "access", language="zh-CN")
    tab.get_by_role("button", name="创建密钥").click()
    dialog = tab.get_by_role("dialog")
    dialog.locator("#key-label").fill("帮助中心")
    dialog.locator("summary").nth(1).click()
    dialog.locator("#publishable-yes").check()
    dialog.locator("#key-origins").fill("https://help.example.com\nhttps://帮助.example")
    dialog.get_by_role("button", name="创建密钥").click()
    assert dialog.locator("[role=alert]").inner_text() == "访客可见的密钥需要指定知识库和来源。"
    dialog.locator("summary").first.click()
    dialog.locator("#of-kb-default").check()
    dialog.locator("#key-origins").fill("https://help.example.com\nhttps://www.example.com/")
    dialog.get_by_role("button", name="创建密钥").click()
    tag = tab.get_by_label("放入网页的代码").input_value()
    tab.get_by_role("button", name="我已保存").click()
    row = tab.locator("tbody tr", has_text="帮助中心")
    row.wait_for()

    made = keyed.keys.all()[-1]
    assert (made.publishable, made.origins) == (True, {"https://help.example.com", "https://www.example.com"})
    assert f'data-kb="default" data-key="pk_{made.prefix}_' in tag
    assert "可公开" in row.inner_text()
    assert row.locator(".source").all_inner_texts()[1:] == ["https://help.example.com", "https://www.example.com"]
