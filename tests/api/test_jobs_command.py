"""Jobs on the command line: here, detached, interrupted, and done by a service; real parsers, models and indexes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import run, run_json
from home import write_documents

from answer.workplace import WorkingDesk, Workplace
from api.shapes import content, jobs
from core.settings import load_settings

pytestmark = pytest.mark.usefixtures("no_settings_from_outside")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def documents(tmp_path):
    return write_documents(tmp_path / "documents")


def test_an_ingestion_here_is_a_job_that_is_listed(home, documents):
    report = run_json(home, "ingest", str(documents), "--kb", "客服", shape=content.Ingest)
    assert (report["job"], report["state"], report["formats"]) == (1, "done", {"md": {"ingested": 2}})
    (job,) = run_json(home, "jobs", "list", shape=jobs.Jobs)["jobs"]
    assert (job["id"], job["kb"], job["state"], job["priority"], job["attempts"]) == (
        1,
        "客服",
        "done",
        "interactive",
        1,
    )
    assert job["report"]["files"] == 2
    details = run_json(home, "jobs", "show", "1", shape=jobs.JobDetails)
    assert [file["path"] for file in details["files"]] == ["refunds.md", "发票.md"]
    assert "1  done       客服: ingest" in run(home, "jobs", "list").stdout


def test_a_detached_job_is_done_by_a_worker_and_can_be_asked_about_at_once(home, documents):
    queued = run_json(home, "ingest", str(documents), "--detach", shape=jobs.Queued)
    assert queued == {"job": 1, "state": "queued"}
    assert run_json(home, "ingest", str(documents), "--detach", shape=jobs.Queued)["job"] == 1
    ran = run_json(home, "jobs", "work", shape=jobs.Jobs)["jobs"]
    assert [(job["id"], job["state"], job["priority"]) for job in ran] == [(1, "done", "batch")]
    hits = json.loads(run(home, "search", "纸质专票 快递费", "--json").stdout)["hits"]
    assert hits[0]["source"] == "发票.md"


def test_a_queued_job_is_cancelled_and_tried_again(home, documents):
    run(home, "ingest", str(documents), "--detach")
    assert run_json(home, "jobs", "cancel", "1", shape=jobs.Job)["state"] == "cancelled"
    assert run_json(home, "jobs", "work", shape=jobs.Jobs)["jobs"] == []
    assert run_json(home, "jobs", "retry", "1", shape=jobs.Job)["state"] == "queued"
    assert len(run_json(home, "jobs", "work", shape=jobs.Jobs)["jobs"]) == 1


def test_failed_jobs_are_listed_with_the_reason_and_tried_again_by_one_command(home, tmp_path):
    from core.settings import RecordSettings
    from store.catalog import Catalog
    from store.job import JobProgress, NewJob, Priority
    from store.jobs import Jobs
    from store.leases import Leases, Standing

    catalog, settings = Catalog.open(home, RecordSettings()), load_settings(home).jobs
    queue, leases = Jobs(catalog, settings), Leases(catalog, settings)
    for paths in ([str(tmp_path / "文档")], [str(home / "uploads" / "upload-gone" / "files")]):
        queue.submit(NewJob(kb="kb", kind="ingest", arguments={"paths": paths}, priority=Priority.BATCH))
        job = leases.claim("test")
        leases.fail(job, Standing(progress=JobProgress()), "磁盘已满", retryable=False)
    catalog.close()

    assert [job["error"] for job in run_json(home, "jobs", "list", "--failed", shape=jobs.Jobs)["jobs"]] == [
        "磁盘已满"
    ] * 2
    assert run(home, "jobs", "list", "--failed").stdout.count(": 磁盘已满") == 2
    assert run(home, "jobs", "retry").exit_code == run(home, "jobs", "retry", "1", "--failed").exit_code == 2
    assert "upload them again" in run(home, "jobs", "retry", "2").stderr

    again = run_json(home, "jobs", "retry", "--failed", shape=jobs.Jobs)["jobs"]

    assert [(job["id"], job["state"]) for job in again] == [(1, "queued")]
    assert [job["id"] for job in run_json(home, "jobs", "list", "--failed", shape=jobs.Jobs)["jobs"]] == [2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("jobs", "show", "7"), "no job 7; `citedesk jobs list` shows all"),
        (("jobs", "cancel", "7"), "no job 7"),
        (("ingest", "nowhere", "--detach"), "no file or folder"),
        (("ingest", ".", "--detach", "--kb", "!"), "knowledge base name '!'"),
    ],
)
def test_wrong_words_end_with_one_line_and_no_job(home, arguments, said):
    result = run(home, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert run_json(home, "jobs", "list", shape=jobs.Jobs) == {"jobs": []}


def test_a_service_does_what_was_detached(home, documents):
    run(home, "ingest", str(documents), "--detach")
    desk = WorkingDesk(load_settings(home))
    desk.start()
    try:
        queue, end = Workplace(desk).jobs, time.monotonic() + 60
        while not queue.get(1).state.is_final:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert queue.get(1).state.value == "done"
    finally:
        desk.close()


@pytest.mark.slow
def test_ctrl_c_cancels_in_good_order_and_the_same_command_goes_on(home, tmp_path, model_cache):
    documents = tmp_path / "many"
    documents.mkdir()
    for number in range(150):
        (documents / f"退款 {number}.md").write_text(
            f"# 退款 {number}\n\n" + f"套餐 {number} 的退款需要 {number} 天。" * 60
        )
    command = [sys.executable, "-m", "api.cli", "ingest", str(documents), "--home", str(home), "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CITEDESK_INGEST__EMBED_BATCH": "8"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    end = time.monotonic() + 120
    while (
        not (listed := json.loads(run(home, "jobs", "list", "--json").stdout)["jobs"])
        or not listed[0]["progress"]["passages"]
    ):
        assert time.monotonic() < end
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "job 1 was cancelled; what it stored stays" in out
    job = run_json(home, "jobs", "show", "1", shape=jobs.JobDetails)
    stored = len(json.loads(run(home, "documents", "list", "--json").stdout)["documents"])
    assert job["state"] == "cancelled"
    assert 0 < stored == job["report"]["outcomes"]["ingested"] == len(job["files"]) < 150
    report = run_json(home, "ingest", str(documents), shape=content.Ingest)
    assert (report["outcomes"]["ingested"], report["outcomes"]["unchanged"]) == (150 - stored, stored)
