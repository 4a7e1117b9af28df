import json
import shutil

import numpy as np
import pytest

from core.errors import ModelRefused
from inference.model_files import sha256_of
from retrieval import bilingual
from retrieval.bilingual import bilingual_model
from retrieval.chinese_rows import save_rows
from retrieval.model_files import ENGLISH, find_model

PARENT = find_model(ENGLISH)


@pytest.fixture
def shipped(tmp_path):
    """An addition of two rows with its manifest."""
    folder = tmp_path / "shipped"
    save_rows(np.ones((2, 384), dtype=np.float32), [["我"], ["码", "碼"]], folder)
    files = {name: sha256_of(folder / name) for name in ("rows.safetensors", "vocabulary.tsv")}
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    return folder


def test_the_model_is_put_together_once_and_found_again(shipped, tmp_path, monkeypatch):
    first = bilingual_model(PARENT, tmp_path / "cache", shipped=shipped)
    monkeypatch.setattr(bilingual, "compose", lambda *_: pytest.fail("composed again"))
    assert bilingual_model(PARENT, tmp_path / "cache", shipped=shipped) == first
    assert [each.name for each in (tmp_path / "cache").iterdir()] == [first.folder.name]
    assert first.verified() == first.folder


def test_other_rows_are_another_model(shipped, tmp_path):
    first = bilingual_model(PARENT, tmp_path / "cache", shipped=shipped)
    save_rows(np.zeros((2, 384), dtype=np.float32), [["我"], ["码", "碼"]], shipped)
    manifest = json.loads((shipped / "manifest.json").read_text())
    manifest["files"]["rows.safetensors"] = sha256_of(shipped / "rows.safetensors")
    (shipped / "manifest.json").write_text(json.dumps(manifest))
    second = bilingual_model(PARENT, tmp_path / "cache", shipped=shipped)
    assert second.digest() != first.digest()
    assert second.folder != first.folder


def test_changed_rows_are_refused_with_both_hashes(shipped, tmp_path):
    (shipped / "rows.safetensors").write_bytes(b"changed")
    with pytest.raises(ModelRefused, match=r"rows.safetensors has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}"):
        bilingual_model(PARENT, tmp_path / "cache", shipped=shipped)
    assert not list((tmp_path / "cache").glob("*")) if (tmp_path / "cache").exists() else True


def test_a_composed_model_that_was_damaged_is_refused_and_says_what_to_delete(shipped, tmp_path):
    files = bilingual_model(PARENT, tmp_path / "cache", shipped=shipped)
    (files.folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelRefused, match=f"delete {files.folder}"):
        files.verified()


def test_without_a_folder_the_model_lives_as_long_as_the_process(shipped):
    files = bilingual_model(PARENT, None, shipped=shipped)
    assert files.folder.is_dir()
    assert bilingual_model(PARENT, None, shipped=shipped) == files
    shutil.rmtree(files.folder)


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(shipped, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    files = bilingual_model(PARENT, blocked / "cache", shipped=shipped)
    assert files.folder.is_dir()
    assert "cannot be written" in caplog.text
    shutil.rmtree(files.folder)
