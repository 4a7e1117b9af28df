"""Claims with known support, made from passages by altering their sentences.

Public sets with human labels hold no Chinese, and hardly a claim that differs from its evidence by one number or one
negation, which is what a support desk must notice. A sentence whose clauses change places, lose one or take other
words is still supported by its passage; one with another number, with a negation put in or taken out, with a clause of
another passage, or from another passage altogether, is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import regex

from core.sentences import split_sentences
from core.text import analyse, language_of
from core.types import Language
from eval.support.sets import SupportPair, is_fitted_on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What is exchanged in one language. ``denials`` are pairs of a denied and an affirmed form, tried in order."""

    same: Mapping[str, str]
    denials: tuple[tuple[str, str], ...]
    comma: str
    stop: str


_ZH = _Words(
    same={
        "可以": "能够", "需要": "必须", "由于": "因为", "但是": "不过", "目前": "现在", "位于": "坐落在",
        "成为": "变成", "以及": "和", "并且": "而且", "因此": "所以", "曾经": "曾", "获得": "得到", "使用": "用",
        "大约": "约", "非常": "十分", "许多": "很多", "此外": "另外", "如果": "要是", "没有": "未", "之后": "以后",
    },
    denials=(("没有", "有"), ("不是", "是"), ("不能", "能"), ("不会", "会"), ("无法", "能够"), ("未", "已")),
    comma="，",
    stop="。",
)  # fmt: skip
_EN = _Words(
    same={
        " receive ": " get ", " purchase ": " buy ", " assist ": " help ", " require ": " need ", " obtain ": " get ",
        " however ": " but ", " such as ": " like ", " in order to ": " to ", " begin ": " start ", " also ": " too ",
        " additional ": " further ", " choose ": " pick ", " large ": " big ", " prior to ": " before ",
        " provide ": " give ", " must ": " have to ", " select ": " pick ", " currently ": " now ", " if ": " in case ",
        " use ": " work with ", " create ": " make ", " different ": " other ", " change ": " alter ",
    },
    denials=(
        (" cannot ", " can "), (" is not ", " is "), (" are not ", " are "), (" will not ", " will "),
        (" was not ", " was "), (" do not ", " do "), (" does not ", " does "), (" may not ", " may "),
    ),
    comma=", ",
    stop=".",
)  # fmt: skip
_WORDS: Mapping[Language, _Words] = MappingProxyType({"en": _EN, "zh": _ZH})
_CLAUSES = regex.compile(r"[，；]|[,;](?=\s)")
_NUMBER = regex.compile(r"\d+")
_LENGTHS: Mapping[Language, tuple[int, int]] = MappingProxyType({"en": (40, 240), "zh": (12, 80)})
_CANDIDATES = 30  # passages among which the likest one is looked for


def altered_pairs(passages: Sequence[str], *, seed: int = 0) -> Iterator[SupportPair]:
    """One supported and one unsupported claim for a sentence of each passage; the same for equal input."""
    draw = np.random.default_rng(seed)
    for number, passage in enumerate(passages):
        language = language_of(passage)
        sentences = _sentences(passage, language)
        if not sentences or len(passages) < 2:
            continue
        sentence = sentences[draw.integers(len(sentences))]
        other = _sentences(_likest(passage, passages, draw), language)
        for kind, claim, supported in _drawn(sentence, passage, other, _WORDS[language], draw):
            yield SupportPair(
                id=f"{language}-{number}-{kind}",
                set=f"altered_{language}",
                group=passage,
                language=language,
                claim=claim,
                evidence=(passage,),
                supported=supported,
                fitted=is_fitted_on(passage),
            )


def _drawn(
    sentence: str, passage: str, other: Sequence[str], words: _Words, draw: np.random.Generator
) -> Iterator[tuple[str, str, bool]]:
    """Kind, claim and support: of the ways that change this sentence, one of each side."""
    same = {
        "words": _in_other_words(sentence, words),
        "order": _turned(sentence, words),
        "shorter": _shortened(sentence, words),
    }
    wrong = {
        "number": _with_number(sentence, 1 + int(draw.integers(8))),
        "denied": _denied(sentence, words),
        "clause": _with_clause(sentence, other, words),
    }
    if all(claim == sentence for claim in wrong.values()) and other:
        wrong = {"elsewhere": other[0]}
    for changed, supported in ((same, True), (wrong, False)):
        kinds = [kind for kind, claim in changed.items() if claim != sentence and claim not in passage]
        if kinds:
            kind = kinds[draw.integers(len(kinds))]
            yield kind, changed[kind], supported


def _in_other_words(sentence: str, words: _Words) -> str:
    for word, other in words.same.items():
        sentence = sentence.replace(word, other)
    return sentence


def _turned(sentence: str, words: _Words) -> str:
    first, *others = _parts(sentence, words)
    return _joined([*others, first], words) if others else sentence


def _shortened(sentence: str, words: _Words) -> str:
    first, *others = _parts(sentence, words)
    return _joined([first, *others[1:]], words) if len(others) > 1 else sentence


def _with_number(sentence: str, more: int) -> str:
    return str(_NUMBER.sub(lambda match: str(int(match.group()) + more), sentence))


def _denied(sentence: str, words: _Words) -> str:
    for denied, affirmed in words.denials:
        if denied in sentence:
            return sentence.replace(denied, affirmed, 1)
    for denied, affirmed in words.denials:
        if affirmed in sentence:
            return sentence.replace(affirmed, denied, 1)
    return sentence


def _with_clause(sentence: str, other: Sequence[str], words: _Words) -> str:
    own, foreign = _parts(sentence, words), [part for each in other for part in _parts(each, words)]
    return _joined([*own[:-1], foreign[-1]], words) if len(own) > 1 and foreign else sentence


def _parts(sentence: str, words: _Words) -> list[str]:
    return [part.strip() for part in _CLAUSES.split(sentence.rstrip(words.stop))]


def _joined(parts: Sequence[str], words: _Words) -> str:
    return words.comma.join(parts) + words.stop


def _likest(passage: str, passages: Sequence[str], draw: np.random.Generator) -> str:
    own = frozenset(analyse(passage))
    candidates = [passages[place] for place in draw.integers(len(passages), size=_CANDIDATES)]
    others = [each for each in candidates if each != passage]
    return max(others, key=lambda each: len(own & frozenset(analyse(each))), default="")


def _sentences(passage: str, language: Language) -> list[str]:
    shortest, longest = _LENGTHS[language]
    sentences = [span.of(passage) for span in split_sentences(passage)]
    return [text for text in sentences if shortest <= len(text) <= longest and language_of(text) == language]
