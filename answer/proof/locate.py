"""Where a quote stands in a text, character for character.

Both sides are brought to one form (``answer/proof/quote_form.py``) that forgives what copying changes and keeps what
carries meaning. A quote is found in that form exactly, as whole words and whole numbers, or not at all; nothing is
relaxed until something sticks.
"""

from collections.abc import Iterator, Sequence

import regex

from answer.proof.quote_form import NormalForm, has_list_numbers, normal_form
from core.types import Span

_ELLIPSIS = regex.compile(r"\s*+(?:[\[(（]\s?+)?(?:\.{3,}+|…++|。{3,}+|·{6,}+)(?:\s?+[\])）])?\s*+")
_CLOSING = frozenset(".!?;:。！？；：")
_MOST_PARTS = 4
_MOST_GAP = 600  # characters between the parts of a quote with an ellipsis
# A quote that begins directly behind one of these says the opposite of its text.
_DENIAL = regex.compile(
    r"(?i)(?:(?<![a-z])(?:not|never|no|cannot|without)|n['’]t|不(?:会|能|可|再|會)?|[没沒]有?|[未无無非勿]|禁止)[\s\"'“‘「『(（*_`]*$"
)
_DENIAL_CHARS = 12


def locate(quote: str, text: str, within: Span | None = None) -> Span | None:
    """The span of ``quote`` in ``text``, or None.

    ``within`` limits the search; offsets always count from the start of ``text``. An ellipsis in the quote stands for
    up to 600 characters, and the span then reaches from the first part to the last. Numbers of a list may be left out
    of a quote, not changed. Linear in the length of both.
    """
    area = within if within is not None else Span(0, len(text))
    inside = area.of(text)
    found = _find(quote, normal_form(inside), inside)
    if found is None and has_list_numbers(inside):
        found = _find(quote, normal_form(inside, numbered=False), inside)
    return None if found is None else _with_closing_marks(found.shifted(area.start), quote, text, area.end)


def is_same(one: str, other: str) -> bool:
    """Whether two texts have the same words, numbers and signs in the same order."""
    return normal_form(one).text == normal_form(other).text


def _find(quote: str, form: NormalForm, text: str) -> Span | None:
    """The first place of the whole quote, its ellipsis as the mark that it may be in the text; then that of its
    parts."""
    pieces = [normal_form(piece).text for piece in _ELLIPSIS.split(quote)]
    parts = [piece for piece in pieces if len(piece) > 1]
    whole = normal_form(quote).text
    for wanted in ([whole], parts) if len(parts) > 1 else ([whole],):
        if len(wanted[0]) > 1 and len(wanted) <= _MOST_PARTS:
            for start, end in _places(wanted, form.text):
                span = form.span(start, end)
                if not _DENIAL.search(text, max(0, span.start - _DENIAL_CHARS), span.start):
                    return span
    return None


def _places(parts: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    """Start and end of all parts in order, each close behind the one before, from left to right."""
    if len(parts) == 1:
        yield from _occurrences(parts[0], text)
        return
    chains = list(_occurrences(parts[0], text))
    for part in parts[1:]:
        chains = list(_continued(chains, _occurrences(part, text)))
    yield from chains


def _continued(chains: Sequence[tuple[int, int]], following: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Each chain of parts goes on with the next one's places, from the chain that ends nearest before it."""
    nearest = -1
    for start, end in following:
        while nearest + 1 < len(chains) and chains[nearest + 1][1] <= start + 1:
            nearest += 1
        if nearest >= 0 and start - chains[nearest][1] <= _MOST_GAP:
            yield chains[nearest][0], end


def _occurrences(part: str, text: str) -> Iterator[tuple[int, int]]:
    """Those that do not overlap: with every other one, a quote that repeats itself would cost quadratic time."""
    start = text.find(part)
    while start >= 0:
        end = start + len(part)
        yield start, end
        start = text.find(part, end - 1)


def _with_closing_marks(span: Span, quote: str, text: str, limit: int) -> Span:
    """Take the full stop along where the quote has one: it is dropped in the compared form."""
    end = span.end
    if quote.rstrip()[-1:] in _CLOSING:
        while end < limit and text[end] in _CLOSING:
            end += 1
    return Span(span.start, end)
