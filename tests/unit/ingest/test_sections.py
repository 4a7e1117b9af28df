from collections.abc import Callable

import pytest

from core.types import BlockKind, Document
from ingest.sections import sections

H, P = BlockKind.HEADING, BlockKind.PARAGRAPH


def test_paths_follow_the_levels_of_the_headings(document_of: Callable[..., Document]) -> None:
    document = document_of(
        [
            (P, "intro", 0),
            (H, "A", 1),
            (P, "a", 0),
            (H, "A.1", 3),
            (P, "a1", 0),
            (H, "A.2", 2),
            (H, "B", 1),
            (P, "b", 0),
        ]
    )
    found = [(section.path, len(section.blocks), section.leaf) for section in sections(document)]
    assert found == [
        ((), 1, True),
        (("A",), 1, False),
        (("A", "A.1"), 1, True),
        (("A", "A.2"), 0, True),
        (("B",), 1, True),
    ]


def test_only_sections_of_one_level_below_one_heading_are_siblings(document_of: Callable[..., Document]) -> None:
    found = sections(document_of([(H, "A", 1), (H, "x", 2), (H, "y", 2), (H, "B", 1), (H, "z", 2)]))
    _a, x, y, _b, z = found
    assert x.is_sibling_of(y)
    assert not y.is_sibling_of(z)


@pytest.mark.parametrize(
    ("heading", "asks"),
    [
        ("How long?", True),
        ("多久到账？", True),
        ("如何退款", True),
        ("可以退款吗", True),
        ("Refunds", False),
        ("退款", False),
    ],
)
def test_questions_are_known_in_both_languages(document_of: Callable[..., Document], heading: str, asks: bool) -> None:
    assert sections(document_of([(H, heading, 2), (P, "x", 0)]))[0].asks is asks
