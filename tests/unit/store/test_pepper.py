import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import RecordError
from store.pepper import read_pepper


def test_a_pepper_is_made_once_for_its_owner_only(tmp_path):
    first = read_pepper(tmp_path)

    assert len(first) == 32
    assert read_pepper(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "pepper").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["pepper"]


def test_those_who_make_it_at_the_same_time_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read_pepper, [tmp_path] * 40))) == 1


def test_homes_have_peppers_of_their_own(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert read_pepper(tmp_path / "a") != read_pepper(tmp_path / "b")


def test_a_pepper_that_others_may_read_is_refused(tmp_path):
    read_pepper(tmp_path)
    (tmp_path / "pepper").chmod(0o640)
    with pytest.raises(RecordError, match=r"mode 640.*chmod 600"):
        read_pepper(tmp_path)


def test_a_cut_pepper_is_refused(tmp_path):
    read_pepper(tmp_path)
    (tmp_path / "pepper").write_bytes(b"short")
    with pytest.raises(RecordError, match="5 bytes, not 32"):
        read_pepper(tmp_path)
