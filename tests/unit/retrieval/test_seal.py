import os

import pytest

from retrieval.seal import Seal


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "graph.bin").write_bytes(b"graph " * 100)
    (tmp_path / "表.sqlite3").write_bytes(b"rows")
    Seal(tmp_path).put()
    return tmp_path


def test_a_folder_that_nobody_touched_is_whole(folder):
    assert Seal(folder).is_there
    assert Seal(folder).broken() == []


def test_each_changed_bit_is_told_also_where_size_and_time_are_the_same(folder):
    path = folder / "part" / "graph.bin"
    state, content = path.stat(), path.read_bytes()
    for place in range(0, len(content), 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        assert Seal(folder).broken() == ["part/graph.bin was changed since it was closed"]
    path.write_bytes(content)
    assert Seal(folder).broken() == []


def test_what_is_gone_and_what_came_are_told(folder):
    (folder / "表.sqlite3").rename(folder / "table.sqlite3")
    assert Seal(folder).broken() == ["table.sqlite3 was put there by somebody else", "表.sqlite3 is gone"]


def test_locks_may_come_and_go(folder):
    (folder / ".tantivy-writer.lock").touch()
    (folder / "chroma.sqlite3-shm").write_bytes(b"map")
    assert Seal(folder).broken() == []


def test_without_a_seal_nothing_can_be_told(folder):
    seal = Seal(folder)
    seal.lift()
    (folder / "表.sqlite3").write_bytes(b"other rows")
    assert not seal.is_there
    assert seal.broken() == []


def test_what_was_written_since_the_folder_was_opened_is_in_the_next_seal(folder):
    seal = Seal(folder)
    assert seal.broken() == []
    seal.lift()
    (folder / "表.sqlite3").write_bytes(b"more rows")
    (folder / "new.bin").write_bytes(b"new")
    seal.put()
    assert Seal(folder).broken() == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": 1}'])
def test_a_seal_that_cannot_be_read_is_damage(folder, content):
    (folder / "seal.json").write_text(content)
    assert Seal(folder).broken()
