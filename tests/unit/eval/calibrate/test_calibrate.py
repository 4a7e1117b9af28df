import io
import json

import pytest
from pydantic import TypeAdapter
from rich.console import Console
from test_calibrate_fit import parted

from answer.decision.bars import shipped_bars
from answer.decision.calibration import load_threshold
from answer.decision.calibration_file import Fingerprints, read_bars
from api.shapes.fitting import EvalCalibrate
from core.errors import ModelRefused
from eval.calibrate.bounds import Wanted
from eval.calibrate.calibrate import Provenance, calibrate, print_table, sources_digest, to_json, write_file

FINGERPRINTS = Fingerprints(embedder="e", reranker="r", weights="w", answerer="extractive")


@pytest.fixture(scope="module")
def report():
    """150 English questions, and 40 Chinese ones, which are too few."""
    provenance = Provenance(questions={"q.jsonl": "0f"}, knowledge_base="kb", documents="1f", fingerprints=FINGERPRINTS)
    samples = [*parted(150), *parted(40, "zh")]
    return calibrate(samples, wanted=Wanted(), shipped=shipped_bars(), provenance=provenance)


def test_the_answer_path_reads_what_calibration_writes(report, tmp_path):
    write_file(report, tmp_path / "new" / "calibration.json")
    bars = read_bars(tmp_path / "new" / "calibration.json", FINGERPRINTS)
    english, chinese = report.fits
    assert bars["en"].score == english.bar.value
    assert bars["en"].curve == english.curve.curve
    assert bars["zh"] == shipped_bars()["zh"]
    assert chinese.kept["bar"] == "40 questions; at least 50 are needed"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["calibration.json"]
    with pytest.raises(ModelRefused):
        read_bars(tmp_path / "new" / "calibration.json", Fingerprints(**{**vars_of(FINGERPRINTS), "embedder": "f"}))


def vars_of(fingerprints):
    return {name: getattr(fingerprints, name) for name in fingerprints.__slots__}


def test_the_file_has_its_documented_shape_and_says_where_it_comes_from(report):
    document = to_json(report)
    assert document.keys() == EvalCalibrate.__required_keys__
    TypeAdapter(EvalCalibrate).validate_json(json.dumps(document), strict=True)
    assert document["created_from"] == {"questions": {"q.jsonl": "0f"}, "knowledge_base": "kb", "documents": "1f"}
    assert document["languages"]["en"]["questions"] == 150
    assert document["languages"]["en"]["figures"]["before"]["auroc"]["value"] == 1.0
    assert document["languages"]["zh"]["figures"]["after"] is None


def test_people_see_before_and_after_and_what_was_kept(report):
    console = Console(width=130, file=io.StringIO())
    print_table(report, console)
    shown = console.file.getvalue()
    assert "en: 150 questions, 100 answerable" in shown
    assert "after, cross-validated" in shown
    assert f"bar: {load_threshold('en'):.3f} becomes" in shown
    assert "bar: kept as shipped: 40 questions; at least 50 are needed" in shown


def test_a_digest_of_sources_forgets_their_order_and_nothing_else():
    pairs = [("a.md", "1"), ("b.md", "2")]
    assert sources_digest(pairs) == sources_digest(reversed(pairs))
    assert sources_digest(pairs) != sources_digest([("a.md", "2"), ("b.md", "1")])
