import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.errors import ModelRefused
from inference import weights
from inference.weights import check_finite


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_tensor_with_no_number_is_refused_by_its_name(tmp_path, kind, value):
    spoilt = np.zeros((3, 5), dtype=kind)
    spoilt[2, 4] = value
    save_file({"fine": np.ones(4, dtype=kind), "layer.1.weight": spoilt}, tmp_path / "m.safetensors")
    with pytest.raises(ModelRefused, match=r"m\.safetensors: 'layer\.1\.weight' holds NaN or infinity"):
        check_finite(tmp_path / "m.safetensors")


def test_the_largest_numbers_and_integers_pass(tmp_path):
    tensors = {
        "half": np.array([65_504, -65_504, 6e-8], dtype=np.float16),
        "single": np.array([3.4e38, -3.4e38, 0], dtype=np.float32),
        "integers": np.array([-1, 2**62], dtype=np.int64),
        "empty": np.zeros((0, 4), dtype=np.float32),
    }
    save_file(tensors, tmp_path / "m.safetensors")
    check_finite(tmp_path / "m.safetensors")


def brain_floats(path, *bits):
    """A file with one bfloat16 tensor, which numpy does not know."""
    body = np.array(bits, dtype="<u2").tobytes()
    header = json.dumps({"w": {"dtype": "BF16", "shape": [len(bits)], "data_offsets": [0, len(body)]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + body)
    return path


def test_bfloat16_is_read_by_its_bits(tmp_path):
    # 0x3F80 is 1, 0x7F7F the largest number, 0x7F80 infinity and 0xFFC0 a NaN.
    check_finite(brain_floats(tmp_path / "m.safetensors", 0x3F80, 0x7F7F))
    for bad in (0x7F80, 0xFFC0):
        with pytest.raises(ModelRefused, match="'w' holds NaN"):
            check_finite(brain_floats(tmp_path / "m.safetensors", 0x3F80, bad))


def test_a_spoilt_number_at_the_end_of_a_large_tensor_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_SLAB", 4)
    save_file({"w": np.array([0] * 9 + [np.nan], dtype=np.float32)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelRefused, match="'w'"):
        check_finite(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    "content", [b"", b"\x01", b"\xff" * 16, struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 3) + b"{,}"]
)
def test_a_damaged_file_is_refused_as_such(tmp_path, content):
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(ModelRefused, match=r"m\.safetensors is no safetensors file"):
        check_finite(tmp_path / "m.safetensors")


def test_a_file_cut_short_is_refused(tmp_path):
    save_file({"w": np.ones(100, dtype=np.float32)}, tmp_path / "m.safetensors")
    (tmp_path / "m.safetensors").write_bytes((tmp_path / "m.safetensors").read_bytes()[:-8])
    with pytest.raises(ModelRefused, match="is no safetensors file"):
        check_finite(tmp_path / "m.safetensors")
