"""A figure names what made it."""

import platform
import subprocess
from pathlib import Path

import numpy as np

from eval.runs.provenance import git_commit, peak_memory_bytes, source_digest, versions


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_versions_are_those_that_run() -> None:
    assert versions()["python"] == platform.python_version()
    assert versions()["numpy"] == np.__version__


def test_the_commit_says_when_files_are_changed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_commit(tmp_path) == commit
    (tmp_path / "file").write_text("2")
    assert git_commit(tmp_path) == f"{commit}-dirty"


def test_outside_a_checkout_there_is_no_commit(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None


def test_a_folder_inside_a_foreign_checkout_has_no_commit_of_its_own(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "site-packages").mkdir()
    assert git_commit(tmp_path / "site-packages") is None


def test_a_checkout_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_commit(tmp_path) is None


def test_the_source_digest_follows_code_and_tables_but_no_compiled_file(tmp_path: Path) -> None:
    (tmp_path / "rank" / "__pycache__").mkdir(parents=True)
    (tmp_path / "rank" / "fuse.py").write_text("a = 1")
    (tmp_path / "rank" / "weights.json").write_text("[1]")
    (tmp_path / "alone.py").write_text("b = 2")

    def digest() -> str:
        source_digest.cache_clear()
        return source_digest(("rank", "alone.py"), tmp_path)

    seen = [digest()]
    (tmp_path / "rank" / "__pycache__" / "fuse.pyc").write_bytes(b"\0")
    assert digest() == seen[0]
    for name, text in (("rank/fuse.py", "a = 2"), ("rank/weights.json", "[2]"), ("rank/新.py", ""), ("alone.py", "")):
        (tmp_path / name).write_text(text)
        seen.append(digest())
    (tmp_path / "rank" / "fuse.py").rename(tmp_path / "rank" / "fused.py")
    seen.append(digest())
    assert len(set(seen)) == 6


def test_peak_memory_counts_bytes_and_never_falls() -> None:
    before = peak_memory_bytes()
    assert before is not None
    held = np.ones(60_000_000, dtype=np.uint8)
    after = peak_memory_bytes()
    assert after is not None
    assert held.nbytes == 60_000_000
    assert after >= before > 20_000_000
