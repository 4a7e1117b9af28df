"""What the documents say is what the code does."""

import hashlib
import re
from pathlib import Path

import pytest

from api.settings_page import settings_page

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md")])


def test_the_settings_page_is_current():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_requirement_is_explained():
    import tomllib

    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[\[<>=~ ]", requirement)[0] for requirement in project["dependencies"]]
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", explained)] == []


def test_the_hashes_of_weights_and_large_files_are_those_of_the_files():
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"^\| `([^`]+)` .* \| `([0-9a-f]{64})` \|$", page, flags=re.MULTILINE))
    assert {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in named} == named
    places = ("answer", "api", "core", "eval", "ingest", "rerank", "retrieval", "store", "data")
    files = [path for place in places for path in (ROOT / place).rglob("*") if "__pycache__" not in path.parts]
    large = {path for path in files if path.is_file() and path.stat().st_size > 100_000}
    weights = {path for path in files if path.suffix in {".npz", ".safetensors"}} | {ROOT / "rerank" / "weights.json"}
    assert {path.relative_to(ROOT).as_posix() for path in large | weights} <= named.keys()
