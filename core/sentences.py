"""One splitter of sentences for English and Chinese, used for passages, citations and measures alike.

``tests/golden/sentences/README.md`` says what counts as a sentence; ``docs/benchmarks.md`` has the figures of this one
and of others.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import regex

from core.text import trimmed
from core.types import Span

_QUOTES = "\"'”’」』》"
_BRACKETS = ")）\\]】"
_LINE = regex.compile(r"[^\n]+")
_MARK = regex.compile(
    rf"(?P<marks>\.(?: \.)++|[。｡！？；!?.．…]++|(?<=\p{{Han}});(?=\s?\p{{Han}}))(?P<closers>[{_QUOTES}{_BRACKETS}]*+)"
)
_IS_WIDE = regex.compile(r"[\p{Han}“‘「『《（【，、；：。！？]")
# The next four look at no more than this many characters before a mark: a long line stays linear.
_REACH = 24
_LAST_WORD = regex.compile(r"(?V1)[\w[.\-/@_:\\']--\p{Han}]+$")
_CAPITALISED = regex.compile(r"(?:^|[\s\p{Han}])\p{Lu}\p{Ll}+$")
_NUMBERING = regex.compile(r"\W{0,6}(?:[\d０-９]+(?:[.-]\d+)*|[A-Za-z]|[ivxIVX]+)")
_INLINE_NUMBERING = regex.compile(r"[:：]\s*\d{1,2}$")
_INTERJECTION = regex.compile(r"\W*[嗯呃额啊哦唔唉哎]")
_NEXT_WORD = regex.compile(r"\s*[\"'“‘(\[]*([\w.]+)")
_CAMEL = regex.compile(r"\p{Ll}{1,3}\p{Lu}")  # iOS, macOS: capitals of their own
# What goes on after a quotation that ended with a mark of its own (“已退款。”的短信), after ？ and ！ more of it
# (“贵吗？”是问题), and after …… inside a sentence.
_GOES_ON = regex.compile(
    r"[，、；：,;:的時时後后前]|按[钮鈕键鍵]|[键鍵字]|[提图圖标標菜命选選信]\w|窗口|对话框|對話框|页面|頁面"
)
_ASKED_GOES_ON = regex.compile(r"[之等是为為与與和或及这這那中里裡]")
_TRAILS_ON = regex.compile(r"[，、；：的等之就则則和或到但却卻才也都时時]|那么|那麼|所以|以及|可是|而是")

_NEVER_LAST = frozenset("mr mrs ms dr prof mt vs e.g i.e eg ie cf fig figs eq vol pp approx att attn".split())
_SELDOM_LAST = frozenset(
    "no nos sr jr st ave blvd ch sec est avg max min deg incl excl misc temp resp ref reg ext dept assoc qty rem disc "
    "spec tel inc ltd co corp llc jan feb mar apr jun jul aug sep sept oct nov dec ph.d".split()
)
_ABBREVIATIONS = _NEVER_LAST | _SELDOM_LAST
_AFTER_TIMES = frozenset(
    "est edt cst cdt mst mdt pst pdt gmt utc cet cest bst jst ist pacific eastern central mountain monday tuesday "
    "wednesday thursday friday saturday sunday".split()
)
# Words that open sentences of support texts, and hardly ever the second part of a name.
_STARTERS = frozenset(
    "a after all although an and another any are as ask at because before both but by call can check choose click "
    "contact could did do does download each enter every for from go he her his how however i if in install is it its "
    "keep make many may more most must my no nobody not note nothing now on once only open or other our please press "
    "restart see select send she should sign since so some that the their then there these they this those to today "
    "try turn unless until update use was we were what when where which while who why will with would yes you "
    "your".split()
)

_Match: TypeAlias = "regex.Match[str]"


@dataclass(frozen=True, slots=True)
class _Line:
    """Where a line has wide full stops, a narrow one between Chinese characters stands in a name (马丁.路德)."""

    text: str
    has_wide_stops: bool


_Rule: TypeAlias = Callable[[_Line, int, _Match, str], bool]


def split_sentences(text: str) -> list[Span]:
    """Sentences of English and Chinese text, without surrounding white space, in order.

    Lines end sentences too: headings, list items and table rows stay apart. Together with the white space between
    them the spans cover the text. Time is linear in the length of the text, whatever it holds.
    """
    return [span for match in _LINE.finditer(text) for span in _of_line(match.group(), match.start())]


def _of_line(text: str, offset: int) -> Iterator[Span]:
    line = _Line(text, "。" in text)
    start = _visible(text, 0)
    for match in _MARK.finditer(text):
        if match.end() > start and _ends(line, start, match):
            yield trimmed(text, start, match.end()).shifted(offset)
            start = _visible(text, match.end())
    if start < len(text):
        yield trimmed(text, start, len(text)).shifted(offset)


def _ends(line: _Line, start: int, match: _Match) -> bool:
    """Whether the marks of ``match`` end the sentence that began at ``start``."""
    following = _visible(line.text, match.end())
    return following == len(line.text) or _rule(match["marks"])(line, start, match, line.text[following])


def _rule(marks: str) -> _Rule:
    if set(marks) & set("。｡！？；;"):
        return _wide_ends
    if "…" in marks or ".." in marks or ". ." in marks:
        return _ellipsis_ends
    return _call_ends if "!" in marks or "?" in marks else _stop_ends


def _wide_ends(line: _Line, start: int, match: _Match, _following: str) -> bool:
    closers, stopped = match["closers"], "。" in match["marks"]
    before = _before(line, start, match)
    if before.rfind("《") > before.rfind("》") and "》" not in closers:
        return False
    goes_on = _GOES_ON.match(line.text, match.end()) or (not stopped and _ASKED_GOES_ON.match(line.text, match.end()))
    if closers and goes_on:
        return False
    # “（完全免费！）” inside a sentence is an aside; a bracket with a full stop in it, or around it all, is not.
    aside = closers[-1:] in set(")）]】") and not stopped
    return not aside or line.text[start] in "(（[【"


def _ellipsis_ends(line: _Line, start: int, match: _Match, following: str) -> bool:
    spaced = line.text[match.end()].isspace()
    if match["closers"]:
        return spaced and following.isupper()
    if spaced:
        return not following.islower()
    if not _IS_WIDE.match(following) or _TRAILS_ON.match(line.text, match.end()):
        return False
    return not _INTERJECTION.fullmatch(line.text, start, match.start())


def _call_ends(line: _Line, start: int, match: _Match, following: str) -> bool:
    """The half-width ``!`` and ``?``, which also stand in addresses, in code and in names."""
    before = _before(line, start, match)
    spaced = line.text[match.end()].isspace()
    named = match["marks"] == "!" and bool(_CAPITALISED.search(before))
    if _IS_WIDE.match(following):
        return spaced or (not named and _wide_ends(line, start, match, following))
    if not spaced:
        return _begins_unspaced(line, match, before)
    if following.islower() and not _CAMEL.match(_word_after(line, match)):
        return not (named or match["closers"] or before[-1:].isspace())
    return True


def _stop_ends(line: _Line, start: int, match: _Match, following: str) -> bool:
    """The full stop, which also stands in numbers, names, abbreviations and after the number of a list item."""
    before = _before(line, start, match)
    if len(before) < _REACH and (_NUMBERING.fullmatch(before) or _INLINE_NUMBERING.search(before)):
        return False
    word = found.group() if (found := _LAST_WORD.search(before)) else ""
    spaced = line.text[match.end()].isspace()
    if _IS_WIDE.match(following):
        return not _is_abbreviation(word) and (spaced or _ends_narrowly(line, match, word))
    if not spaced:
        return word.isalpha() and len(word) > 1 and _begins_unspaced(line, match, before)
    if match["closers"]:
        return not following.islower()
    return _spaced_stop_ends(word, following, _word_after(line, match))


def _ends_narrowly(line: _Line, match: _Match, word: str) -> bool:
    """Whether a full stop with Chinese right behind it ends a sentence rather than being part of a name or a list."""
    if match["closers"] or word[-1:].isdigit():
        return False
    return bool(word) or not line.has_wide_stops


def _spaced_stop_ends(word: str, following: str, after: str) -> bool:
    """Whether ``word`` is the last one before a space and the word ``after``; ``following`` is the next sign."""
    folded, begins = word.lower(), following.isupper()
    if folded in _NEVER_LAST:
        return False
    if folded in {"a.m", "p.m"}:
        return begins and after.lower() not in _AFTER_TIMES
    if folded in _SELDOM_LAST or _is_initial(folded):
        return begins and after.lower() in _STARTERS
    if following.islower() and not _CAMEL.match(after):
        # "it failed. please help", but "Prepmt. when posting", "incl. tax"
        return word.isalpha() and word.islower() and len(word) >= 4
    return True


def _begins_unspaced(line: _Line, match: _Match, before: str) -> bool:
    """Whether a sentence was begun without a space ("done.Then"), unlike in names (``foo.Bar``, ``e.g.Foo``)."""
    word = (before.rsplit(maxsplit=1)[-1:] or [""])[0]
    after = _word_after(line, match)
    return word.isalpha() and word[-1].islower() and after[:1].isupper() and after.lower() in _STARTERS


def _is_abbreviation(word: str) -> bool:
    return word.lower() in _ABBREVIATIONS or _is_initial(word)


def _is_initial(word: str) -> bool:
    """``j`` or ``j.k``."""
    return all(len(letter) == 1 and letter.isalpha() for letter in word.split("."))


def _before(line: _Line, start: int, match: _Match) -> str:
    return line.text[max(start, match.start() - _REACH) : match.start()]


def _word_after(line: _Line, match: _Match) -> str:
    found = _NEXT_WORD.match(line.text, match.end(), match.end() + 2 * _REACH)
    return found.group(1).rstrip(".") if found else ""


def _visible(text: str, position: int) -> int:
    """The first position from ``position`` on that holds no white space, or the text's length."""
    while position < len(text) and text[position].isspace():
        position += 1
    return position
