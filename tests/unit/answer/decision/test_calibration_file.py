import json
import logging
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from answer.decision.bars import IsotonicCurve, LogisticCurve, shipped_bars
from answer.decision.calibration_file import (
    Fingerprints,
    bars_of_home,
    read_bars,
    reranker_fingerprint,
    running_fingerprints,
)
from core.errors import ModelRefused
from core.settings import AnswerSettings, ModelSettings, RerankSettings, Settings

RUNNING = Fingerprints(embedder="e-1", reranker="r-1", weights="w-1", answerer="extractive")
ENGLISH = {
    "bar": 0.7,
    "support": 0.8,
    "curve": {"kind": "isotonic", "scores": [0.1, 0.9], "probabilities": [0.2, 0.95]},
    "figures": {"before": None},
}


def write(path: Path, **changes: object) -> Path:
    document = {
        "schema_version": 1,
        "citedesk": "0.1.0",
        "fingerprints": asdict(RUNNING),
        "languages": {"en": ENGLISH},
        **changes,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_language_of_the_file_has_its_own_bars_and_the_other_keeps_the_shipped_ones(tmp_path):
    bars = read_bars(write(tmp_path / "c.json"), RUNNING)
    assert (bars["en"].score, bars["en"].support) == (0.7, 0.8)
    assert bars["en"].curve == IsotonicCurve(scores=(0.1, 0.9), probabilities=(0.2, 0.95))
    assert bars["zh"] == shipped_bars()["zh"]


def test_what_is_null_keeps_what_is_shipped(tmp_path):
    curve = {"kind": "logistic", "slope": 2.0, "intercept": -1.0}
    path = write(tmp_path / "c.json", languages={"zh": {"bar": None, "support": None, "curve": curve}})
    expected = replace(shipped_bars()["zh"], curve=LogisticCurve(slope=2.0, intercept=-1.0))
    assert read_bars(path, RUNNING)["zh"] == expected


@pytest.mark.parametrize("part", ["embedder", "reranker", "weights", "answerer"])
def test_a_file_of_other_models_is_refused_with_both_names(tmp_path, part):
    with pytest.raises(ModelRefused, match=rf"{part} '\w-?\w*', now 'other'\); run citedesk eval calibrate again"):
        read_bars(write(tmp_path / "c.json"), replace(RUNNING, **{part: "other"}))


def test_who_drafts_does_not_matter_where_no_support_bar_was_fitted(tmp_path):
    path = write(tmp_path / "c.json", languages={"en": {"bar": 0.7}})
    assert read_bars(path, replace(RUNNING, answerer="other"))["en"].score == 0.7


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema_version": 2}, "has schema_version 2, this release reads 1"),
        ({"languages": {"en": {"bar": 1.5}}}, "is no calibration: languages.en.bar"),
        ({"languages": {"fr": {"bar": 0.5}}}, "is no calibration: languages.fr"),
        ({"languages": {"en": {"curve": {"kind": "logistic", "slope": -1, "intercept": 0}}}}, "must not fall"),
        ({"fingerprints": {"embedder": "e-1"}}, "fingerprints.reranker"),
    ],
)
def test_a_malformed_file_is_refused_by_name_and_field(tmp_path, changes, said):
    with pytest.raises(ModelRefused, match=said):
        read_bars(write(tmp_path / "c.json", **changes), RUNNING)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(tmp_path, content):
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(ModelRefused, match=r"c\.json"):
        read_bars(tmp_path / "c.json", RUNNING)


def test_a_home_without_a_file_has_the_shipped_bars(tmp_path):
    assert bars_of_home(Settings(home=tmp_path), RUNNING) == shipped_bars()


def test_the_file_of_a_home_is_in_force(tmp_path):
    write(tmp_path / "calibration.json")
    assert bars_of_home(Settings(home=tmp_path), RUNNING)["en"].score == 0.7


def test_a_file_of_a_home_that_does_not_fit_is_ignored_and_said(tmp_path, caplog):
    write(tmp_path / "calibration.json")
    with caplog.at_level(logging.ERROR):
        bars = bars_of_home(Settings(home=tmp_path), replace(RUNNING, embedder="e-2"))
    assert bars == shipped_bars()
    assert "embedder 'e-1', now 'e-2'" in caplog.text
    assert "it is ignored" in caplog.text


def test_a_named_file_that_does_not_fit_is_refused(tmp_path):
    path = write(tmp_path / "named.json")
    write(tmp_path / "calibration.json", languages={})
    settings = Settings(home=tmp_path, answer=AnswerSettings(calibration=path))
    assert bars_of_home(settings, RUNNING)["en"].score == 0.7
    with pytest.raises(ModelRefused, match=r"named\.json was fitted with other models"):
        bars_of_home(settings, replace(RUNNING, weights="w-2"))
    path.unlink()
    with pytest.raises(ModelRefused, match="cannot be read"):
        bars_of_home(settings, RUNNING)


def test_fingerprints_tell_rerankers_and_answer_models_apart():
    kinds = [
        RerankSettings(),
        RerankSettings(kind="identity"),
        RerankSettings(kind="cross_encoder", model="a"),
        RerankSettings(kind="cross_encoder", model="b"),
        RerankSettings(kind="cascade", model="b"),
        RerankSettings(kind="cascade", model="b", reach=0.5),
    ]
    assert len({reranker_fingerprint(kind) for kind in kinds}) == len(kinds)
    model = Settings(llm=ModelSettings(base_url="http://127.0.0.1:1/v1", model="m"))
    assert running_fingerprints("e", Settings()).answerer == "extractive"
    assert running_fingerprints("e", model).answerer == "m"
