from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from ingest.files import find_files


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_sources_are_relative_to_the_folder_and_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "zh/退款.md", "a.md", ".hidden/b.md", ".git/config", ".DS_Store")
    assert [file.source for file in find_files([tmp_path])] == [".hidden/b.md", "a.md", "zh/退款.md"]
    assert [file.source for file in find_files([tmp_path / "zh" / "退款.md"])] == ["退款.md"]


def test_two_files_may_not_share_a_source_and_one_may_be_named_twice(tmp_path: Path) -> None:
    touch(tmp_path, "one/a.md", "two/a.md")
    with pytest.raises(InvalidInput, match=r"would both be 'a\.md'"):
        find_files([tmp_path / "one", tmp_path / "two"])
    assert len(find_files([tmp_path / "one", tmp_path / "one" / "a.md"])) == 1


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gone"):
        find_files([tmp_path / "gone"])


def test_linked_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "docs/a.md")
    (tmp_path / "docs" / "loop").symlink_to(tmp_path / "docs", target_is_directory=True)
    (tmp_path / "docs" / "dangling.md").symlink_to(tmp_path / "nowhere")
    assert [file.source for file in find_files([tmp_path / "docs"])] == ["a.md"]
