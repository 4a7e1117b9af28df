import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from small_rerankers import KINDS, save_reranker

from core.errors import ModelRefused
from core.settings import RerankSettings
from inference import choice, export_cache
from inference.model_files import ModelFiles
from rerank import pair_engine
from rerank.pair_engine import choose_pair_engine, log_odds
from rerank.pair_export import export, fidelity
from rerank.pair_exported import OnnxPairs, OpenVinoPairs
from rerank.pair_shape import read_pair_shape
from rerank.pair_torch import TorchPairs
from rerank.pair_windows import PairTokenizer
from rerank.recipes import BF16, INT8

PASSAGES = ["reset the router", "退款多久", "pay " * 12, "how do i pay the card", "发票"]
ENGINES = {INT8.name: OnnxPairs, BF16.name: OpenVinoPairs}


@pytest.fixture(scope="module", params=KINDS)
def small(request, tmp_path_factory):
    """A folder, what it says of itself, and windows of both languages."""
    folder = save_reranker(tmp_path_factory.mktemp("model"), request.param)
    shape = read_pair_shape(folder)
    return folder, shape, PairTokenizer(folder, shape).windows("how do i reset 退款", PASSAGES)[0]


@pytest.fixture(scope="module")
def exact(small):
    folder, shape, windows = small
    return TorchPairs(ModelFiles(folder), shape, on_cuda=False, most=8, tokens=4_096).logits(windows)


@pytest.fixture(scope="module", params=[INT8, BF16], ids=["int8", "bf16"])
def exported(request, small, tmp_path_factory):
    folder, shape, windows = small
    out = tmp_path_factory.mktemp("export")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer tells of every shape that it takes for constant
        found = export(folder, out, request.param)
    assert sorted(path.name for path in out.iterdir()) == sorted(request.param.files)
    return ENGINES[request.param.name](out / request.param.files[0], shape), windows, found


def test_an_exported_model_says_nearly_what_torch_says(exported, exact):
    engine, windows, found = exported
    assert engine.logits(windows).shape == (5, 1)
    # Random weights of 16 dimensions suffer more from int8 than trained ones; a wrong mask or type gives less than 0.
    least = 0.7 if isinstance(engine, OnnxPairs) else 0.98
    assert fidelity(engine.logits(windows), exact) > least
    assert found > least


def test_a_pair_has_the_same_bits_whatever_stands_beside_it(exported):
    engine, windows, _ = exported
    together = engine.logits(windows)
    assert np.array_equal(together, np.concatenate([engine.logits([each]) for each in windows]))
    assert np.array_equal(together[::-1], engine.logits(windows[::-1]))


def test_questions_at_once_give_the_scores_of_one(exported):
    engine, windows, _ = exported
    expected = engine.logits(windows)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: engine.logits(windows), range(12)):
            assert np.array_equal(found, expected)


def test_no_windows_give_no_scores(exported):
    assert exported[0].logits([]).shape == (0, 1)


def test_batches_under_a_budget_change_no_score(small, exact):
    folder, shape, windows = small
    narrow = TorchPairs(ModelFiles(folder), shape, on_cuda=False, most=2, tokens=20)
    assert narrow.logits(windows) == pytest.approx(exact, abs=1e-5)


def test_fidelity_is_the_share_of_the_differences_that_is_kept():
    # Expected 0 and 2: variance 1. Errors of .1: mean square .01. A shift of .5 costs .25.
    expected = np.array([[0.0], [2.0]], dtype=np.float32)
    assert fidelity(expected, expected) == 1
    assert fidelity(expected + np.array([[0.1], [-0.1]]), expected) == pytest.approx(0.99)
    assert fidelity(expected + 0.5, expected) == pytest.approx(0.75)


def test_log_odds_are_the_label_or_the_second_less_the_first():
    assert log_odds(np.array([[1.5], [-2]])).tolist() == [1.5, -2]
    assert log_odds(np.array([[1.0, 3.0], [0.5, 0.25]])).tolist() == [2.0, -0.25]


class Chosen:
    """Chooses an engine for a folder by settings; ``exported_model`` only names a file."""

    def __init__(self, folder, cache):
        self.files, self.cache, self.shape = ModelFiles(folder), cache, read_pair_shape(folder)

    def __call__(self, cache=True, **settings):
        chosen = RerankSettings(kind="cross_encoder", model="m", **settings)
        kept = self.cache if cache else None
        return choose_pair_engine(self.files, "0" * 64, self.shape, settings=chosen, cache=kept)


@pytest.fixture
def choose(tmp_path, monkeypatch):
    monkeypatch.setattr(pair_engine, "cuda_usable", lambda: False)
    monkeypatch.setattr(choice, "has_matrix_units", lambda: True)
    monkeypatch.setattr(export_cache, "exported_model", lambda files, digest, cache, recipe: cache / recipe.files[0])
    return Chosen(save_reranker(tmp_path / "model"), tmp_path)


def test_the_processor_decides_between_bfloat16_and_int8(choose, monkeypatch):
    assert choose().suffix == "/pairs-bf16-1"
    monkeypatch.setattr(choice, "has_matrix_units", lambda: False)
    assert choose().suffix == "/pairs-int8-1"
    assert choose(engine="openvino").suffix == "/pairs-bf16-1"


def test_torch_reads_on_a_gpu_by_setting_and_without_a_cache(choose, monkeypatch):
    assert isinstance(choose(engine="torch"), TorchPairs)
    assert isinstance(choose(cache=False), TorchPairs)
    monkeypatch.setattr(pair_engine, "cuda_usable", lambda: True)
    assert isinstance(choose(), TorchPairs)
    assert isinstance(choose(device="cpu"), OpenVinoPairs)
    assert isinstance(choose(engine="onnx"), OnnxPairs)


def test_torch_takes_the_place_of_a_failed_export_with_a_warning_unless_the_setting_forbids_it(
    choose, monkeypatch, caplog
):
    def fail(*_):
        raise ModelRefused("a fidelity of 0.5")

    monkeypatch.setattr(export_cache, "exported_model", fail)
    assert isinstance(choose(), TorchPairs)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "a fidelity of 0.5" in caplog.text
    with pytest.raises(ModelRefused, match=r"a fidelity of 0\.5"):
        choose(engine="onnx")


def test_an_export_without_a_cache_is_refused(choose):
    with pytest.raises(ModelRefused, match="engine 'onnx' needs a cache folder"):
        choose(engine="onnx", cache=False)


@pytest.mark.slow
def test_a_reranker_is_exported_by_a_process_and_then_served_without_torch(tmp_path):
    folder = save_reranker(tmp_path / "model")
    code = (
        "import sys; from pathlib import Path; from core.settings import RerankSettings;"
        "from rerank.cross_encoder import CrossEncoderReranker;"
        "settings = RerankSettings(kind='cross_encoder', model=sys.argv[1], engine='openvino');"
        "CrossEncoderReranker(settings, Path(sys.argv[2])).warm();"
        "print({'torch', 'transformers', 'onnx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
    assert len(list(tmp_path.glob("*-pairs-bf16-1/model.xml"))) == 1
