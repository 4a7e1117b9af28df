#!/usr/bin/env python3
"""The pictures of the README, of a running service with the sample documents: scripts/take-screenshots.py [ADDRESS]."""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PICTURES = {
    "ask-en.png": ("en-GB", "light", "How long do refunds take?"),
    "ask-zh.png": ("zh-CN", "dark", "发票多久能开出来？"),
}
WIDTH, HEIGHT, COLOURS = 1280, 720, 128


def picture(browser: Browser, address: str, language: str, scheme: str, question: str) -> bytes:
    """The answer with its first source open beside it."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale=language, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.goto(address)
    tab.locator("#question").fill(question)
    tab.keyboard.press("Enter")
    tab.locator(".turn:not([aria-busy]) .chip").first.click()
    tab.locator(".panel mark").wait_for()
    tab.wait_for_timeout(300)  # the mark is scrolled to
    taken: bytes = tab.screenshot()
    context.close()
    return taken


def main(address: str) -> None:
    """Write every picture, with few colours, so that the repository stays small."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        for name, (language, scheme, question) in PICTURES.items():
            taken = Image.open(io.BytesIO(picture(browser, address, language, scheme, question)))
            taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
