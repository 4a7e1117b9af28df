from hypothesis import given
from hypothesis import strategies as st

from ingest.moves import find_moves


def test_a_file_that_left_and_one_of_the_same_bytes_that_arrived_are_one_document() -> None:
    assert find_moves(
        {"zh/退款.md": "h1", "new.md": "h2"}, {"退款.md": "h1", "old.md": "h3"}, {"退款.md", "old.md"}
    ) == {"退款.md": "zh/退款.md"}


def test_of_equal_files_those_with_the_likeliest_names_are_paired() -> None:
    left = dict.fromkeys(["a/guide.md", "b/notes.md", "c/x.md"], "h")
    arrived = dict.fromkeys(["archive/guide.md", "b/notes-2.md", "c/y.md"], "h")
    assert find_moves(arrived, left, left) == {
        "a/guide.md": "archive/guide.md",
        "b/notes.md": "b/notes-2.md",
        "c/x.md": "c/y.md",
    }


def test_one_of_two_equal_files_that_left_moves_and_the_other_is_gone() -> None:
    left = {"a/one.md": "h", "b/two.md": "h"}
    assert find_moves({"c/two.md": "h"}, left, left) == {"b/two.md": "c/two.md"}


def test_two_files_may_swap_their_names() -> None:
    both = {"a.md": "h2", "b.md": "h1"}
    assert find_moves(both, {"a.md": "h1", "b.md": "h2"}, both) == {"a.md": "b.md", "b.md": "a.md"}


def test_a_row_of_files_may_move_up_by_one_name() -> None:
    left = {"log.1": "h1", "log.2": "h2"}
    assert find_moves({"log.2": "h1", "log.3": "h2"}, left, left) == {"log.1": "log.2", "log.2": "log.3"}


def test_a_file_moved_over_another_is_a_new_version_of_it() -> None:
    left = {"draft.md": "h1", "policy.md": "h2"}
    assert find_moves({"policy.md": "h1"}, left, left) == {}


def test_a_row_that_ends_on_a_name_whose_document_stays_does_not_move() -> None:
    left = {"a.md": "h1", "b.md": "h2", "c.md": "h3"}
    assert find_moves({"b.md": "h1", "c.md": "h2"}, left, left) == {}


def test_thousands_of_equal_files_are_paired_by_name_in_no_time() -> None:
    left = {f"old/{n}.md": "h" for n in range(3_000)}
    arrived = {f"new/{n}.md": "h" for n in range(3_000)}
    assert find_moves(arrived, left, left) == {f"old/{n}.md": f"new/{n}.md" for n in range(3_000)}


names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
hashes = st.sampled_from(["h1", "h2", "h3"])


@given(st.dictionaries(names, hashes), st.dictionaries(names, hashes))
def test_after_the_moves_every_document_has_one_name_and_every_name_one_document(
    left: dict[str, str], arrived: dict[str, str]
) -> None:
    taken = left.keys() | {"f"}
    moves = find_moves(arrived, left, taken)
    assert all(left[old] == arrived[new] for old, new in moves.items())
    assert len(set(moves.values())) == len(moves)
    assert not set(moves.values()) & (taken - moves.keys())
