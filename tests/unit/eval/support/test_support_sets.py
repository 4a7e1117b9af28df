"""Three layouts of labelled claims, in both languages."""

import json
import os
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from eval.support.sets import is_fitted_on, load_support_sets

SETS = Path(os.environ.get("CITEDESK_EVAL_SETS", Path(__file__).parents[5] / "shared" / "data" / "dev"))
COMMITTED = Path(__file__).parents[4] / "data" / "judged" / "support"


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path.parent


def expert(*claims: dict[str, object]) -> dict[str, object]:
    return {"question": "How long?", "answers": {"model": {"answer_string": "…", "claims": list(claims)}}}


def test_expert_claims_lose_their_marks_and_evidence_its_address(tmp_path: Path) -> None:
    claim = {
        "claim_string": "Refunds take ten days [1][2].",
        "evidence": ["[1] https://example.org/refunds\n\nRefunds take ten days."],
        "support": "Complete",
    }
    [pair] = load_support_sets(write(tmp_path / "val.jsonl", expert(claim)))
    assert (pair.claim, pair.evidence) == ("Refunds take ten days.", ("Refunds take ten days.",))
    assert (pair.set, pair.group, pair.supported) == ("expertqa", "How long?", True)
    assert pair.fitted == is_fitted_on("How long?")


@pytest.mark.parametrize(("label", "supported"), [("Complete", True), ("Partial", False), ("Incomplete", False)])
def test_only_complete_support_counts(tmp_path: Path, label: str, supported: bool) -> None:
    claim = {"claim_string": "Ten days.", "evidence": ["Ten days."], "support": label}
    [pair] = load_support_sets(write(tmp_path / "val.jsonl", expert(claim)))
    assert pair.supported is supported


def test_claims_without_evidence_or_label_are_left_out(tmp_path: Path) -> None:
    kept = {"claim_string": "Ten days.", "evidence": ["Ten days."], "support": "Complete"}
    others = [{**kept, "evidence": []}, {**kept, "support": None}, {**kept, "support": "N/A"}]
    assert len(load_support_sets(write(tmp_path / "val.jsonl", expert(kept, *others)))) == 1


def test_a_generic_reply_is_not_supported(tmp_path: Path) -> None:
    reply = {"knowledge": "Refunds take ten days.", "message": "?", "response": "That is great!"}
    labels = ("Fully attributable", "Not fully attributable", "Generic")
    folder = write(tmp_path / "begin_x.jsonl", *({**reply, "begin_label": label} for label in labels))
    assert [(pair.set, pair.supported) for pair in load_support_sets(folder)] == [
        ("begin_x", True),
        ("begin_x", False),
        ("begin_x", False),
    ]


def test_our_own_layout_is_never_fitted_on(tmp_path: Path) -> None:
    row = {"id": "zh-1", "language": "zh", "claim": "十天", "evidence": ["退款需要十天。"], "supported": True}
    folder = write(tmp_path / "own.jsonl", *({**row, "id": f"zh-{number}"} for number in range(20)))
    assert not any(pair.fitted for pair in load_support_sets(folder))


@pytest.mark.parametrize(
    "row", [{"id": "a", "language": "en", "claim": "", "evidence": ["x"], "supported": True}, {"question": "?"}]
)
def test_another_layout_is_refused_with_its_line(tmp_path: Path, row: object) -> None:
    with pytest.raises(InvalidInput, match="line 1"):
        load_support_sets(write(tmp_path / "own.jsonl", row))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no \*.jsonl"):
        load_support_sets(tmp_path)
    with pytest.raises(InvalidInput, match="no claim"):
        load_support_sets(write(tmp_path / "val.jsonl", expert()))


def test_the_committed_set_has_both_languages_and_labels() -> None:
    pairs = load_support_sets(COMMITTED)
    assert {(pair.language, pair.supported) for pair in pairs} == {
        (language, supported) for language in ("en", "zh") for supported in (True, False)
    }
    assert len(pairs) >= 30


@pytest.mark.skipif(not (SETS / "expertqa").is_dir(), reason="the evaluation sets are not here")
def test_the_public_sets_are_halved_by_group() -> None:
    pairs = load_support_sets(SETS / "expertqa")
    assert len(pairs) == 969
    assert sum(pair.supported for pair in pairs) == 715
    assert not {pair.group for pair in pairs if pair.fitted} & {pair.group for pair in pairs if not pair.fitted}


def test_a_complaint_is_about_the_layout_that_the_line_means_to_have(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"line 1: Citedesk.claim: Field required"):
        load_support_sets(write(tmp_path / "own.jsonl", {"id": "1", "language": "zh", "evidence": ["退款需要十天"]}))
    with pytest.raises(InvalidInput, match=r"line 1: ExpertQA.question: Field required"):
        load_support_sets(write(tmp_path / "own.jsonl", {"answers": {}}))
