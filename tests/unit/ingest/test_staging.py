import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.staging import staging_folder, sweep

HOLD = """
import sys, tempfile, time
tempfile.tempdir = sys.argv[1]
from ingest.staging import staging_folder
with staging_folder() as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def age(folder: Path) -> None:
    os.utime(folder, (time.time() - 3_600,) * 2)


def test_the_folder_goes_with_the_run_whatever_it_holds(parent: Path) -> None:
    def fill_and_fail() -> None:
        with staging_folder() as folder:
            (folder / "a").mkdir()
            (folder / "a" / "b.md").write_text("x")
            assert folder.stat().st_mode & 0o777 == 0o700
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill_and_fail()
    assert list(parent.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_a_living_one_is_left_alone(parent: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(parent)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        process.stdout.close()
        age(folder)
        sweep(parent)
        assert folder.exists()
    finally:
        process.kill()
        process.wait()
    sweep(parent)
    assert not folder.exists()


def test_a_young_folder_and_a_link_are_left_alone(parent: Path) -> None:
    young = parent / "citedesk-run-young"
    young.mkdir()
    (parent / "elsewhere").mkdir()
    link = parent / "citedesk-run-link"
    link.symlink_to(parent / "elsewhere")
    os.utime(parent / "elsewhere", (1, 1))
    sweep(parent)
    assert young.exists()
    assert list((parent / "elsewhere").iterdir()) == []
