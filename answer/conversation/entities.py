"""What a question names, by kind, so that "the G2" can take the place of "the Gate G3" and of nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from core.text import simplify
from core.types import Span

# Endings that turn the word before them into the name of an offer or a place: "Team plan", 团队版.
HEADS_EN = r"plans?|editions?|tiers?|packages?|subscriptions?|licen[cs]es?|regions?|zones?|data cent(?:er|re)s?"
HEADS_ZH = r"版(?!本)|套餐|计划|方案|型号|地区|机房|数据中心|会员"
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CODE = r"[A-Z]{1,6}(?:[-_]?[A-Z0-9]+)*[-_]?\d[A-Z0-9]*(?:[-_][A-Z0-9]+)*"
_CAPITAL = r"[A-Z][A-Za-z+&'-]*"
_PLATFORMS = (
    r"Windows|macOS|Macs?|Linux|Ubuntu|Debian|iOS|iPadOS|iPhones?|iPads?|Android|HarmonyOS|Chrome|Firefox|Safari|Edge|"
    r"安卓|苹果|鸿蒙|网页版|桌面端|移动端|手机端|电脑端"
)
_PLACES = (
    r"Germany|France|Spain|Italy|Austria|Switzerland|Poland|Netherlands|Belgium|Sweden|Norway|Denmark|Ireland|Europe|"
    r"EU|UK|Britain|England|US|USA|America|Canada|Mexico|Brazil|India|China|Japan|Korea|Singapore|Australia|Asia|Africa|"
    r"Taiwan|Hong Kong|London|Paris|Berlin|Frankfurt|Dublin|Tokyo|Sydney|New York|Virginia|Oregon|"
    r"德国|法国|英国|美国|日本|韩国|中国|加拿大|澳大利亚|印度|欧洲|欧盟|亚洲|新加坡|香港|台湾|澳门|北京|上海|广州|深圳|杭州|"
    r"成都|武汉|西安|南京|法兰克福|东京|伦敦|国内|国外|海外|境外|大陆"
)
_NOT_NAMED = (
    r"which|what|that|this|the|my|our|your|any|each|every|other|same|a|an|all|new|current|of|per|paid|one|for|on"
)

# The surest first: a place in the text belongs to the first kind that takes it.
_PATTERNS: dict[str, regex.Pattern[str]] = {
    "date": regex.compile(
        rf"(?:\b\d{{1,2}}\s+)?\b{_MONTHS}\s+(?:\d{{1,2}},?\s+)?(?:19|20)\d\d\b|(?<!\d)(?:19|20)\d\d(?:\s*年)?(?!\d)"
        r"(?:\s*\d{1,2}\s*月)?|\b(?:last|this|next) (?:year|month|quarter)\b"
        r"|去年|前年|今年|明年|上个月|这个月|本月|下个月"
    ),
    "platform": regex.compile(rf"(?<![A-Za-z])(?:{_PLATFORMS})(?![A-Za-z])(?:\s+\d+(?:\.\d+)*)?"),
    "version": regex.compile(
        r"(?i)(?<![\w.$€£¥])v\d+(?:\.\d+)*(?![\w.]*\d)|(?<![\w.$€£¥])\d+(?:\.\d+){1,3}(?![\w.]*\d|\s*(?:[%％]|[kmgt]b\b))"
        r"|(?<=\bversion )\d+(?![\w.]*\d)"
    ),
    "billing": regex.compile(
        r"(?i)\b(?:annual|annually|yearly|monthly|quarterly)\b|年付|月付|季付|按年|按月|包年|包月"
    ),
    "offer": regex.compile(
        rf"\b(?!(?i:{_NOT_NAMED})\b)[A-Za-z][\w+-]*(?=\s+(?:{HEADS_EN})\b)"
        rf"|(?:(?<![A-Za-z])[A-Za-z][\w.+-]*|\p{{Han}}{{2}})(?=\s?(?:{HEADS_ZH}))"
    ),
    "place": regex.compile(rf"(?<![A-Za-z])(?:{_PLACES})(?![A-Za-z])"),
    "product": regex.compile(rf"\b{_CAPITAL}(?:\s+{_CAPITAL})*\s{_CODE}(?![A-Za-z0-9])"),
    "code": regex.compile(rf"(?<![A-Za-z0-9_-]){_CODE}(?![A-Za-z0-9])"),
    "name": regex.compile(rf"(?<![A-Za-z]){_CAPITAL}(?:\s+{_CAPITAL})*(?![A-Za-z])"),
}
_FIRST_WORD = regex.compile(
    r"(?i)(?:how|what|when|where|who|whom|whose|why|which|is|are|was|were|do|does|did|can|could|will|would|shall|should|"
    r"may|might|must|has|have|had|if|and|but|or|so|then|i|i'm|my|we|our|you|your|they|it|its|the|a|an|this|that|these|"
    r"those|there|in|on|at|for|with|to|of|from|by|please|tell|also|ok|okay|yes|no|not|thanks|hi|hello|any|after|before)"
)
# Which kinds may take the place of which, the best first.
_MEETS: dict[str, tuple[str, ...]] = {
    "name": ("name", "offer", "product"),
    "offer": ("offer", "billing", "name"),
    "code": ("code", "product"),
    "product": ("product", "code", "name"),
    "billing": ("billing", "offer"),
    "place": ("place", "offer"),
}


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that a text names, at its place; ``kind`` is a name such as ``version`` or ``place``."""

    kind: str
    text: str
    span: Span


