"""Files and texts that come in over HTTP, and the jobs that read them."""

import io
import json
import os
import time
import zipfile

import httpx
import pytest
from job_worker import runner_of
from parsing_here import parser_in
from tenant_home import TenantHome

from api.app import create_app
from core.settings import ServiceSettings
from ingest import run
from store.job import JobState
from store.key import Scope

HOSTILE = [
    "../x.md",
    "a/../../x.md",
    "..\\..\\x.md",
    "/etc/passwd",
    "a\u202egpj.md",
    "\u200fשלום.md",
    "...",
    "a\x00b.md",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = TenantHome(tmp_path_factory.mktemp("home"))
    yield home
    home.close()


@pytest.fixture
def work(home, tmp_path, monkeypatch):
    """Run what waits, in this process."""
    monkeypatch.setattr(run, "parse_all", parser_in(tmp_path))
    return lambda: runner_of(home.desk.catalog).work(for_ever=False)


@pytest.fixture
def token(home):
    return home.key(scopes=frozenset({Scope.INGEST}))


def upload(home, token, *files, kb="faq", **params):
    parts = [("files", (name, content)) for name, content in files]
    return home.send("POST", "/v1/documents", token, params={"kb": kb, **params}, files=parts)


def left_over(home):
    return sorted(path.name for path in (home.folder / "uploads").glob("upload-*/files/**/*"))


def age(home, seconds=100):
    for folder in (home.folder / "uploads").glob("upload-*"):
        os.utime(folder, (time.time() - seconds,) * 2)


def document(home, source, kb="faq"):
    admin = home.key()
    listed = home.send("GET", "/v1/documents", admin, params={"kb": kb}).json()["documents"]
    (found,) = (each["document_id"] for each in listed if each["source"] == source)
    return home.send("GET", f"/v1/documents/{found}", admin).json()


def test_uploaded_files_are_documents_once_their_job_is_done(home, token, work):
    response = upload(home, token, ("帮助/退款 说明.md", "退款需要三天。".encode()), ("en/fees.md", b"Fees are 5 EUR."))

    job = response.json()
    assert (response.status_code, response.headers["location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["state"], job["priority"], job["arguments"]) == ("queued", "interactive", {})
    work()
    done = home.send("GET", response.headers["location"], token).json()
    assert done["state"] == "done"
    assert {file["path"]: file["outcome"] for file in done["files"]} == {
        "帮助/退款 说明.md": "ingested",
        "en/fees.md": "ingested",
    }
    assert document(home, "帮助/退款 说明.md")["text"] == "退款需要三天。"
    assert document(home, "en/fees.md")["text"] == "Fees are 5 EUR."


def test_a_file_of_the_same_name_replaces_the_document_and_equal_bytes_under_another_name_move_nothing(
    home, token, work
):
    for name, content in (("价格.md", "五元。"), ("价格.md", "六元。"), ("价目.md", "六元。")):
        assert upload(home, token, (name, content.encode())).status_code == 202
        work()

    assert document(home, "价格.md")["text"] == document(home, "价目.md")["text"] == "六元。"


def test_archives_are_unpacked_and_a_bomb_meets_the_limits_of_ingestion(home, token, work):
    good, bomb = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("手册/保修.md", "保修两年。")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(40_000_000))

    response = upload(home, token, ("手册.zip", good.getvalue()), ("bomb.zip", bomb.getvalue()))
    work()

    files = home.send("GET", response.headers["location"], token).json()["files"]
    outcomes = {file["path"]: file["outcome"] for file in files}
    assert outcomes["手册.zip!/手册/保修.md"] == "ingested"
    assert outcomes["bomb.zip!/zeros.txt"] == "too_large"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_or_hides_what_it_is_is_refused(home, token, name):
    before = len(home.desk.jobs.all())
    body = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    response = home.send("POST", "/v1/documents?kb=faq", token, content=body.encode(), headers=headers)

    assert (response.status_code, response.json()["type"]) == (422, "urn:citedesk:problem:invalid-input")
    assert "\u202e" not in response.json()["detail"]
    assert len(home.desk.jobs.all()) == before
    assert "x" not in left_over(home)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("files", ("a.md", b"1")), ("files", ("a.md", b"2"))], "two files are named 'a.md'"),
        ([("files", ("a", b"1")), ("files", ("a/b.md", b"2"))], "of a file and of a folder"),
        ([("files", ("a/b.md", b"1")), ("files", ("a", b"2"))], "of a file and of a folder"),
        ([("files", (f"{'长' * 90}.md", b"1"))], "is too long"),
        ([("files", ("夹/" * 300 + "a.md", b"1"))], "is too long"),
        ([("file", ("a.md", b"1"))], "the part 'file' is no file"),
        ([("files", (None, b"1"))], "the part 'files' is no file"),
    ],
)
def test_files_that_cannot_be_told_apart_or_are_none_are_refused(home, token, files, said):
    response = home.send("POST", "/v1/documents?kb=faq", token, files=files)
    assert response.status_code == 422
    assert said in response.json()["detail"]


