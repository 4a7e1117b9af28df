import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DependencyError
from core.ports import IndexEntry
from retrieval.tantivy_files import damaged_files, passages_in
from retrieval.tantivy_index import TantivyStore

NO_VECTOR = np.zeros(0, dtype=np.float32)


def entries(*numbers: int) -> list[IndexEntry]:
    return [IndexEntry(chunk_id=f"c{n}", text=f"refund {n} 退款第{n}条", vector=NO_VECTOR) for n in numbers]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An index of four passages, one of them deleted, as a killed process leaves it."""
    folder = tmp_path_factory.mktemp("tantivy")
    index = TantivyStore(folder).create("pages")
    index.apply(entries(0, 1, 2, 3), ())
    index.apply((), ["c1"])
    index.close()
    (folder / "pages" / "seal.json").unlink()
    return folder


def test_the_files_that_tantivy_wrote_are_as_it_wrote_them(folder):
    assert damaged_files(folder / "pages") == []
    assert passages_in(folder / "pages") == (3, 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_in_any_file_of_a_segment_is_told_unless_it_is_in_the_version_of_its_footer(
    folder, which, place, bit
):
    kinds = sorted(path for path in (folder / "pages").iterdir() if path.suffix not in ("", ".lock", ".json"))
    path = kinds[which % len(kinds)]
    content = path.read_bytes()
    at = int(place * len(content))
    path.write_bytes(content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :])
    try:
        wrong = damaged_files(folder / "pages")
        assert [each.split(":")[0] for each in wrong] == [path.name] or content.rindex(b'{"version"') <= at
        if wrong:
            with pytest.raises(DependencyError, match=path.name):
                TantivyStore(folder).open("pages")
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"short", b"{", bytes(100)])
def test_a_file_that_was_cut_off_is_told(folder, content):
    (path,) = (folder / "pages").glob("*.term")
    before = path.read_bytes()
    path.write_bytes(content)
    wrong = damaged_files(folder / "pages")
    path.write_bytes(before)
    assert len(wrong) == 1
    assert wrong[0].startswith(path.name)


def test_an_index_is_worn_when_a_third_of_what_it_holds_is_deleted(tmp_path):
    index = TantivyStore(tmp_path).create("pages")
    index.apply(entries(*range(6)), ())
    index.apply((), ["c0", "c1"])
    assert not index.is_worn  # 2 of 6
    index.apply((), ["c2"])
    assert index.is_worn
    index.close()