def entities_of(text: str, *, bare: bool = False) -> tuple[Entity, ...]:
    """In the order of the text; no two overlap. In a ``bare`` text, which is no sentence, a capital opens none."""
    found: list[Entity] = []
    # One character for one: places in the simplified text are places in the given one.
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(simplify(text)):
            for span in _named(match, text, bare) if kind in ("name", "product") else [Span(*match.span())]:
                if not any(span.overlap(other.span) for other in found):
                    found.append(Entity(kind, span.of(text), span))
    return tuple(sorted(found, key=lambda entity: entity.span))


def counterpart(new: Entity, before: Sequence[Entity]) -> Span | None:
    """What ``new`` takes the place of among the entities of an earlier question; None where no one thing fits.

    A bare code takes the place of the code only: "the G2" after "the Gate G3" gives "the Gate G2".
    """
    if any(new.text.casefold() == entity.text.casefold() for entity in before):
        return None
    for kind in _MEETS.get(new.kind, (new.kind,)):
        same = [entity for entity in before if entity.kind == kind]
        if new.kind == "code":
            same = [entity for entity in same if _shape(entity.text) == _shape(new.text)]
        if len({entity.text.casefold() for entity in same}) > 1:
            return None
        if same:
            return _code_span(same[0]) if new.kind == "code" else same[0].span
    return None


def _named(match: regex.Match[str], text: str, bare: bool) -> Iterator[Span]:
    """The capitalised words of a match without those that only open a sentence."""
    start, end = match.span()
    words = list(regex.finditer(r"\S+", text[start:end]))
    while words and _FIRST_WORD.fullmatch(words[0].group()):
        words.pop(0)
    if words and (bare or len(words) > 1 or not _opens(text, start + words[0].start())):
        yield Span(start + words[0].start(), end)


def _opens(text: str, start: int) -> bool:
    """Whether a single capital there says nothing: the first word of a sentence has one anyway."""
    return regex.search(r"(?:^|[.?!:]\s+)$", text[:start]) is not None


def _shape(code: str) -> str:
    """``A9`` for G3 and G2, ``A-9`` for TM-1042: codes of another shape name other things."""
    last = code.split()[-1]
    return regex.sub(r"\d+", "9", regex.sub(r"[A-Z]+", "A", last))


def _code_span(entity: Entity) -> Span:
    code = entity.text.split()[-1]
    return Span(entity.span.end - len(code), entity.span.end)