@pytest.mark.parametrize("cut", [0, 60, 130, -4])
def test_a_body_that_ends_in_the_middle_leaves_nothing(home, token, cut):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="cut.md"\r\n\r\n' + b"x" * 80 + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    response = home.send("POST", "/v1/documents?kb=faq", token, content=body[:cut], headers=headers)

    assert response.status_code == 422
    assert "cut.md" not in left_over(home)


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(home, token, caplog):
    held = []
    messages = iter(
        [
            {
                "type": "http.request",
                "body": b'--b\r\nContent-Disposition: form-data; name="files"; filename="gone.md"\r\n\r\nhalf of it',
                "more_body": True,
            },
            {"type": "http.disconnect"},
        ]
    )

    async def receive():
        held.append("gone.md" in left_over(home))
        return next(messages)

    async def send(message):
        pass

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/documents",
        "raw_path": b"/v1/documents",
        "query_string": b"kb=faq",
        "root_path": "",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"multipart/form-data; boundary=b"),
        ],
    }
    with caplog.at_level("INFO", logger="citedesk.access"):
        home.run(home.app(scope, receive, send))

    assert held == [False, True]
    assert "gone.md" not in left_over(home)
    assert '"status": 499' in caplog.text


def test_more_bytes_than_an_upload_may_have_are_refused_while_they_come(home, token):
    app = create_app(home.desk, ServiceSettings(max_upload_bytes=10_000), door=home.door)
    sent = []

    async def endless():
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="big.md"\r\n\r\n'
        for number in range(100):
            sent.append(number)
            yield b"x" * 1_000

    async def post():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            headers = {"Content-Type": "multipart/form-data; boundary=b", "Authorization": f"Bearer {token}"}
            return await client.post("/v1/documents?kb=faq", content=endless(), headers=headers)

    response = home.run(post())

    assert (response.status_code, response.json()["type"]) == (413, "about:blank")
    assert len(sent) <= 11
    assert "big.md" not in left_over(home)


def test_what_is_no_form_is_told_so(home, token):
    response = home.send("POST", "/v1/documents?kb=faq", token, json={"files": []})
    assert response.status_code == 415
    assert "multipart/form-data" in response.json()["detail"]

    response = home.send("POST", "/v1/documents?kb=faq", token, headers={"Content-Type": "multipart/form-data"})
    assert response.status_code == 422
    assert "boundary" in response.json()["detail"]


@pytest.mark.parametrize("kb", ["nowhere", "acme/faq", "-"])
def test_nothing_is_read_for_a_knowledge_base_that_is_not_the_callers(home, token, kb):
    assert upload(home, token, ("a.md", b"x"), kb=kb).status_code == 404
    text = {"kb": kb, "name": "a", "text": "x"}
    assert home.send("POST", "/v1/documents/text", token, json=text).status_code == 404


