"""Hostile files among good ones: each ends in a recorded outcome, nothing leaks, and the good ones answer."""

import io
import random
import tarfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hostile
import pytest
from fakes import FakeEmbedder
from hostile import SECRET, XML_FORMATS

from core.settings import IngestSettings
from core.types import Outcome
from ingest.report import IngestReport
from ingest.run import Ingestion
from ingest.task import FileTask
from ingest.worker import parse_all
from store.catalog import Catalog

GOOD = {
    "good.md": "# Refunds\n\nRefunds take three days.\n",
    "有用.md": "# 退款\n\n退款会在三个工作日内到账。\n",
}
SETTINGS = IngestSettings(
    workers=2,
    parse_seconds=40,
    parse_cpu_seconds=10,
    parse_memory_bytes=1_500_000_000,
    archive_bytes=30_000_000,
    archive_members=100,
    archive_depth=4,
)
ANY = frozenset(Outcome) - {Outcome.UNCHANGED}
LOST = ANY - {Outcome.INGESTED}


@dataclass(frozen=True, slots=True)
class Expected:
    """What may become of a file, and a word of the reason where there is one."""

    outcomes: frozenset[Outcome]
    reason: str = ""


def too_large(reason: str) -> Expected:
    return Expected(frozenset({Outcome.TOO_LARGE}), reason)


def bombs() -> dict[str, tuple[bytes, Expected]]:
    zeros = bytes(20_000_000)
    noise = random.Random(1).randbytes(9_000_000)
    return {
        "ratio.zip": (hostile.zip_of({"zeros.txt": zeros}), too_large("none of its 1 members")),
        "total.zip": (hostile.zip_of({f"{n}.bin": noise for n in range(4)}), too_large("ingest.archive_bytes")),
        "ratio.gz": (zlib.compress(zeros, wbits=31), too_large("ingest.archive_ratio")),
        "deep.zip": (hostile.nested_zip(7, b"# Deep\n"), too_large("none of its 1 members")),
        "wide.zip": (hostile.zip_of({f"{n}.md": b"" for n in range(101)}), too_large("ingest.archive_members")),
        "tree.zip": (_tree(), Expected(ANY)),
        "overlap.zip": (hostile.overlapping_zip(60), Expected(frozenset({Outcome.FAILED}), "overlap")),
        "paths.zip": (hostile.zip_of(dict.fromkeys(_PATHS, b"# Evil\n")), Expected(frozenset({Outcome.UNSUPPORTED}))),
        "paths.tar": (_tar(_PATHS), Expected(frozenset({Outcome.UNSUPPORTED}))),
    }


_PATHS = ("../up.md", "/root.md", "C:\\drive.md", "a/../../b.md", "bad\u202edm.md")


def _tree() -> bytes:
    """16 archives of 16 archives of 16 files: 4,096 in all."""
    content = hostile.zip_of({f"{n}.md": b"# Leaf\n" for n in range(16)})
    for _ in range(2):
        content = hostile.zip_of({f"{n}.zip": content for n in range(16)})
    return content


