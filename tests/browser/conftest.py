"""A real browser for pages that people look at."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_INSTALL = Path(__file__).parents[2] / "scripts" / "install-test-servers.sh"


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
