"""Any stretch of whole words is found at its exact place under any mix of harmless changes; a changed digit, name or
negation never is."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from answer.proof.locate import is_same, locate
from core.types import Span

# No word is a part of another one, so that each has one place.
WORDS = (
    "refund Team v5.4.2 14 days €9.50 退款 需要 工作日 團隊版 ERR_QUOTA_507 please 1,299 café 99.9% G3 導出 2026-03-03 "
    "10:30 80GB “quoted” self-service -5 報表 C++ Straße"
).split()
MARKS = [
    " ",
    ", ",
    ". ",
    "，",
    "。",
    "\n- ",
    "\n• ",
    "\n3. ",
    " | ",
    " (",
    ") ",
    "“",
    "” ",
    "\n## ",
    "\n\n",
    "; ",
]
TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BETWEEN_WORDS = st.sampled_from(
    [" ", "\n", "  ", " , ", "。", " — ", "\t", "\u200b ", " | ", "\n- ", "\n● ", " “", "” ", "、"]
)
CHANGES = {
    "case": str.swapcase,
    "width": lambda text: text.translate(TO_FULL_WIDTH),
    "traditional": lambda text: text.replace("导", "導").replace("报", "報").replace("团", "團"),
    "simplified": lambda text: text.replace("導", "导").replace("報", "报").replace("團隊", "团队"),
    "hyphens": lambda text: text.replace("-", "–"),
    "quotes": lambda text: text.replace("“", "「").replace("”", "」"),
    "no quotes": lambda text: text.replace("“", "").replace("”", ""),
    "apart": lambda text: text.replace("80GB", "80 GB"),
    "decomposed": lambda text: text.replace("é", "e\u0301"),
    "invisible": lambda text: text.replace("refund", "re\u00adfu\u200bnd"),
    "thousands": lambda text: text.replace("1,299", "1299"),
}


@st.composite
def texts(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Words, each with the marks behind it."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14, unique=True))
    return [(word, draw(st.sampled_from(MARKS))) for word in words]


def joined(parts: list[tuple[str, str]]) -> tuple[str, list[Span]]:
    """The text and the place of each word, its quotation marks left out."""
    text, places = "", []
    for word, mark in parts:
        inner = word.strip("“”")
        start = len(text) + word.index(inner)
        places.append(Span(start, start + len(inner)))
        text += word + mark
    return text, places


@settings(deadline=None, max_examples=200)
@given(texts(), st.data(), st.sets(st.sampled_from(sorted(CHANGES))))
def test_whole_words_are_found_where_they_stand(
    parts: list[tuple[str, str]], data: st.DataObject, changes: set[str]
) -> None:
    text, places = joined(parts)
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first, len(parts) - 1))
    quote = "".join(word + data.draw(BETWEEN_WORDS) for word, _ in parts[first : last + 1])
    for change in sorted(changes):
        quote = CHANGES[change](quote)
    span = locate(quote, text)
    assert span is not None
    assert (span.start, span.end) == (places[first].start, max(span.end, places[last].end))
    assert text[places[last].end : span.end].strip(".。：；;:!") == ""


@settings(deadline=None)
@given(texts(), st.data())
def test_an_ellipsis_stands_for_the_words_between_two_parts(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    text, places = joined(parts)
    assume(len(parts) > 2)
    last = data.draw(st.integers(2, len(parts) - 1))
    sign = data.draw(st.sampled_from(["...", "…", "……", " [...] ", "（……）", " . . . ".replace(" ", "")]))
    span = locate(f"{parts[0][0]} {sign} {parts[last][0]}", text)
    assert span == Span(places[0].start, places[last].end)


@settings(deadline=None)
@given(texts(), st.data())
def test_a_changed_digit_is_never_found(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    text, _ = joined(parts)
    digits = [place for place, character in enumerate(text) if character.isdigit()]
    assume(digits)
    at = data.draw(st.sampled_from(digits))
    changed = text[:at] + str((int(text[at]) + data.draw(st.integers(1, 9))) % 10) + text[at + 1 :]
    assert locate(changed, text) is None


@settings(deadline=None)
@given(texts(), st.data())
def test_a_changed_name_or_negation_is_never_found(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(parts) - 1))
    name, negation = (
        data.draw(st.sampled_from(["Zebra", "斑马"])),
        data.draw(st.sampled_from(["not", "不", "没有", "never"])),
    )
    changed = [*parts[:at], (name, parts[at][1]), *parts[at + 1 :]]
    denied = [*parts[:at], (negation, " "), *parts[at:]]
    text, other = joined(parts)[0], joined(denied)[0]
    assert locate(joined(changed)[0], text) is None
    assert locate(other, text) is None
    assert locate(text, other) is None


@given(st.text(max_size=200), st.text(max_size=40))
def test_what_is_located_always_lies_within_the_text(text: str, quote: str) -> None:
    span = locate(quote, text)
    assert span is None or 0 <= span.start < span.end <= len(text)


@given(st.text(max_size=60))
def test_every_text_is_the_same_as_itself(text: str) -> None:
    assert is_same(text, text)


# A tenth of a megabyte here; a whole one of each takes 4 s at most on a core of its own.
SIZE = 100_000
HOSTILE = {
    "words": ("filler words in a row ", "not there"),
    "one letter": ("a", "a" * 30_000 + "b"),
    "one word": ("a ", "a " * 15_000 + "b"),
    "ellipsis": ("a ", "a ... b"),
    "ellipses": ("a b ", "a ... b ... a ... c"),
    "denied": ("not a b ", "a b not a b not a"),
    "marks": (".", "... ... ..."),
    "digits": ("1-", "1-2"),
    "commas": ("1,299", "1,2990"),
    "combining": ("\u0301", "é x"),
    "invisible": ("\u200b", "x y"),
    "spaces": (" ", "x ... y"),
    "dashes": ("5 -  ", "5 - 6"),
    "pipes": ("| --- ", "a | b"),
    "bullets": ("\n- ", "- a"),
    "headings": ("#", "# a"),
    "han": ("退款不支持", "支持退款吗"),
    "ellipsis signs": ("退款", "…" * 30_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_long_texts_of_anything_take_no_more_than_linear_time(name: str) -> None:
    unit, quote = HOSTILE[name]
    text = unit * (SIZE // len(unit))
    started = time.perf_counter()
    assert locate(quote, text) is None
    assert time.perf_counter() - started < 5  # measured: under 0.5; a quadratic search takes minutes
