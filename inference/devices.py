"""What this machine has to compute with, told from files alone: importing torch costs seconds and 300 MB."""

import importlib.util
import os
from pathlib import Path


def cuda_usable() -> bool:
    """Whether the installed torch was built for CUDA and this machine has an NVIDIA device."""
    spec = importlib.util.find_spec("torch")
    places = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    built = any(path for place in places for path in (Path(place) / "lib").glob("*torch_cuda.*"))
    return built and _nvidia_device(Path("/dev"))


def _nvidia_device(devices: Path) -> bool:
    # /dev/dxg is how a GPU appears in a Linux guest on Windows.
    return any(devices.glob("nvidia[0-9]*")) or (devices / "dxg").exists()


def has_matrix_units() -> bool:
    """Whether OpenVINO is installed and this processor multiplies bfloat16 matrices in hardware.

    Without that, int8 on onnxruntime is faster. Told from ``/proc/cpuinfo``; False where there is none.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return " amx_bf16" in flags and importlib.util.find_spec("openvino") is not None


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
