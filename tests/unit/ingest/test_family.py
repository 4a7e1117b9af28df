from pathlib import Path

import pytest

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Outcome, ParsedDocument
from ingest.family import End, Family
from ingest.task import FileTask, Parsed, Reading, Spent

SETTINGS = IngestSettings(archive_members=5, archive_bytes=100)
DOCUMENT = ParsedDocument(title="t", text="退款", blocks=(), parser="test")


@pytest.fixture
def root(tmp_path: Path) -> FileTask:
    return FileTask(path=tmp_path / "a.zip", source="a.zip")


def unpacked(task: FileTask, folder: Path, *names: str, size: int = 1) -> Reading:
    """What reading an archive gives: each member a file in a folder of its own."""
    members = []
    for name in names:
        path = folder / task.source.replace("/", "_") / name / name
        path.parent.mkdir(parents=True)
        path.write_text("x")
        members.append(FileTask(path=path, source=f"{task.source}!/{name}", depth=task.depth + 1))
    parsed = Parsed(source=task.source, content_hash="h", size=1, parser="archive")
    return Reading(parsed=parsed, members=tuple(members), spent=Spent(bytes=size, members=len(names)))


def document(task: FileTask) -> Reading:
    return Reading(parsed=Parsed(source=task.source, content_hash="h", size=1, document=DOCUMENT))


def failed(task: FileTask, outcome: Outcome = Outcome.FAILED) -> Reading:
    error = ParseError("broken", outcome=outcome, parser="test")
    return Reading(parsed=Parsed(source=task.source, content_hash="h", size=1, error=error))


def test_a_file_without_members_is_told_at_once_with_its_end(root: FileTask) -> None:
    family = Family(root, SETTINGS)
    delivery = family.take(family.next(), document(root))
    assert delivery.results == (document(root).parsed,)
    assert delivery.end == End(present=frozenset({"a.zip"}), archives=frozenset(), unread=frozenset())


def test_the_archive_is_told_last_whichever_member_ends_last(root: FileTask, tmp_path: Path) -> None:
    family = Family(root, SETTINGS)
    first = family.take(family.next(), unpacked(root, tmp_path, "1.md", "2.md"))
    assert (first.results, first.end) == ((), None)
    one, two = family.next(), family.next()
    told = family.take(two, document(two))
    assert ([each.source for each in told.results], told.end) == (["a.zip!/2.md"], None)
    assert not two.path.exists()
    last = family.take(one, failed(one))
    assert [each.source for each in last.results] == ["a.zip!/1.md", "a.zip"]
    assert last.results[1].error is None
    assert last.end is not None
    assert last.end.present == {"a.zip", "a.zip!/1.md", "a.zip!/2.md"}
    assert last.end.archives == {"a.zip"}


def test_an_inner_archive_is_read_before_the_next_member(root: FileTask, tmp_path: Path) -> None:
    family = Family(root, SETTINGS)
    family.take(family.next(), unpacked(root, tmp_path, "1.zip", "2.md"))
    inner = family.next()
    family.take(inner, unpacked(inner, tmp_path, "deep.md"))
    assert [task.source for task in family.waiting] == ["a.zip!/1.zip!/deep.md", "a.zip!/2.md"]


@pytest.mark.parametrize(("size", "names"), [(60, ("x.md",)), (1, ("x.md", "y.md"))])
def test_archives_read_side_by_side_cannot_pass_a_limit_together(
    root: FileTask, tmp_path: Path, size: int, names: tuple[str, ...]
) -> None:
    family = Family(root, SETTINGS)
    family.take(family.next(), unpacked(root, tmp_path, "1.zip", "2.zip"))
    one, two = family.next(), family.next()
    family.take(one, unpacked(one, tmp_path, *names, size=size))
    reading = unpacked(two, tmp_path, *names, size=size)
    told = family.take(two, reading)
    assert {each.source for each in told.results} == {f"{two.source}!/{name}" for name in names}
    assert all(each.error and each.error.outcome is Outcome.TOO_LARGE for each in told.results)
    assert not any(member.path.exists() for member in reading.members)
    assert len(family.waiting) == len(names)


def test_an_archive_of_refused_members_says_so_in_their_word(root: FileTask, tmp_path: Path) -> None:
    family = Family(root, SETTINGS)
    family.take(family.next(), unpacked(root, tmp_path, "1.md", "2.md"))
    for _ in range(2):
        task = family.next()
        delivery = family.take(task, failed(task, Outcome.ENCRYPTED))
    error = delivery.results[-1].error
    assert error is not None
    assert (error.outcome, error.reason) == (Outcome.ENCRYPTED, "none of its 2 members gave a document")


def test_a_task_that_is_given_back_is_read_first(root: FileTask, tmp_path: Path) -> None:
    family = Family(root, SETTINGS)
    family.take(family.next(), unpacked(root, tmp_path, "1.md", "2.md"))
    task = family.next()
    assert not family.is_read
    family.give_back(task)
    assert family.next() == task


def test_what_could_not_be_read_to_its_end_says_nothing_of_what_it_lacks() -> None:
    end = End(
        present=frozenset({"a.zip", "a.zip!/b.zip", "a.zip!/c.md"}),
        archives=frozenset({"a.zip"}),
        unread=frozenset({"a.zip!/b.zip"}),
    )
    assert not end.is_gone("a.zip!/c.md")
    assert end.is_gone("a.zip!/d.md")
    assert not end.is_gone("a.zip!/b.zip!/x.md")
    assert end.is_gone("a.zip!/b.zip2")


def test_a_file_that_fails_forgets_no_member_but_an_empty_one_does(root: FileTask) -> None:
    for outcome, is_gone in ((Outcome.FAILED, False), (Outcome.TOO_LARGE, False), (Outcome.EMPTY, True)):
        family = Family(root, SETTINGS)
        end = family.take(family.next(), failed(root, outcome)).end
        assert end is not None
        assert end.is_gone("a.zip!/old.md") is is_gone
