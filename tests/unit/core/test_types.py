import pickle

import pytest

from core.errors import ParseError
from core.types import Block, BlockKind, Claim, Outcome, ParsedDocument, Span


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_a_span_runs_forward_from_zero(start, end):
    with pytest.raises(ValueError, match=f"start={start}, end={end}"):
        Span(start, end)


def test_overlap_counts_shared_characters():
    assert Span(0, 5).overlap(Span(3, 9)) == 2
    assert Span(0, 3).overlap(Span(3, 9)) == 0


def test_a_block_past_the_end_of_its_text_is_refused():
    with pytest.raises(ValueError, match="ends at 9, past the text's 4 characters"):
        ParsedDocument(title="t", text="four", blocks=(Block(kind=BlockKind.PARAGRAPH, span=Span(0, 9)),), parser="p")


def test_a_claim_without_a_citation_cannot_be_made():
    with pytest.raises(ValueError, match="at least one citation"):
        Claim(text="It is so.", citations=(), support=1.0)


def test_a_parse_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(ParseError("locked", outcome=Outcome.ENCRYPTED, parser="p 1")))
    assert (error.reason, error.outcome, error.parser) == ("locked", Outcome.ENCRYPTED, "p 1")
