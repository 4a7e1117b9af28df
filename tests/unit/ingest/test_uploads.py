import os
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, NotFound, Unavailable
from core.settings import JobSettings
from ingest.front_matter import split_front_matter
from ingest.metadata import known_name, named
from ingest.uploads import KEEP_SECONDS, Uploads
from ingest.written import as_markdown, file_name
from store.catalog import Catalog
from store.job import JobState, Priority
from store.jobs import Jobs


@pytest.fixture
def queue(tmp_path):
    catalog = Catalog.open(tmp_path / "home")
    yield Jobs(catalog, JobSettings())
    catalog.close()


@pytest.fixture
def uploads(tmp_path, queue):
    return Uploads(tmp_path / "uploads", queue.all)


def filed(uploads, queue, name="a.md"):
    """A job with one file, and its folder, old enough to be swept."""
    upload = uploads.begin()
    _, path = upload.file(name)
    path.write_bytes(b"x")
    job = queue.submit(upload.as_job("kb", Priority.BATCH))
    upload.keep()
    upload.close()
    folder = path.parents[name.count("/") + 1]
    os.utime(folder, (time.time() - 100,) * 2)
    return job, folder


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.md", "a.md"),
        ("退款/说明.md", "退款/说明.md"),
        ("a\\b.md", "a/b.md"),
        ("./a//b.md", "a/b.md"),
        (" .md", " .md"),
    ],
)
def test_a_name_is_a_place_below_the_upload(uploads, name, source):
    upload = uploads.begin()
    got, path = upload.file(name)
    path.write_bytes(b"x")
    assert got == source
    assert path.as_posix().endswith(f"/files/{source}")
    upload.close()
    assert not path.exists()


@given(st.text(st.sampled_from("ab./\\:\x00\u202e退 "), min_size=1, max_size=12))
def test_no_name_leads_out_of_the_upload(tmp_path_factory, name):
    upload = Uploads(tmp_path_factory.getbasetemp() / "names", list).begin()
    try:
        _, path = upload.file(name)
    except InvalidInput:
        return
    finally:
        upload.close()
    assert "upload-" in path.resolve().as_posix()
    assert path.resolve() == path


def test_a_home_that_cannot_be_written_is_unavailable(tmp_path, queue):
    (tmp_path / "uploads").write_text("in the way")
    with pytest.raises(Unavailable, match="no upload can be stored"):
        Uploads(tmp_path / "uploads", queue.all).begin()


def test_a_closed_upload_has_no_job(uploads):
    upload = uploads.begin()
    upload.close()
    with pytest.raises(NotFound):
        upload.as_job("kb", Priority.BATCH)


@pytest.mark.parametrize(
    ("state", "ended_ago", "stays"),
    [
        (JobState.QUEUED, None, True),
        (JobState.RUNNING, None, True),
        (JobState.DONE, 0, False),
        (JobState.FAILED, 0, True),
        (JobState.CANCELLED, KEEP_SECONDS - 60, True),
        (JobState.FAILED, KEEP_SECONDS + 60, False),
    ],
)
def test_a_folder_stays_as_long_as_its_job_may_need_it(tmp_path, queue, state, ended_ago, stays):
    job, folder = filed(Uploads(tmp_path / "uploads", queue.all), queue)
    ended = None if ended_ago is None else time.time() - ended_ago
    now = replace(job, state=state, finished_at=ended)
    uploads = Uploads(tmp_path / "uploads", lambda: [now])

    uploads.sweep()

    assert folder.exists() is stays
    assert uploads.lost(now) is not stays


def test_a_job_on_other_folders_has_lost_nothing(uploads, queue, tmp_path):
    job, _ = filed(uploads, queue)
    assert not uploads.lost(replace(job, arguments={"paths": [str(tmp_path / "gone" / "docs")]}))
    assert not uploads.lost(replace(job, kind="evaluate"))


def test_an_upload_that_is_coming_in_is_not_swept_however_long_it_takes(uploads, queue):
    upload = uploads.begin()
    _, path = upload.file("慢.md")
    path.write_bytes(b"half")
    os.utime(path.parents[1], (time.time() - 10_000,) * 2)

    uploads.sweep()

    assert path.exists()
    upload.close()


FIELDS = st.dictionaries(st.sampled_from(["产品", "region", "a b"]), st.text(min_size=1, max_size=40).map(str.strip))


@given(FIELDS, st.sampled_from(["正文\n", "---\n", "# 标题\n\n---\nx", ""]))
def test_what_is_said_of_a_text_is_read_back_and_the_text_stays(fields, text):
    fields = {name: value for name, value in fields.items() if value}
    read, body = split_front_matter(as_markdown(text, fields))
    assert (read, body) == (fields, text)


def test_fields_that_a_text_states_itself_stay_unless_other_ones_are_given():
    text = "---\nregion: EU\nproduct: [Gate, Desktop]\n---\n# Text\n"
    read, body = split_front_matter(as_markdown(text, {"region": "亚洲"}))
    assert (read, body) == ({"region": "亚洲", "product": ["Gate", "Desktop"]}, "# Text\n")
    assert as_markdown(text, {}) == text


@pytest.mark.parametrize(("name", "file"), [("退款", "退款.md"), ("a.MD", "a.MD"), ("a.txt", "a.txt.md")])
def test_a_text_is_markdown(name, file):
    assert file_name(name) == file


@pytest.mark.parametrize("name", ["产品", "Products", "生效日期", "region", "数据 中心", "valid until"])
def test_a_name_is_known_as_ingestion_knows_it(name):
    value = "2026-01-01"
    assert named({name: value}) == {known_name(name): value}
