import os
import sys
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotFound
from ingest.files import find_files, is_below


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


def refused(folder: Path) -> dict[str, tuple[str, str]]:
    return {
        file.source: (file.refusal.outcome.value, file.refusal.reason) if file.refusal else ("", "")
        for file in find_files([folder])
    }


def test_links_are_followed_to_files_inside_the_folder_only_and_the_others_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "secret.txt", "docs/a.md", "docs/sub/b.md")
    docs = tmp_path / "docs"
    (docs / "outside.txt").symlink_to(tmp_path / "secret.txt")
    (docs / "退款.md").symlink_to(docs / "a.md")
    (docs / "chain.md").symlink_to(docs / "outside.txt")
    (docs / "loop").symlink_to(docs, target_is_directory=True)
    (docs / "self.md").symlink_to(docs / "self.md")
    (docs / "dangling.md").symlink_to(docs / "nowhere")
    assert refused(docs) == {
        "a.md": ("", ""),
        "chain.md": ("unsupported", "a link that leads outside the folder"),
        "dangling.md": ("unsupported", "a link to nothing"),
        "loop": ("unsupported", "a link to a folder is not followed"),
        "outside.txt": ("unsupported", "a link that leads outside the folder"),
        "self.md": ("unsupported", "a link to nothing"),
        "sub/b.md": ("", ""),
        "退款.md": ("", ""),
    }


def test_a_folder_given_as_a_link_is_a_folder_of_its_own(tmp_path: Path) -> None:
    touch(tmp_path, "docs/a.md")
    (tmp_path / "docs" / "same.md").symlink_to("a.md")
    (tmp_path / "link").symlink_to(tmp_path / "docs", target_is_directory=True)
    assert refused(tmp_path / "link") == {"a.md": ("", ""), "same.md": ("", "")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert refused(tmp_path) == {"pipe.txt": ("unsupported", "not a regular file")}
    assert refused(tmp_path / "pipe.txt") == refused(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="file names are any bytes on Linux only")
def test_a_name_that_is_no_text_is_escaped_and_refused(tmp_path: Path) -> None:
    for name in (b"bad\xff\xfe.md", "好.md".encode()):
        (tmp_path / os.fsdecode(name)).write_text("x")
    assert refused(tmp_path) == {
        "bad\\xff\\xfe.md": ("failed", "the name is not valid UTF-8; rename the file"),
        "好.md": ("", ""),
    }


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.md", "closed/b.md")
    scan = os.scandir

    def refuse(folder: str) -> object:
        if str(folder).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert refused(tmp_path) == {
        "a.md": ("", ""),
        "closed": ("failed", "the folder cannot be read: Permission denied"),
    }


def test_what_lies_below_a_folder_is_told_by_whole_names() -> None:
    assert is_below("en/a/b.md", ["zh", "en"])
    assert is_below("a.md", ["."])
    assert not is_below("en2/a.md", ["en"])