def test_a_text_is_a_document_with_its_metadata_and_validity(home, token, work):
    said = {"产品": "潮汐：专业版", "区域": "华东"}
    body = {"kb": "faq", "name": "常见问题/退款", "text": "# 退款\n\n七天内可退。", "metadata": said}

    ends = {"valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    assert home.send("POST", "/v1/documents/text", token, json=body | ends).status_code == 202
    work()

    found = document(home, "常见问题/退款.md")
    assert (found["title"], found["valid_from"], found["valid_until"]) == ("退款", "2026-01-01", "2026-12-31")
    assert {"product": "潮汐：专业版", "区域": "华东"}.items() <= found["metadata"].items()
    assert "七天内可退。" in found["text"]
    assert "潮汐" not in found["text"]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": "../a"}, "#/name"),
        ({"text": ""}, "#/text"),
        ({"metadata": {"Source": "x"}}, "#/metadata"),
        ({"metadata": {"产品": "1", "Product": "2"}}, "#/metadata"),
        ({"metadata": {"生效日期": "2026-01-01"}}, "#/metadata"),
        ({"metadata": {"a": " "}}, "#/metadata/a"),
        ({"metadata": {str(n): "x" for n in range(51)}}, "#/metadata"),
        ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "#"),
        ({"colour": "red"}, "#/colour"),
    ],
)
def test_an_unusable_text_is_pointed_at(home, token, more, pointer):
    body = {"kb": "faq", "name": "a", "text": "x", **more}
    response = home.send("POST", "/v1/documents/text", token, json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


def test_folders_of_jobs_that_ended_are_swept_and_those_of_waiting_ones_stay(home, token, work):
    upload(home, token, ("done.md", b"Done."))
    work()
    upload(home, token, ("waits.md", b"Waits."), priority="batch")
    held = home.desk.uploads.begin()
    held.file("comes.md")[1].write_bytes(b"half")
    killed = home.folder / "uploads" / "upload-killed" / "files"
    killed.mkdir(parents=True)
    (killed / "killed.md").write_bytes(b"x")

    home.desk.uploads.sweep()
    assert {"done.md", "waits.md", "comes.md", "killed.md"} <= set(left_over(home))  # too young to tell
    age(home)
    home.desk.uploads.sweep()

    assert {"waits.md", "comes.md"} == set(left_over(home))
    held.close()
    work()


def test_a_cancelled_upload_can_be_tried_again_for_a_day(home, token, work):
    location = upload(home, token, ("again.md", "再来一次。".encode())).headers["location"]
    assert home.send("POST", f"{location}/cancel", token).json()["state"] == "cancelled"
    age(home)
    home.desk.uploads.sweep()

    assert home.send("POST", f"{location}/retry", token).json()["state"] == "queued"
    work()

    assert document(home, "again.md")["text"] == "再来一次。"


def test_what_was_swept_cannot_be_tried_again_and_says_so(home, token, monkeypatch):
    location = upload(home, token, ("late.md", b"Late.")).headers["location"]
    home.send("POST", f"{location}/cancel", token)
    age(home)
    monkeypatch.setattr("ingest.uploads.KEEP_SECONDS", -1.0)
    home.desk.uploads.sweep()

    response = home.send("POST", f"{location}/retry", token)

    assert response.status_code == 422
    assert "upload them again" in response.json()["detail"]


def events(response):
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        yield int(lines["id"]), lines["event"], json.loads(lines["data"])


def test_a_job_is_followed_to_its_end(home, token, work):
    import threading

    location = upload(home, token, ("跟踪.md", "跟踪进度。".encode())).headers["location"]
    timer = threading.Timer(0.2, work)
    timer.start()
    response = home.send("GET", f"{location}/events", token)
    timer.join()

    told = list(events(response))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [number for number, _, _ in told] == list(range(1, len(told) + 1))
    assert (told[0][1], told[0][2]["state"]) == ("progress", "queued")
    assert (told[-1][1], told[-1][2]["state"]) == ("final", "done")
    assert [file["path"] for file in told[-1][2]["files"]] == ["跟踪.md"]


def test_a_job_that_has_ended_tells_so_at_once_and_one_that_goes_away_ends_in_an_error(home, token):
    location = upload(home, token, ("x.md", b"x"), kb="手册").headers["location"]
    home.send("POST", f"{location}/cancel", token)
    assert [name for _, name, _ in events(home.send("GET", f"{location}/events", token))] == ["final"]
    assert home.send("GET", "/v1/jobs/999/events", token).status_code == 404
    assert home.send("GET", f"{location}/events", home.key("acme")).status_code == 404


def test_a_job_that_is_deleted_while_it_is_followed_ends_in_an_error(home):
    from api.job_events import job_frames
    from core.errors import NotFound

    answers = iter([{"id": 1, "state": JobState.QUEUED}])

    def read():
        for document in answers:
            return document
        raise NotFound("there is no job 1")

    async def all_frames():
        frames = job_frames(read, report=lambda error: {"detail": str(error)}, look_seconds=0.01)
        return [frame async for frame in frames]

    first, last = home.run(all_frames())
    assert b"event: progress" in first
    assert last == b'id: 2\nevent: error\ndata: {"detail": "there is no job 1"}\n\n'
