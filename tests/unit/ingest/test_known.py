from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Outcome
from ingest.files import SourceFile, find_files
from ingest.known import attachments, cut_name, gone, has_same_stamp, new_state, restamped, still_holds
from ingest.task import WORKER
from store.source_state import SourceState

SECOND = 1_000_000_000
STATE = SourceState(
    source="a.md",
    content_hash="h",
    pipeline="p",
    outcome=Outcome.INGESTED,
    reason="",
    parser="x",
    size=1,
    mtime_ns=100 * SECOND,
    root="/docs",
    ctime_ns=101 * SECOND,
    inode=7,
    checked_ns=105 * SECOND,
)
LOST = replace(STATE, outcome=Outcome.FAILED, parser=WORKER)


def test_the_name_of_a_cut_changes_with_passages_and_counter_and_fits_its_column() -> None:
    names = {
        cut_name(IngestSettings(), "model-1"),
        cut_name(IngestSettings(), "model-2"),
        cut_name(IngestSettings(chunk_tokens=100), "model-1"),
        cut_name(IngestSettings(overlap_sentences=0), "model-1"),
    }
    assert len(names) == 4
    assert all(len(name) < 200 for name in names)


@pytest.mark.parametrize(
    ("old", "holds"),
    [
        (STATE, True),
        (replace(STATE, content_hash=""), False),
        (replace(STATE, pipeline="other"), False),
        (replace(STATE, outcome=Outcome.FAILED), True),
        (LOST, False),
    ],
)
def test_an_old_verdict_holds_for_the_same_pipeline_unless_a_process_was_lost(old: SourceState, holds: bool) -> None:
    assert still_holds(old, "p") is holds


def test_a_message_is_read_again_when_one_of_its_attachments_was_lost() -> None:
    assert still_holds(STATE, "p", [STATE])
    assert not still_holds(STATE, "p", [STATE, LOST])


@pytest.mark.parametrize(
    "other", [{"size": 2}, {"mtime_ns": 1}, {"ctime_ns": 1}, {"inode": 8}, {"root": "/other"}], ids=str
)
def test_the_system_vouches_for_a_file_that_nothing_moved_since(other: dict[str, object]) -> None:
    assert has_same_stamp(STATE, replace(STATE, checked_ns=0))
    assert not has_same_stamp(STATE, replace(STATE, **other))


@pytest.mark.parametrize(("checked", "vouched"), [(103, False), (104, False), (104.5, True)])
def test_a_file_that_was_written_just_before_it_was_compared_is_compared_again(checked: float, vouched: bool) -> None:
    """The last change was at 101 s and clocks of file systems are trusted to 3 s."""
    old = replace(STATE, checked_ns=int(checked * SECOND))
    assert has_same_stamp(old, STATE) is vouched


def test_a_file_that_was_never_compared_is_not_vouched_for() -> None:
    assert not has_same_stamp(replace(STATE, checked_ns=0), STATE)


def test_a_state_tells_what_the_system_says_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "退款.md").write_text("三天")
    (file,) = find_files([tmp_path])
    stat = (tmp_path / "退款.md").stat()
    state = new_state(file, "p", 9)
    assert (state.source, state.size, state.content_hash) == ("退款.md", 6, "")
    assert (state.mtime_ns, state.ctime_ns, state.checked_ns) == (stat.st_mtime_ns, stat.st_ctime_ns, 9)
    assert state.root == str(tmp_path.resolve())
    kept = restamped(STATE, state)
    assert (kept.content_hash, kept.outcome, kept.inode) == ("h", Outcome.INGESTED, stat.st_ino)
    assert kept.checked_ns == 9


def test_a_refused_file_has_no_state(tmp_path: Path) -> None:
    refused = SourceFile(path=tmp_path, source="link", refusal=ParseError("a link to nothing"))
    with pytest.raises(ValueError, match="a link to nothing"):
        new_state(refused, "p", 0)


def states(*names: str) -> dict[str, SourceState]:
    return {name: replace(STATE, source=name) for name in names}


def test_attachments_go_with_their_message() -> None:
    known = states("m.eml", "m.eml!/a.pdf", "m.eml!/n.eml!/b.md", "m.eml2", "old.eml!/c.md")
    attached = {source: [state.source for state in found] for source, found in attachments(known, ["m.eml"]).items()}
    assert attached == {"m.eml": ["m.eml!/a.pdf", "m.eml!/n.eml!/b.md"]}
    assert gone(known, {"m.eml"}) == ["m.eml2", "old.eml!/c.md"]


def test_a_folder_whose_name_ends_with_the_mark_holds_files_of_its_own() -> None:
    known = states("Yahoo!/a.md", "Yahoo!/m.eml", "Yahoo!/m.eml!/退款.pdf")
    files = ["Yahoo!/a.md", "Yahoo!/m.eml"]
    assert [state.source for state in attachments(known, files)["Yahoo!/m.eml"]] == ["Yahoo!/m.eml!/退款.pdf"]
    assert gone(known, files) == []
    assert gone(known, ["Yahoo!/a.md"]) == ["Yahoo!/m.eml", "Yahoo!/m.eml!/退款.pdf"]
