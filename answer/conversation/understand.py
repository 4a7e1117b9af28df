"""A follow-up becomes a question that stands alone, by rules: what it leaves out is taken from the turns before.

"How many clients can one Gate G3 serve?" then "And the G2?" becomes "How many clients can one Gate G2 serve?". What
stands alone is left alone: on long conversations a question does worse with another one in front of it.
"""

from collections.abc import Sequence

import regex

from answer.conversation.entities import HEADS_EN, HEADS_ZH, Entity, counterpart, entities_of
from answer.conversation.follow_up import (
    OPENER_EN,
    OPENER_ZH,
    TAIL_ZH,
    has_predicate,
    is_follow_up,
    is_small_talk,
    own_words,
    points_back,
    says_little,
)
from core.text import count_tokens, language_of, simplify
from core.types import Question, Span, Turn

_END = regex.compile(r"[\s?？.。！!]+$")
_PREPOSITION = regex.compile(
    r"(?:in|on|for|with|at|from|to|by|during|without|under|outside|within|after|before)\b", regex.I
)
_ARTICLE = regex.compile(r"^(?:the|a|an)\s+", regex.I)
_HEAD_BEHIND = regex.compile(rf"\s?(?:(?:{HEADS_EN})\b|{HEADS_ZH})")
_KIND_IN_FRONT = regex.compile(
    r"(?:\b(?:error|code|order|part|model|message|version)|错误码?|订单|型号|版本)\s*$", regex.I
)
_POSSESSIVE = regex.compile(r"its|their|theirs|his|her", regex.I)
# What "it" may stand for; a date or a place is not asked about.
_THINGS = ("product", "code", "name", "offer", "version")
# Questions before it from which a question comes late in its conversation.
_LATE = 3
# Content words from which a follow-up is not joined to the question before it, only told what it is about.
_MANY_WORDS, _MANY_CHARACTERS = 4, 8


def stand_alone(question: Question) -> str:
    """The question as it can be searched without its history; unchanged where it needs none."""
    text, before = question.text.strip(), ""
    said = [turn.content.strip() for turn in question.history if turn.role == "user"]
    asked = [each for each in said if each and not is_small_talk(each)]
    if is_small_talk(text):
        return text
    for number, each in enumerate(asked):
        before = _topic(before, each, late=number >= _LATE)
    return _resolved(before, text, late=len(asked) >= _LATE) if before else text


def _topic(before: str, text: str, *, late: bool) -> str:
    """What later questions may leave out: of a follow-up that was joined to a question, that question alone."""
    asked = _resolved(before, text, late=late) if before else text
    return before if before and asked.startswith(before) else asked


def windowed(history: Sequence[Turn], tokens: int) -> tuple[Turn, ...]:
    """The newest turns, oldest first, that together have at most ``tokens`` tokens (``core.text.count_tokens``).

    A turn that is larger than the whole budget is left out with all before it.
    """
    kept: list[Turn] = []
    for turn in reversed(history):
        tokens -= count_tokens(turn.content)
        if tokens < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))


def _resolved(before: str, text: str, *, late: bool) -> str:
    """``text``, or where it leaves something out, ``text`` with what ``before`` says about it."""
    if not is_follow_up(text, late=late):
        return text
    core = _without_opener(text)
    things = [entity for entity in entities_of(before) if entity.kind in _THINGS]
    pointing = points_back(core)
    if pointing and has_predicate(core) and (thing := _only(things)):
        return _put(core, Span(*pointing.span()), _named(before, thing, pointing.group()))
    if not has_predicate(core) or says_little(core, late=late):
        named = has_predicate(core) and any(entity.kind in _THINGS for entity in entities_of(core))
        return _swapped(before, core) or (core if named else _appended(before, core))
    many = _MANY_CHARACTERS if language_of(core) == "zh" else _MANY_WORDS
    if own_words(core) < many:
        return _appended(before, core)
    return core if entities_of(core) or not things else _about(core, before, things)


def _without_opener(text: str) -> str:
    opener = OPENER_ZH if language_of(text) == "zh" else OPENER_EN
    match = opener.match(simplify(text))
    return text[match.end() :].strip() if match else text


def _swapped(before: str, core: str) -> str | None:
    """``before`` about what ``core`` names, with the rest of what ``core`` says; None where nothing takes a place."""
    known, result, changed = entities_of(before), before, False
    # From the end, so that the places of those before stay true.
    pairs = [(counterpart(entity, known), entity) for entity in entities_of(core, bare=not has_predicate(core))]
    for span, entity in sorted(((s, e) for s, e in pairs if s), key=lambda pair: -pair[0].start):
        result, changed = _put(result, span, entity.text), True
    if not changed:
        return None
    return _appended(result, core) if has_predicate(core) and own_words(core) > _words_of_names(core) else result


def _words_of_names(text: str) -> int:
    return sum(own_words(entity.text) for entity in entities_of(text))


def _put(text: str, span: Span, name: str) -> str:
    return text[: span.start] + name + text[span.end :]


def _only(things: Sequence[Entity]) -> Entity | None:
    """The one thing that is spoken of; None where it could be one of several."""
    return things[0] if len({thing.text.casefold() for thing in things}) == 1 else None


def _named(before: str, thing: Entity, pointing: str) -> str:
    """The thing in place of a pointing word, with the noun that it has in ``before``: ``the Team plan's``."""
    head = _HEAD_BEHIND.match(simplify(before), thing.span.end)
    kind = _KIND_IN_FRONT.search(before[: thing.span.start])
    name = before[kind.start() if kind else thing.span.start : head.end() if head else thing.span.end]
    if language_of(pointing) == "zh":
        return name
    if thing.kind == "name":
        return f"{name}'s" if _POSSESSIVE.fullmatch(pointing) else name
    return f"the {name}'s" if _POSSESSIVE.fullmatch(pointing) else f"the {name}"


def _about(core: str, before: str, things: Sequence[Entity]) -> str:
    names = ", ".join(dict.fromkeys(_named(before, thing, "它") for thing in things))
    return f"{_END.sub('', core)} ({names})?"


def _appended(before: str, core: str) -> str:
    """Both, as one question where the follow-up only adds a condition to it."""
    if language_of(core) == "zh":
        return f"{before} {TAIL_ZH.sub('', core)}".strip()
    if _PREPOSITION.match(core):
        return f"{_END.sub('', before)} {core}"
    return f"{before} {core if has_predicate(core) else _ARTICLE.sub('', core)}"
