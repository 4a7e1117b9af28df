"""A real browser for pages that people look at."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages_service import PagesDesk, serving

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
_INSTALL = HERE.parents[1] / "scripts" / "install-test-servers.sh"


# Not for the session: while the driver is open its loop runs in this thread, and asyncio cannot start another.
@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Debian's chromium without a window, installed where it is missing and may be installed."""
    if shutil.which("chromium") is None:
        done = subprocess.run([_INSTALL, "chromium"], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no chromium here: {done.stderr.strip()}")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=shutil.which("chromium"))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def axe():
    """Deque's rules of accessibility, installed where they are missing and may be installed."""
    if not AXE.is_file():
        if shutil.which("npm") is None:
            pytest.skip("no npm here to install axe-core with")
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"axe-core cannot be installed: {done.stderr.strip()}")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[PagesDesk]:
    desk = PagesDesk(tmp_path_factory.mktemp("home"))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def service(desk) -> Iterator[str]:
    with serving(desk) as address:
        yield address


@pytest.fixture
def opened(browser, service) -> Iterator[Callable[..., object]]:
    """Open a path in a tab that hears what the page says and asks for; both must be nothing from elsewhere."""
    contexts, heard = [], []

    def open_(
        path: str = "/", *, width: int = 1280, language: str = "en-GB", scheme: str = "light", base: str = service
    ):
        viewport = {"width": width, "height": 900}
        context = browser.new_context(viewport=viewport, locale=language, color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.on("console", lambda message: heard.append(f"{message.text} {message.location['url']}"))
        tab.on("pageerror", lambda error: heard.append(str(error)))
        tab.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: None if request.url.startswith(base) else heard.append(request.url))
        tab.goto(base + path)
        return tab

    open_.heard = heard
    yield open_
    for context in contexts:
        context.close()
    assert heard == []
