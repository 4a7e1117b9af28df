"""The pages over HTTP, without a browser."""

import gzip
import re

import pytest
from tenant_home import TenantHome

from api.pages.assets import assets
from api.pages.shell_page import POLICY


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"), texts={})
    yield home
    home.close()


@pytest.mark.parametrize(
    ("path", "accept", "lang", "title"),
    [
        ("/", "en-GB", "en", "Ask"),
        ("/", "zh-CN,zh;q=0.9", "zh-CN", "提问"),
        ("/library", "zh", "zh-CN", "文档库"),
        ("/lab", "en", "en", "Search lab"),
        ("/document?id=x", "fr", "en", "Document"),
    ],
)
def test_a_page_comes_in_the_language_of_the_browser_and_needs_no_key(home, path, accept, lang, title):
    page = home.send("GET", path, headers={"Accept-Language": accept})

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{lang}">' in page.text
    assert f"<title>{title}</title>" in page.text
    assert page.headers["vary"] == "Accept-Language"
    assert page.headers["cache-control"] == "no-cache"


def test_a_page_has_one_policy_of_its_own_and_the_api_keeps_the_strictest(home):
    page, api = home.send("GET", "/"), home.send("GET", "/health")

    assert page.headers.get_list("content-security-policy") == [POLICY]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert api.headers.get_list("content-security-policy") == ["default-src 'none'; frame-ancestors 'none'"]
    assert api.headers.get_list("cache-control") == ["no-store"]


def test_files_are_kept_for_good_under_the_digest_of_the_release_only(home):
    now = home.send("GET", f"/assets/{assets().digest}/ask.js")
    old = home.send("GET", "/assets/0123456789ab/ask.js")

    assert now.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert old.headers["cache-control"] == "no-store"
    assert now.content == old.content == assets().files["ask.js"].content


def test_files_come_packed_where_the_browser_takes_that(home):
    path = f"/assets/{assets().digest}/words/zh.js"
    packed = home.send("GET", path, headers={"Accept-Encoding": "gzip, br"})
    plain = home.send("GET", path, headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert packed.text.startswith("export default {")
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, mtime=0))
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["no.js", "../assets.py", "..%2fassets.py", "shell.html", "words/en.json", "", "密.js"]
)
def test_nothing_else_can_be_read(home, path):
    response = home.send("GET", f"/assets/{assets().digest}/{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_everything_a_page_names_is_there(home):
    for path in ("/", "/library", "/lab", "/quality", "/ops", "/document"):
        for name in re.findall(r'(?:href|src)="(/assets/[^"]+)"', home.send("GET", path).text):
            assert home.send("GET", name).status_code == 200


def test_the_pages_are_no_part_of_the_described_api(home):
    paths = home.send("GET", "/openapi.json").json()["paths"]
    assert not {"/", "/library", "/lab", "/quality", "/ops", "/document"} & set(paths)
    assert not any(path.startswith("/assets") for path in paths)
