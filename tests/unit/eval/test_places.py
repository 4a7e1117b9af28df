"""A place that cannot be written is named, with the reason, before anything is measured for it."""

from pathlib import Path

import pytest

from core.errors import InvalidInput
from eval.places import open_lines, writable_folder, write_text


def test_a_folder_is_made_with_those_above_and_stays_empty(tmp_path: Path) -> None:
    folder = writable_folder(tmp_path / "结果" / "base")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("write", [writable_folder, open_lines, lambda path: write_text(path, "退款")])
def test_a_place_below_a_file_is_refused_by_name(tmp_path: Path, write) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"file/runs/base' cannot be written: Not a directory; choose another place"):
        write(tmp_path / "file" / "runs" / "base")


def test_a_line_is_on_disk_once_it_is_written(tmp_path: Path) -> None:
    with open_lines(tmp_path / "new" / "answers.jsonl") as lines:
        lines.write("退款\n")
        assert (tmp_path / "new" / "answers.jsonl").read_text(encoding="utf-8") == "退款\n"