def _tar(names: tuple[str, ...]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return stream.getvalue()


def entities(secret: Path) -> dict[str, tuple[bytes, Expected]]:
    found = {}
    for suffix, make in XML_FORMATS.items():
        found[f"bomb.{suffix}"] = (make("&lol9; end", hostile.entity_bomb()), Expected(ANY))
        for name, address in {"file": secret.as_uri(), "net": "http://127.0.0.1:9/x"}.items():
            found[f"{name}.{suffix}"] = (make("a &secret; b", hostile.external_entity(address)), Expected(ANY))
    return found


def depths() -> dict[str, tuple[bytes, Expected]]:
    levels = 20_000
    return {
        "deep.html": ("<div>" * levels + "words" + "</div>" * levels, Expected(ANY)),
        "deep.json": ("[" * levels + "1" + "]" * levels, Expected(ANY)),
        "deep.xml": ('<?xml version="1.0"?>' + "<a>" * levels + "words" + "</a>" * levels, Expected(ANY)),
        "deep.md": ("> " * levels + "words", Expected(ANY)),
        "brackets.md": ("[" * levels + "x" + "]" * levels, Expected(ANY)),
        "deep.rtf": ("{\\rtf1 " + "{" * levels + "words" + "}" * levels + "}", Expected(ANY)),
        "columns.csv": ("," * 999_999 + "x\n" + "," * 999_999 + "y\n", Expected(ANY)),
    }


def cut_off() -> dict[str, tuple[bytes, Expected]]:
    """Each format, cut at a third and shortly before its end."""
    text = "Refunds take three days. " * 40
    whole = {suffix: make(text) for suffix, make in XML_FORMATS.items()} | {
        "pdf": hostile.pdf(3),
        "zip": hostile.zip_of({"a.md": text}),
        "tar": _tar(("a.md",)),
        "gz": zlib.compress(text.encode(), wbits=31),
        "rtf": ("{\\rtf1\\ansi " + text + "}").encode(),
        "html": f"<html><body><p>{text}</p></body></html>".encode(),
        "json": ('{"question": "q", "answer": "' + text + '"}').encode(),
        "eml": b"From: a@b.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        + text.encode()
        + b"\n--b--",
    }
    return {
        f"cut{share}.{suffix}": (content[: len(content) * share // 100], Expected(ANY))
        for suffix, content in whole.items()
        for share in (33, 97)
    }


def noise() -> dict[str, tuple[bytes, Expected]]:
    draw = random.Random(2)
    return {
        f"noise.{suffix}": (magic + draw.randbytes(20_000), Expected(ANY if suffix == "rtf" else LOST))
        for suffix, magic in hostile.MAGICS.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run over all of it."""

    report: IngestReport
    again: IngestReport
    outcomes: dict[str, tuple[Outcome, str, str]]
    texts: dict[str, str]
    expected: dict[str, Expected]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder, home = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("home")
    secret = home / "secret.key"
    secret.write_text(SECRET)
    files = bombs() | entities(secret) | depths() | cut_off() | noise()
    files["pages.pdf"] = (hostile.pdf(900), Expected(frozenset({Outcome.INGESTED})))
    for name, content in GOOD.items():
        files[name] = (content.encode(), Expected(frozenset({Outcome.INGESTED})))
    for name, (content, _) in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "line\nbreak.md").write_text("# Odd name\n\nWords.\n")
    (folder / "right\u202edm.left").write_text("# Odd name\n\nWords.\n")
    (folder / "loop").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    catalog = Catalog.open(home)
    try:
        ingestion = Ingestion(catalog, FakeEmbedder(), SETTINGS)
        report = ingestion.run([folder], "kb")
        states = catalog.source_states("kb").values()
        yield Run(
            report=report,
            again=ingestion.run([folder], "kb"),
            outcomes={state.source: (state.outcome, state.reason, state.parser) for state in states},
            texts={source: catalog.document(each).text for source, each in catalog.document_ids("kb").items()},
            expected={name: expected for name, (_, expected) in files.items()},
        )
    finally:
        catalog.close()


def test_every_file_ends_in_an_outcome_that_says_why(run: Run) -> None:
    for name, expected in run.expected.items():
        outcome, reason, parser = run.outcomes[name]
        assert outcome in expected.outcomes, (name, outcome, reason)
        assert expected.reason in reason, (name, reason)
        assert parser, (name, outcome, reason)
        assert reason or outcome is Outcome.INGESTED, name
    assert run.report.files == len(run.expected) + 4 == sum(run.report.outcomes.values())


def test_the_good_files_are_ingested(run: Run) -> None:
    assert run.texts["good.md"] == "Refunds\n\nRefunds take three days."
    assert run.texts["有用.md"] == "退款\n\n退款会在三个工作日内到账。"
    assert "The code of page 900 is amber amber jade." in run.texts["pages.pdf"]


def test_no_entity_reads_a_file_and_none_unfolds(run: Run) -> None:
    assert len(run.texts) > 10
    for source, text in run.texts.items():
        assert SECRET not in text, source
        assert text.count("lol ") < 1_000, source


def test_members_that_lead_elsewhere_are_told_escaped(run: Run) -> None:
    told = {source for source in run.outcomes if source.startswith("paths.zip!/")}
    assert told == {
        f"paths.zip!/{name}" for name in ("../up.md", "/root.md", "C:/drive.md", "a/../../b.md", "bad\\u202edm.md")
    }
    assert not any("up.md" in path.name for path in Path(__file__).parents[1].rglob("*.md"))


def test_archives_in_archives_stop_at_their_limits(run: Run) -> None:
    leaves = [source for source in run.texts if source.startswith("tree.zip")]
    refused = [
        each
        for source, each in run.outcomes.items()
        if source.startswith("tree.zip!/") and each[0] is Outcome.TOO_LARGE
    ]
    assert len(leaves) <= SETTINGS.archive_members
    assert refused
    assert all("ingest.archive_members" in reason or "none of its" in reason for _, reason, _ in refused)


def test_odd_names_and_loops_stop_nothing(run: Run) -> None:
    problems = {problem.path: problem.reason for problem in run.report.problems}
    assert problems["loop"] == "a link to a folder is not followed"
    assert "self" in problems
    assert not any("\n" in path or "\u202e" in path for path in problems)


def test_a_second_run_says_the_same_and_reads_nothing_again_but_what_was_lost(run: Run) -> None:
    assert run.again.passages == 0
    assert {problem.path for problem in run.again.problems} == {problem.path for problem in run.report.problems}


@pytest.mark.parametrize("content", [b"x" * 50_000_000, "退款".encode() * 8_000_000], ids=["latin", "chinese"])
def test_a_line_of_fifty_million_bytes_ends_within_its_limit(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "line.txt").write_bytes(content)
    (tmp_path / "good.md").write_text(GOOD["good.md"])
    began = time.monotonic()
    tasks = [FileTask(path=path, source=path.name) for path in sorted(tmp_path.iterdir())]
    results = {result.source: result for delivery in parse_all(tasks, SETTINGS) for result in delivery.results}
    assert results["good.md"].document is not None
    assert results["line.txt"].document is not None or "ingest." in results["line.txt"].error.reason
    assert time.monotonic() - began < SETTINGS.parse_seconds + 8
