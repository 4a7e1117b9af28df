from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import IngestSettings
from core.types import Outcome
from ingest.files import SourceFile
from ingest.known import attachments_of, gone, is_unchanged, new_state, pipeline_name
from ingest.worker import WORKER
from store.source_state import SourceState

STATE = SourceState(
    source="a.md", content_hash="h", pipeline="p", outcome=Outcome.INGESTED, reason="", parser="x", size=1, mtime_ns=1
)


def test_the_pipeline_changes_with_passages_and_embedder_and_fits_its_column() -> None:
    names = {
        pipeline_name(IngestSettings(), "model-1"),
        pipeline_name(IngestSettings(), "model-2"),
        pipeline_name(IngestSettings(chunk_tokens=100), "model-1"),
        pipeline_name(IngestSettings(overlap_sentences=0), "model-1"),
    }
    assert len(names) == 4
    assert all(len(name) < 200 for name in names)


@pytest.mark.parametrize(
    ("old", "unchanged"),
    [
        (STATE, True),
        (None, False),
        (replace(STATE, content_hash="other"), False),
        (replace(STATE, pipeline="other"), False),
        (replace(STATE, mtime_ns=2), True),
        (replace(STATE, outcome=Outcome.FAILED), True),
        (replace(STATE, outcome=Outcome.FAILED, parser=WORKER), False),
    ],
)
def test_an_old_verdict_holds_for_the_same_bytes_and_pipeline(old: SourceState | None, unchanged: bool) -> None:
    assert is_unchanged(old, STATE) is unchanged


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("12345")
    state = new_state(SourceFile(path=path, source="a.md"), "p", 4)
    assert (state.outcome, state.content_hash, state.size) == (Outcome.TOO_LARGE, "", 5)
    assert "5 bytes are more than ingest.max_file_bytes allows (4)" in state.reason


def test_attachments_go_with_their_message() -> None:
    names = ["m.eml", "m.eml!/a.pdf", "m.eml!/n.eml!/b.md", "m.eml2", "old.eml!/c.md"]
    states = {name: replace(STATE, source=name) for name in names}
    assert [state.source for state in attachments_of("m.eml", states)] == ["m.eml!/a.pdf", "m.eml!/n.eml!/b.md"]
    assert gone(names, {"m.eml"}) == ["m.eml2", "old.eml!/c.md"]
