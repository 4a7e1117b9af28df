import json
import threading
import time

import pytest

from core.errors import ModelRefused, Unavailable
from inference import export_cache
from inference.export_cache import exported_model, exports_of
from retrieval.model_files import find_model
from retrieval.recipes import BF16, INT8

MODEL_FILE = "model.onnx"
DIGEST = "53aa51172d142c89" + "0" * 48


class Exporter:
    """Writes a model of a few bytes instead of exporting."""

    def __init__(self):
        self.calls = 0
        self.fidelity = 0.995
        self.error = None

    def __call__(self, folder, out, recipe):
        self.calls += 1
        time.sleep(0.05)
        for name in recipe.files:
            (out / name).write_bytes(b"int8")
        if self.error:
            raise self.error
        return self.fidelity


@pytest.fixture
def exporter(monkeypatch):
    exporter = Exporter()
    monkeypatch.setattr(export_cache, "_run_export", exporter)
    return exporter


@pytest.fixture
def files():
    return find_model("")


def test_a_model_is_exported_once_and_then_found(exporter, files, tmp_path):
    first = exported_model(files, DIGEST, tmp_path, INT8)
    assert first.read_bytes() == b"int8"
    assert first.parent.name == "53aa51172d142c89-int8-1"
    assert exported_model(files, DIGEST, tmp_path, INT8) == first
    assert exporter.calls == 1


def test_the_exports_of_a_model_are_listed_without_damaged_ones_and_those_of_others(exporter, files, tmp_path):
    exported_model(files, DIGEST, tmp_path, INT8)
    damaged = exported_model(files, DIGEST, tmp_path, BF16).parent / "manifest.json"
    assert [(each.recipe, each.fidelity) for each in exports_of(DIGEST, tmp_path)] == [
        ("bf16-1", 0.995),
        ("int8-1", 0.995),
    ]
    damaged.write_text("{")
    assert [each.recipe for each in exports_of(DIGEST, tmp_path)] == ["int8-1"]
    assert not [*exports_of(DIGEST[:16] + "1" * 48, tmp_path)]


def test_the_manifest_says_what_was_made_from_what(exporter, files, tmp_path):
    manifest = json.loads((exported_model(files, DIGEST, tmp_path, INT8).parent / "manifest.json").read_text())
    assert manifest["source"] == DIGEST
    # printf int8 | sha256sum
    assert manifest["model_sha256"] == "cb1525bced78da2c03c42fe15bf15663b584566ef6244ff91d892caa011fec1e"
    assert manifest["fidelity"] == 0.995
    assert set(manifest["versions"]) == {"onnx", "onnxruntime", "torch", "transformers"}


@pytest.mark.parametrize(
    ("damaged", "content"),
    [(MODEL_FILE, b"int9"), ("manifest.json", b"{"), ("manifest.json", b"[]"), ("manifest.json", b'{"source": 1}')],
)
def test_a_damaged_export_is_made_again_with_a_warning(exporter, files, tmp_path, caplog, damaged, content):
    model = exported_model(files, DIGEST, tmp_path, INT8)
    (model.parent / damaged).write_bytes(content)
    assert exported_model(files, DIGEST, tmp_path, INT8).read_bytes() == b"int8"
    assert exporter.calls == 2
    assert "made again" in caplog.text


def test_a_missing_model_file_is_made_again(exporter, files, tmp_path):
    exported_model(files, DIGEST, tmp_path, INT8).unlink()
    assert exported_model(files, DIGEST, tmp_path, INT8).is_file()


def test_the_forms_of_a_model_lie_side_by_side_and_each_of_its_files_is_checked(exporter, files, tmp_path):
    exported_model(files, DIGEST, tmp_path, INT8)
    first = exported_model(files, DIGEST, tmp_path, BF16)
    (first.parent / "model.bin").write_bytes(b"int9")
    assert exported_model(files, DIGEST, tmp_path, BF16) == first
    assert (first.name, exporter.calls) == ("model.xml", 3)


def test_other_weights_with_the_same_first_digits_do_not_share_an_export(exporter, files, tmp_path):
    exported_model(files, DIGEST, tmp_path, INT8)
    exported_model(files, DIGEST[:-1] + "1", tmp_path, INT8)
    assert exporter.calls == 2


def test_a_failed_export_leaves_nothing_and_is_tried_again(exporter, files, tmp_path):
    exporter.error = ModelRefused("no")
    with pytest.raises(ModelRefused, match="no"):
        exported_model(files, DIGEST, tmp_path, INT8)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    exporter.error = None
    assert exported_model(files, DIGEST, tmp_path, INT8).is_file()


def test_what_a_killed_process_left_is_removed(exporter, files, tmp_path):
    left = tmp_path / "53aa51172d142c89-int8-1.building-x"
    left.mkdir()
    (left / MODEL_FILE).write_bytes(b"half")
    exported_model(files, DIGEST, tmp_path, INT8)
    assert not left.exists()


def test_an_unfaithful_model_is_refused_and_not_exported_at_every_start(exporter, files, tmp_path):
    exporter.fidelity = 0.9899
    for _ in range(2):
        with pytest.raises(ModelRefused, match=r"0\.9899 to float32, below 0\.99"):
            exported_model(files, DIGEST, tmp_path, INT8)
    assert exporter.calls == 1


def test_two_at_once_export_once(exporter, files, tmp_path):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(exported_model(files, DIGEST, tmp_path, INT8))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert exporter.calls == 1


def test_a_cache_that_cannot_be_written_is_named(exporter, files, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(Unavailable, match="file/models cannot keep an exported model"):
        exported_model(files, DIGEST, blocked / "models", INT8)


def test_a_lock_that_is_never_freed_is_named(exporter, files, tmp_path, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr(export_cache, "_EXPORT_SECONDS", 0.1)
    with (
        FileLock(tmp_path / "53aa51172d142c89-int8-1.lock"),
        pytest.raises(Unavailable, match="another process has been exporting"),
    ):
        exported_model(files, DIGEST, tmp_path, INT8)


@pytest.mark.slow
def test_an_export_that_fails_says_why(tmp_path):
    with pytest.raises(ModelRefused, match=r"export of .*nowhere ended with 1 and said: .*nowhere"):
        export_cache._run_export(tmp_path / "nowhere", tmp_path, INT8)
