"""What the pages are made of, looked at as files."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from api.pages.assets import LANGUAGES, assets
from api.pages.shell_page import PAGES, POLICY, preferred_language, shell

STATIC = Path(__file__).parents[3] / "api" / "pages" / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))


def words(language):
    return json.loads((STATIC / "words" / f"{language}.json").read_text(encoding="utf-8"))


def test_both_languages_say_the_same_things_with_the_same_places():
    english, chinese = words("en"), words("zh")
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert text.strip(), key
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_chinese_text_is_chinese():
    plain = {key for key, text in words("zh").items() if not re.search(r"[\u4e00-\u9fff]", text)}
    assert plain == {"citation.label", "copy.quote", "quality.no_value", "unit.comma", "unit.percent", "unit.semicolon"}


def test_all_words_that_scripts_name_are_there_and_all_that_are_there_are_named():
    sources = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    exact = set(re.findall(r"\b(?:t|named)\(\s*\"([\w.]+)\"", sources))
    counted = {f"{key}.{n}" for key in re.findall(r"\"(\w+\.[\w.]+)\"", sources) for n in ("one", "other")}
    begun = tuple(re.findall(r"`([\w.]+\.)\$\{", sources))
    known = set(words("en"))
    shell_words = {"shell.needs_script"}

    assert exact - known == set()
    choices = set(re.findall(r"\"(\w+\.[\w.]+)\"", sources))
    assert {key for key in known - exact - counted - choices - shell_words if not key.startswith(begun)} == set()


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,zh-Hant-TW;q=0.4,en;q=0.3", "zh"),
        ("de, *;q=0.5", "en"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("zh, en", "zh"),
        ("en, zh", "en"),
        (";;;q=,zh", "zh"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_browser_says_which_language(accept, language):
    assert preferred_language(accept) == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_only_what_it_needs_and_has_no_script_or_style_of_its_own(page, language):
    html = shell(assets(), page, language)
    loaded = re.findall(r'(?:href|src)="/assets/\w{12}/([^"]+)"', html)

    assert set(loaded) <= set(assets().files)
    assert {"icon.svg", "early.js", f"{page}.js", f"styles/{page}.css", f"words/{language}.js"} <= set(loaded)
    assert not {f"{other}.js" for other in PAGES if other != page} & set(loaded)
    assert "{{" not in html
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", html)
    assert re.findall(r"https?://", html) == []


def test_the_policy_lets_in_nothing_from_elsewhere_and_no_inline_script():
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert set(rules.values()) == {"'none'", "'self'", "'script'"}
    assert rules["require-trusted-types-for"] == "'script'"


def test_no_script_makes_markup_of_text():
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
    for path in SCRIPTS:
        source = path.read_text(encoding="utf-8")
        assert not re.search(rf"{markup}|\beval\(|new Function", source), path.name
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source), path.name
        assert len(source.splitlines()) <= 260, path.name


def test_another_content_has_another_digest(monkeypatch):
    before = assets().digest
    assets.cache_clear()
    monkeypatch.setattr("api.pages.assets._contents", lambda folder, above: {"a.js": b"other"})
    assert assets().digest != before
    assets.cache_clear()
    monkeypatch.undo()
    assert assets().digest == before


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_pages(tmp_path):
    wheel = pytest.importorskip("hatchling.builders.wheel")

    (built,) = wheel.WheelBuilder(str(STATIC.parents[2])).build(directory=str(tmp_path), versions=["standard"])
    packed = set(zipfile.ZipFile(built).namelist())

    assert {f"api/pages/static/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*.*")} <= packed
