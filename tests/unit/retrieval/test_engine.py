import pytest

from core.errors import ModelRefused, Unavailable
from inference import choice, export_cache
from retrieval import engine
from retrieval.engine import choose_engine
from retrieval.engine_torch import TorchEngine
from retrieval.model_files import find_model
from retrieval.onnx_encoder import OnnxEncoder
from retrieval.openvino_encoder import OpenVinoEncoder

DIGEST = "0" * 64


@pytest.fixture
def files():
    return find_model("")


@pytest.fixture
def without_cuda(monkeypatch):
    monkeypatch.setattr(engine, "cuda_usable", lambda: False)


@pytest.fixture
def exports(monkeypatch):
    monkeypatch.setattr(export_cache, "exported_model", lambda files, digest, cache, recipe: cache / recipe.files[0])


@pytest.fixture
def fails(monkeypatch):
    def fail(files, digest, cache, recipe):
        raise Unavailable("the disk is full")

    monkeypatch.setattr(export_cache, "exported_model", fail)


def test_a_processor_with_matrix_units_reads_in_bfloat16(files, tmp_path, without_cuda, exports, monkeypatch):
    monkeypatch.setattr(choice, "has_matrix_units", lambda: True)
    chosen = choose_engine(files, DIGEST, engine="auto", cache=tmp_path)
    assert isinstance(chosen, OpenVinoEncoder)
    assert chosen.suffix == "/bf16-1"


def test_another_processor_reads_in_int8(files, tmp_path, without_cuda, exports, monkeypatch):
    monkeypatch.setattr(choice, "has_matrix_units", lambda: False)
    chosen = choose_engine(files, DIGEST, engine="auto", cache=tmp_path)
    assert isinstance(chosen, OnnxEncoder)
    assert chosen.suffix == "/int8-1"


def test_a_gpu_reads_with_torch(files, tmp_path, monkeypatch, exports):
    monkeypatch.setattr(engine, "cuda_usable", lambda: True)
    assert isinstance(choose_engine(files, DIGEST, engine="auto", cache=tmp_path), TorchEngine)


def test_without_a_place_to_keep_an_export_torch_reads(files, without_cuda):
    assert isinstance(choose_engine(files, DIGEST, engine="auto"), TorchEngine)


def test_the_setting_decides_against_int8(files, tmp_path, without_cuda, exports):
    assert isinstance(choose_engine(files, DIGEST, engine="torch", cache=tmp_path), TorchEngine)


def test_torch_takes_the_place_of_a_failed_export_and_the_log_says_why(files, tmp_path, without_cuda, fails, caplog):
    chosen = choose_engine(files, DIGEST, engine="auto", cache=tmp_path)
    assert isinstance(chosen, TorchEngine)
    assert chosen.suffix == ""
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "the disk is full" in caplog.text


def test_nothing_takes_the_place_of_int8_where_the_setting_asks_for_it(files, tmp_path, fails):
    with pytest.raises(Unavailable, match="the disk is full"):
        choose_engine(files, DIGEST, engine="onnx", cache=tmp_path)


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_an_export_without_a_cache_is_refused(files, name):
    with pytest.raises(ModelRefused, match=f"engine '{name}' needs a cache folder"):
        choose_engine(files, DIGEST, engine=name)
