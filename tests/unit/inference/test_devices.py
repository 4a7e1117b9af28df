from types import SimpleNamespace

import pytest

from inference import devices


@pytest.mark.parametrize(
    ("device", "expected"), [("nvidia0", True), ("nvidia12", True), ("dxg", True), ("nvidiactl", False), ("sda", False)]
)
def test_a_gpu_is_told_by_its_device_file(tmp_path, device, expected):
    (tmp_path / device).touch()
    assert devices._nvidia_device(tmp_path) is expected


@pytest.mark.parametrize(("built", "device"), [(True, True), (True, False), (False, True)])
def test_cuda_needs_both_a_device_and_a_torch_built_for_it(tmp_path, monkeypatch, built, device):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / ("libtorch_cuda.so" if built else "libtorch_cpu.so")).touch()
    monkeypatch.setattr(
        devices.importlib.util, "find_spec", lambda name: SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    )
    monkeypatch.setattr(devices, "_nvidia_device", lambda devices: device)
    assert devices.cuda_usable() is (built and device)


def test_cuda_needs_torch_at_all(monkeypatch):
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: None)
    assert devices.cuda_usable() is False
