"""Pages of documents as pictures."""

import shutil
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from parsing_here import parser_in
from tenant_home import TenantHome

from core.settings import IngestSettings
from ingest import run
from ingest.parsers.pdf.pdfium_picture import draw_page
from store.key import Scope

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "documents" / "zh" / "法务" / "中国区服务等级协议.pdf"
QUOTE = "商业版的月度可用性不低于 99.9%"


class DrawsHere:
    """In this process; counts."""

    def __init__(self):
        self.drawn = 0

    def draw(self, order):
        self.drawn += 1
        return draw_page(order)

    def close(self): ...


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    shutil.copy(SAMPLE, folder / "协议.pdf")
    (folder / "notes.md").write_text("# Notes\n\nNo pages here.", encoding="utf-8")
    home = TenantHome(tmp_path_factory.mktemp("home"), texts={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "parse_all", parser_in(folder.parent / "scratch"))
        (folder.parent / "scratch").mkdir(exist_ok=True)
        settings = IngestSettings(workers=1, token_vectors=False)
        run.Ingestion(home.desk.catalog, FakeEmbedder(), settings).run([folder], "faq")
    home.files = folder
    home.app.state.pictures = DrawsHere()
    yield home
    home.close()


@pytest.fixture
def token(home):
    return home.key(scopes=frozenset({Scope.SEARCH}))


def path_of(home, source="协议.pdf"):
    return f"/v1/documents/{home.desk.catalog.document_ids('faq')[source]}"


def at(home, quote=QUOTE):
    text = home.desk.catalog.document(path_of(home).rpartition("/")[2]).text
    return f"{text.index(quote)}-{text.index(quote) + len(quote)}"


def test_a_page_comes_as_a_picture_with_the_place_of_the_quote(home, token):
    response = home.send("GET", f"{path_of(home)}/pages/1", token, params={"at": at(home), "width": 400})

    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert response.content.startswith(b"\x89PNG")
    assert response.headers["cache-control"] == "private, no-cache"
    ((left, top, wide, high),) = [map(float, box.split()) for box in response.headers["citedesk-boxes"].split(", ")]
    assert 0 < left < left + wide < 1
    assert 0 < top < top + high < 1


def test_a_document_says_whether_it_can_be_seen(home, token):
    seen = {
        source: home.send("GET", path_of(home, source), token).json()["pictures"] for source in ("协议.pdf", "notes.md")
    }
    assert seen == {"协议.pdf": True, "notes.md": False}
    refused = home.send("GET", f"{path_of(home, 'notes.md')}/pages/1", token)
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:citedesk:problem:not-found")


def test_a_picture_that_is_known_is_not_drawn_again(home, token):
    asked = f"{path_of(home)}/pages/2"
    first = home.send("GET", asked, token)
    drawn = home.app.state.pictures.drawn

    again = home.send("GET", asked, token, headers={"If-None-Match": first.headers["etag"]})
    other = home.send("GET", asked, token, params={"width": 300}, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert home.app.state.pictures.drawn == drawn + 1


@pytest.mark.parametrize(
    ("page", "params", "status"),
    [
        ("4", {}, 404),
        ("0", {}, 422),
        ("x", {}, 422),
        ("1", {"width": "5000"}, 422),
        ("1", {"at": "5-1"}, 422),
        ("1", {"at": "1-5,"}, 422),
        ("1", {"at": "9" * 30 + "-" + "9" * 31}, 422),
        ("1", {"at": ",".join(["1-2"] * 21)}, 422),
        ("1", {"at": "900000-900001"}, 200),
    ],
)
def test_what_cannot_be_drawn_is_a_problem(home, token, page, params, status):
    assert home.send("GET", f"{path_of(home)}/pages/{page}", token, params=params).status_code == status


def test_a_file_that_changed_or_went_is_not_shown_for_the_one_that_was_read(home, token):
    file = home.files / "协议.pdf"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b" ")
    assert home.send("GET", f"{path_of(home)}/pages/1", token).status_code == 404
    file.unlink()
    gone = home.send("GET", f"{path_of(home)}/pages/1", token)
    assert gone.status_code == 404
    assert str(home.files) not in gone.text
    # That pages can be drawn follows from the version, as its tag does; whether its file is there does not.
    assert home.send("GET", path_of(home), token).json()["pictures"] is True
    file.write_bytes(content)


def test_a_page_is_for_who_may_read_the_document(home):
    asked = f"{path_of(home)}/pages/1"

    assert home.send("GET", asked).status_code == 401
    assert home.send("GET", asked, home.key(scopes=frozenset({Scope.ASK}))).status_code == 403
    assert home.send("GET", asked, home.key("acme")).status_code == 404
    assert home.send("GET", asked, home.key(kbs=frozenset({"手册"}))).status_code == 404
