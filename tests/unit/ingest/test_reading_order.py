from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.reading_order import Placed, in_reading_order

Corners = tuple[float, float, float, float]


def _placed(places: dict[str, Corners]) -> list[Placed[str]]:
    return [Placed(item=name, left=a, top=b, right=c, bottom=d) for name, (a, b, c, d) in places.items()]


def test_columns_under_a_banner_are_read_one_after_the_other() -> None:
    places = {
        "right bottom": (55.0, 60.0, 100.0, 90.0),
        "右上": (55.0, 20.0, 100.0, 50.0),
        "left": (0.0, 22.0, 45.0, 95.0),
        "banner": (0.0, 0.0, 100.0, 10.0),
    }
    assert in_reading_order(_placed(places)) == ["banner", "left", "右上", "right bottom"]


def test_rows_that_a_white_strip_parts_are_read_from_left_to_right() -> None:
    places = {
        "d": (50.0, 30.0, 90.0, 50.0),
        "b": (50.0, 0.0, 90.0, 21.0),
        "c": (0.0, 30.0, 40.0, 50.0),
        "a": (0.0, 1.0, 40.0, 20.0),
    }
    assert in_reading_order(_placed(places)) == ["a", "b", "c", "d"]


def test_what_overlaps_is_read_by_its_corner() -> None:
    places = {"below": (0.0, 5.0, 10.0, 15.0), "above": (2.0, 0.0, 12.0, 10.0)}
    assert in_reading_order(_placed(places)) == ["above", "below"]


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 4), max_size=8), st.randoms())
def test_nothing_is_lost_and_the_order_of_the_file_does_not_matter(corners: list[Corners], random: object) -> None:
    places = {
        str(n): (float(left), float(top), float(left + width), float(top + height))
        for n, (left, top, width, height) in enumerate(dict.fromkeys(corners))
    }
    placed = _placed(places)
    ordered = in_reading_order(placed)
    assert sorted(ordered) == sorted(places)
    random.shuffle(placed)  # type: ignore[attr-defined]  # hypothesis hands in a random.Random
    key = {name: (corner[1], corner[0]) for name, corner in places.items()}
    assert [key[name] for name in in_reading_order(placed)] == [key[name] for name in ordered]
