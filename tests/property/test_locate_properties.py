"""Any stretch of whole words is found at its place under any mix of harmless changes; a changed digit never is."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from answer.locate import locate

WORDS = st.sampled_from(
    "refund Team plan v5.4.2 14 days €9.50 退款 需要 工作日 團隊版 ERR_QUOTA_507 not 1,299 café 99.9% G3 不支持".split()
)
MARKS = st.sampled_from([" ", ", ", ". ", "，", "。", "\n- ", " | ", " (", ") ", "“", "” "])
TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@st.composite
def texts(draw):
    words = draw(st.lists(WORDS, min_size=1, max_size=12))
    return [(word, draw(MARKS)) for word in words]


def spoil(text: str, changes: set[str]) -> str:
    if "case" in changes:
        text = text.swapcase()
    if "width" in changes:
        text = text.translate(TO_FULL_WIDTH)
    if "space" in changes:
        text = text.replace(" ", "  \n ")
    if "traditional" in changes:
        text = text.replace("团", "團").replace("队", "隊")
    return text


@settings(deadline=None)
@given(texts(), st.data(), st.sets(st.sampled_from(["case", "width", "space", "traditional"])))
def test_whole_words_are_found_where_they_stand(parts, data, changes):
    text = "".join(word + mark for word, mark in parts)
    start = data.draw(st.integers(0, len(parts) - 1))
    end = data.draw(st.integers(start + 1, len(parts)))
    quote = "".join(word + mark for word, mark in parts[start:end])[: -len(parts[end - 1][1])]
    span = locate(spoil(quote, changes), text)
    assert span is not None
    assert locate(span.of(text), quote) is not None


@settings(deadline=None)
@given(texts(), st.data())
def test_a_changed_digit_is_never_found(parts, data):
    text = "".join(word + mark for word, mark in parts)
    digits = [i for i, character in enumerate(text) if character.isdigit()]
    assume(digits)
    at = data.draw(st.sampled_from(digits))
    changed = text[:at] + str((int(text[at]) + data.draw(st.integers(1, 9))) % 10) + text[at + 1 :]
    assert locate(changed, text) is None


@given(st.text(max_size=200), st.text(max_size=40))
def test_what_is_located_always_lies_within_the_text(text, quote):
    span = locate(quote, text)
    assert span is None or 0 <= span.start < span.end <= len(text)
