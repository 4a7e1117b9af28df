import pytest

from ingest.front_matter import split_front_matter
from ingest.metadata import named


def test_values_stay_as_written() -> None:
    text = '---\ntitle: "退款: 政策"\nversion: 1.10\nvalid_from: 2026-01-01\nproduct: [Gate, Desktop]\n---\n# 退款\n'
    assert split_front_matter(text) == (
        {"title": "退款: 政策", "version": "1.10", "valid_from": "2026-01-01", "product": ["Gate", "Desktop"]},
        "# 退款\n",
    )


def test_a_wide_colon_parts_key_and_value_too() -> None:
    assert split_front_matter("---\n标题：会员手册\nurl: https://a.example/：x\n---\ntext") == (
        {"标题": "会员手册", "url": "https://a.example/：x"},
        "text",
    )


def test_toml_between_plus_signs_is_read() -> None:
    assert split_front_matter('+++\ntitle = "Reset"\ndraft = false\n+++\ntext') == (
        {"title": "Reset", "draft": False},
        "text",
    )


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\n---\n\ntext\n",
        "---\nA rule above, prose here\n---\n",
        "---\na: [\n---\nx",
        "---\n" + "[" * 5_000 + "\n---\nx",
        "+++\nno toml\n+++\nx",
        f"---\na: {'x' * 70_000}\n---\nx",
    ],
)
def test_what_is_no_front_matter_stays_text(text: str) -> None:
    assert split_front_matter(text) == ({}, text)


def test_an_empty_block_is_taken_away() -> None:
    assert split_front_matter("---\n---\ntext") == ({}, "text")


def test_a_bomb_of_aliases_is_cut() -> None:
    lines = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    fields, body = split_front_matter("---\n" + "\n".join(lines) + "\n---\nbody")
    assert body == "body"
    assert len(named(fields)["a29"]) <= 1_000


def test_an_anchor_that_holds_itself_ends() -> None:
    fields, _body = split_front_matter("---\na: &x [*x, end]\n---\n")
    assert len(named(fields).get("a", "")) <= 1_000
