import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import NotFound
from core.settings import IngestSettings
from core.types import Outcome
from ingest import run as run_module
from ingest import survey as survey_module
from ingest.family import Delivery, Family
from ingest.report import FileResult, IngestReport
from ingest.run import Ingestion
from ingest.task import FileTask, Reading, hash_file, lost
from ingest.watch import Unwatched
from ingest.worker import Read

SETTINGS = IngestSettings(max_file_bytes=5_000)
MAIL = (
    "From: a@b.example\nSubject: Files\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee attached.\n--b\n"
    "Content-Disposition: attachment; filename=prices.csv\n\nPlan,Price\nTeam,12\n--b\n"
    "Content-Disposition: attachment; filename=film.mp3\n\nID3 noise\n--b--\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "en/refunds.md": "# Refunds\n\nRefunds take three days.\n",
        "zh/退款.md": "# 退款\n\n退款会在三个工作日内到账。\n",
        "empty.txt": "",
        "film.mp3": "ID3 noise",
        "large.txt": "x" * 5_001,
        "marks.md": "***\n\n!!!\n",
    }.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "docs"


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Parsing without processes; the sources that were parsed, in order."""
    parsed: list[str] = []

    def parse_all(tasks: Any, settings: IngestSettings, *, read: Read, **_options: Any) -> Iterator[Delivery]:
        for task in tasks:
            parsed.append(task.source)
            family = Family(task, settings)
            while family.waiting:
                each = family.next()
                yield family.take(each, read(each, settings, tmp_path, family.spent))

    monkeypatch.setattr(run_module, "parse_all", parse_all)
    return parsed


@pytest.fixture
def ingest(record: Any, embedder: Any) -> Callable[..., IngestReport]:
    def run(*paths: Path, **options: Any) -> IngestReport:
        return Ingestion(record, embedder, SETTINGS).run(list(paths), "kb", **options)

    return run


def counts(report: IngestReport) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.outcomes.items() if count}


def test_every_file_is_accounted_for(folder: Path, ingest: Any, record: Any) -> None:
    seen: list[FileResult] = []

    class Seen(Unwatched):
        def settled(self, result: FileResult) -> None:
            seen.append(result)

    report = ingest(folder, watch=Seen())
    assert report.files == 6 == sum(report.outcomes.values())
    assert counts(report) == {"ingested": 2, "empty": 2, "unsupported": 1, "too_large": 1}
    assert [(problem.path, problem.outcome.value) for problem in report.problems] == [
        ("empty.txt", "empty"),
        ("film.mp3", "unsupported"),
        ("large.txt", "too_large"),
        ("marks.md", "empty"),
    ]
    assert all(problem.reason for problem in report.problems)
    assert (report.passages, report.embedded, report.removed) == (2, 2, 0)
    assert sorted(result.path for result in seen) == sorted(record.states)
    assert record.documents["zh/退款.md"].language == "zh"


def test_the_json_shape_is_the_contract(folder: Path, ingest: Any) -> None:
    shape = ingest(folder).as_dict()
    assert set(shape) == {
        "files",
        "outcomes",
        "problems",
        "passages",
        "embedded",
        "removed",
        "moved",
        "duplicates",
        "formats",
        "seconds",
    }
    assert set(shape["outcomes"]) == {
        "ingested",
        "unchanged",
        "empty",
        "encrypted",
        "unsupported",
        "too_large",
        "failed",
    }
    assert shape["problems"][0] == {"path": "empty.txt", "outcome": "empty", "reason": "the file has 0 bytes"}


def test_a_second_run_parses_and_embeds_nothing(
    folder: Path, ingest: Any, embedder: Any, parsed_here: list[str]
) -> None:
    first = ingest(folder)
    parsed_here.clear()
    second = ingest(folder)
    assert parsed_here == []
    assert embedder.embedded == first.embedded
    assert counts(second) == {"unchanged": 2, "empty": 2, "unsupported": 1, "too_large": 1}
    assert second.problems == first.problems
    assert (second.passages, second.embedded) == (0, 0)


def test_a_changed_file_embeds_only_its_new_text(folder: Path, ingest: Any, record: Any) -> None:
    ingest(folder)
    (folder / "en/refunds.md").write_text("# Refunds\n\nRefunds take three days.\n\n# Cards\n\nWe take all cards.\n")
    report = ingest(folder)
    assert (counts(report)["ingested"], report.passages, report.embedded) == (1, 1, 1)
    (folder / "en/copy.md").write_text((folder / "en/refunds.md").read_text())
    assert ingest(folder).embedded == 0
    assert record.documents["en/copy.md"].text == record.documents["en/refunds.md"].text


def test_touching_a_file_changes_nothing(folder: Path, ingest: Any, parsed_here: list[str]) -> None:
    ingest(folder)
    parsed_here.clear()
    os.utime(folder / "en/refunds.md", (1, 1))
    ingest(folder)
    assert parsed_here == []


def test_other_parsers_read_everything_again_and_other_settings_nothing(
    folder: Path, ingest: Any, record: Any, embedder: Any, parsed_here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(folder)
    parsed_here.clear()
    embedder.fingerprint = "fake-2"
    Ingestion(record, embedder, IngestSettings(chunk_tokens=50, max_file_bytes=5_000)).run([folder], "kb")
    assert parsed_here == []
    monkeypatch.setattr(run_module, "parser_version", lambda: "parsers of tomorrow")
    ingest(folder)
    assert len(parsed_here) == 5


def test_a_file_whose_date_is_trusted_is_not_opened_unless_asked(
    folder: Path, ingest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def count(path: Path) -> str:
        hashed.append(path.name)
        return hash_file(path)

    monkeypatch.setattr(survey_module, "hash_file", count)
    later = SimpleNamespace(time_ns=lambda: time.time_ns() + 10**10)
    monkeypatch.setattr(survey_module, "time", later)
    ingest(folder)
    hashed.clear()
    assert counts(ingest(folder)) == {"unchanged": 2, "empty": 2, "unsupported": 1, "too_large": 1}
    assert hashed == []
    ingest(folder, checksum=True)
    assert sorted(hashed) == ["empty.txt", "film.mp3", "marks.md", "refunds.md", "退款.md"]


def test_a_file_that_changed_right_after_it_was_read_is_read_again(folder: Path, ingest: Any, record: Any) -> None:
    """Its size and its dates may be the same to the last digit: the clock of the file system stood still."""
    path = folder / "en/refunds.md"
    ingest(folder)
    state = record.states["en/refunds.md"]
    path.write_text("# Refunds\n\nRefunds take seven days.\n")
    stat = path.stat()
    record.states["en/refunds.md"] = replace(
        state, size=stat.st_size, mtime_ns=stat.st_mtime_ns, ctime_ns=stat.st_ctime_ns, inode=stat.st_ino
    )
    assert counts(ingest(folder))["ingested"] == 1
    assert "seven" in record.documents["en/refunds.md"].text


def test_an_archive_is_recorded_after_its_members(folder: Path, ingest: Any, record: Any, embedder: Any) -> None:
    """A run that is cut short while members wait for their vectors has to open the archive again."""
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("退款.md", "# 退款\n\n三天到账。\n")

    def fail(_texts: Any) -> Any:
        raise KeyboardInterrupt

    whole = embedder.embed_passages
    embedder.embed_passages = fail
    with pytest.raises(KeyboardInterrupt):
        ingest(folder / "all.zip")
    assert record.states == {}
    embedder.embed_passages = whole
    assert counts(ingest(folder / "all.zip")) == {"ingested": 1}
    assert set(record.documents) == {"all.zip!/退款.md"}


def test_a_broken_new_version_leaves_the_old_one_live(folder: Path, ingest: Any, record: Any) -> None:
    ingest(folder)
    (folder / "en/refunds.md").write_bytes(b"%PDF-1.4 broken")
    report = ingest(folder)
    assert counts(report)["failed"] == 1
    assert record.documents["en/refunds.md"].text.endswith("Refunds take three days.")
    assert record.states["en/refunds.md"].outcome is Outcome.FAILED


def test_prune_removes_what_is_gone_and_only_when_asked(folder: Path, ingest: Any, record: Any) -> None:
    (folder / "mail.eml").write_text(MAIL)
    ingest(folder)
    (folder / "mail.eml").unlink()
    (folder / "en/refunds.md").unlink()
    assert ingest(folder).removed == 0
    assert ingest(folder / "film.mp3", prune=True).removed == 0
    assert ingest(folder, prune=True).removed == 4
    assert set(record.documents) == {"zh/退款.md"}


@pytest.mark.skipif(sys.platform != "linux", reason="file names are any bytes on Linux only")
def test_neither_a_broken_name_nor_a_link_to_elsewhere_stops_the_run(folder: Path, ingest: Any, record: Any) -> None:
    Path(os.fsdecode(os.fsencode(folder / "bad") + b"\xff\xfe.md")).write_text("# 退款\n\n三天。\n")
    (folder / "pw.txt").symlink_to("/etc/passwd")
    report = ingest(folder)
    assert counts(report) == {"ingested": 2, "empty": 2, "unsupported": 2, "too_large": 1, "failed": 1}
    reasons = {problem.path: problem.reason for problem in report.problems}
    assert reasons["bad\\xff\\xfe.md"] == "the name is not valid UTF-8; rename the file"
    assert reasons["pw.txt"] == "a link that leads outside the folder"
    assert not {"pw.txt", "bad\\xff\\xfe.md"} & set(record.states)


def test_prune_removes_what_became_a_link_to_elsewhere(folder: Path, ingest: Any, record: Any) -> None:
    ingest(folder)
    (folder / "en/refunds.md").rename(folder.parent / "elsewhere.md")
    (folder / "en/refunds.md").symlink_to(folder.parent / "elsewhere.md")
    assert ingest(folder, prune=True).removed == 1
    assert set(record.documents) == {"zh/退款.md"}


def test_prune_keeps_what_lies_in_a_folder_that_cannot_be_read(
    folder: Path, ingest: Any, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(folder)
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("zh"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert ingest(folder, prune=True).removed == 0
    assert "zh/退款.md" in record.documents


def test_attachments_are_documents_of_their_own(folder: Path, ingest: Any, record: Any) -> None:
    (folder / "mail.eml").write_text(MAIL)
    report = ingest(folder / "mail.eml")
    assert (report.files, counts(report)) == (1, {"ingested": 1})
    assert sorted(record.documents) == ["mail.eml", "mail.eml!/prices.csv"]
    assert [problem.path for problem in report.problems] == ["mail.eml!/film.mp3"]
    assert [problem.path for problem in ingest(folder / "mail.eml").problems] == ["mail.eml!/film.mp3"]
    (folder / "mail.eml").write_text("From: a@b.example\nSubject: Files\n\nNothing attached.\n")
    assert ingest(folder / "mail.eml").removed == 2
    assert sorted(record.documents) == ["mail.eml"]


def test_a_lost_process_is_reported_and_tried_again(
    folder: Path, ingest: Any, monkeypatch: pytest.MonkeyPatch, parsed_here: list[str], record: Any
) -> None:
    def lose_all(tasks: Iterable[FileTask], settings: IngestSettings, **_options: Any) -> Iterator[Delivery]:
        for task in tasks:
            family = Family(task, settings)
            yield family.take(family.next(), Reading(parsed=lost(task, "took too long")))

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "parse_all", lose_all)
        report = ingest(folder / "en")
    assert [(problem.outcome, problem.reason) for problem in report.problems] == [(Outcome.FAILED, "took too long")]
    assert record.states["refunds.md"].size > 0
    assert counts(ingest(folder / "en")) == {"ingested": 1}


def test_a_file_that_vanishes_or_is_locked_does_not_stop_the_run(
    folder: Path, ingest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(survey_module, "hash_file", locked)
    report = ingest(folder / "en")
    assert counts(report) == {"failed": 1}
    assert report.problems[0].reason == "the file cannot be read: Permission denied"


def test_a_missing_path_stops_before_anything_is_written(tmp_path: Path, ingest: Any, record: Any) -> None:
    with pytest.raises(NotFound):
        ingest(tmp_path / "gone")
    assert record.kbs == set()


@pytest.mark.parametrize(
    ("files", "expected"), [(["a.md"], 1), (["a.md", "说明.md"], 2), (["a.zip"], 3), (list("abcd"), 3)]
)
def test_few_files_take_few_processes_but_an_archive_may_hold_many(
    tmp_path: Path, record: Any, embedder: Any, monkeypatch: pytest.MonkeyPatch, files: list[str], expected: int
) -> None:
    (tmp_path / "in").mkdir()
    for name in files:
        (tmp_path / "in" / name).write_text(f"Words of {name}.")
        if name.endswith(".zip"):
            with zipfile.ZipFile(tmp_path / "in" / name, "w") as archive:
                archive.writestr("b.md", "Words.")
    seen: list[int] = []

    def note(tasks: Any, settings: IngestSettings, **_options: Any) -> Iterator[Delivery]:
        seen.append(settings.workers)
        yield from ()

    monkeypatch.setattr(run_module, "parse_all", note)
    Ingestion(record, embedder, IngestSettings()).run([tmp_path / "in"], "kb", workers=3)
    assert seen == [expected]
