import pytest

from api.limits.urgency import is_batch


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", False), ("u=3", False), ("u=5", True), ("u=7, i", True), ("i, u=7", True), ("u=9", False), ("su=7", False)],
)
def test_background_is_what_rfc_9218_calls_less_urgent(header, expected):
    assert is_batch(header) is expected
