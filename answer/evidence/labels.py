"""What a sentence holds for: a product, version, plan, platform, region, by its document's metadata, its table, its
headings or its own words."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import regex

from answer.conversation.entities import HEADS_ZH, entities_of
from answer.sentences.sentences import Sentence
from core.filtering import folded
from core.text import fold, normalise, simplify
from core.types import Chunk, ContextBlock, Metadata

# Metadata that says about what a document is; keys are compared without case and marks.
_KEYS = {
    "product": "product",
    "version": "version",
    "productversion": "version",
    "plan": "offer",
    "edition": "offer",
    "tier": "offer",
    "套餐": "offer",
    "版本": "version",
    "platform": "platform",
    "os": "platform",
    "平台": "platform",
    "region": "place",
    "country": "place",
    "地区": "place",
    "audience": "audience",
    "model": "product",
    "型号": "product",
}
# The dimension of an entity's kind.
_KINDS = {"code": "product"} | {kind: kind for kind in ("product", "offer", "platform", "place", "billing")}
# Wherever the reader is, so no region beside others.
_AT_HOME = frozenset({"国内", "国外", "海外", "境外", "大陆"})
# 团队 is named 团队版, while "Team plan" is named Team.
_ENDING = regex.compile(HEADS_ZH)
# Pairs and triples of which a sentence that says one speaks of something else than one that says another.
_SIDES = {
    name: tuple(regex.compile(words, regex.IGNORECASE) for words in sides)
    for name, sides in {
        "direction": (r"\bupload\w*|上传", r"\bdownload\w*|下载"),
        "client": (
            r"\bweb (?:app|client)|\bbrowser|网页版|浏览器",
            r"\bdesktop\b|桌面端|电脑端",
            r"\bmobile\b|\bphones?\b|手机|移动端",
        ),
        "extreme": (
            r"\b(?:max|maximum|at most|up to|no more than)\b|最多|最大|最高|不超过",
            r"\b(?:minimum|at least|no less than)\b|最少|最小|最低|至少",
        ),
        "customer": (
            r"\bnew (?:customer|user|account|subscription)|新(?:用户|客户)",
            r"\bexisting\b|\brenewal\b|老(?:用户|客户)|续费",
        ),
        "invoice": (r"普通发票|普票", r"专用发票|专票"),
        "owner": (r"\bpersonal\b|\bindividual\b|个人", r"\bbusiness account|\bcompan(?:y|ies)\b|企业|公司"),
        "medium": (r"\bpaper\b|\bprinted\b|纸质", r"\belectronic\b|\bdigital\b|电子"),
        "severity": (r"\bP1\b", r"\bP2\b", r"\bP3\b", r"\bP4\b"),
    }.items()
}


def labels_of(sentence: Sentence, metadata: Metadata) -> Mapping[str, str]:
    """Its label by dimension: ``product``, ``version``, ``offer``, ``platform``, ``place``, ``billing``, ``audience``,
    ``column:NAME`` of a table's first column, or ``side:NAME`` where its words set it apart from an opposite.

    What stands closest counts: the sentence, the line above, headings from the innermost, the title, then metadata.
    """
    found = dict(labels_of_passage(sentence.evidence.hit.chunk, metadata))
    for text in (sentence.lead, sentence.text):
        found |= _from_text(text)
    return found | dict(_from_row(sentence))


def labels_of_passage(chunk: Chunk, metadata: Metadata) -> Mapping[str, str]:
    """The same of a whole passage, by its headings, its title and its document's metadata."""
    found: dict[str, str] = dict(_from_metadata(metadata))
    for text in (chunk.title, *chunk.heading_path):
        found |= _from_text(text)
    return found


def labels_of_case(context: Iterable[ContextBlock]) -> Mapping[str, str]:
    """The same of what a caller knows: the plan, product or version of the case, by the names of its values."""
    found: dict[str, str] = {}
    for block in context:
        for key, value in block.data.items():
            name = key.rpartition(".")[2]
            found |= {_dimension(name) or f"column:{folded(name)}": value} if value.strip() else {}
    return found


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """The dimensions in which two statements hold for different things, the plainest first. A name inside the other,
    such as Gate and Gate G3, is no difference."""
    return tuple(name for name in sorted(one, key=_rank) if name in other and not _meet(one[name], other[name]))


def names(text: str, label: str) -> bool:
    """Whether a text names the label, as a whole word where it is Latin."""
    plain, wanted = _plain(text), _plain(label)
    if not wanted:
        return False
    return bool(regex.search(rf"(?<![a-z0-9]){regex.escape(wanted)}(?![a-z0-9])", plain))


def dimensions_of(text: str) -> frozenset[str]:
    """The dimensions in which a text says what it is about; with a code or a name also that of any table column."""
    kinds = {entity.kind for entity in entities_of(text)}
    named = {_KINDS[kind] for kind in kinds & _KINDS.keys()}
    return frozenset(named | ({"column"} if kinds & {"product", "code", "offer", "name"} else set()))


def _rank(name: str) -> int:
    order = ("column", "product", "version", "offer", "platform", "place", "billing", "audience", "side")
    return order.index(name.partition(":")[0])


def _meet(one: str, other: str) -> bool:
    return names(one, other) or names(other, one)


def _plain(text: str) -> str:
    return folded(fold(simplify(normalise(text))))


def _from_metadata(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for key, value in metadata.items():
        dimension = _dimension(key)
        if dimension and value.strip():
            yield dimension, value.strip()


def _dimension(key: str) -> str | None:
    return _KEYS.get(regex.sub(r"[\W_]+", "", key.casefold()))


@lru_cache(maxsize=2_000)
def _from_text(text: str) -> dict[str, str]:
    by_kind: dict[str, dict[str, str]] = {}
    for entity in entities_of(text):
        if (dimension := _KINDS.get(entity.kind)) and _is_name(dimension, entity.text):
            name = entity.text.split()[-1] if dimension == "product" else entity.text
            ending = _ENDING.match(text, entity.span.end) if dimension == "offer" else None
            by_kind.setdefault(dimension, {})[_plain(name)] = entity.text + (ending.group() if ending else "")
    for name, sides in _SIDES.items():
        for number, side in enumerate(sides):
            if match := side.search(simplify(text)):
                by_kind.setdefault(f"side:{name}", {})[str(number)] = match.group()
    # Of two plans in one sentence neither is what it holds for.
    return {dimension: next(iter(held.values())) for dimension, held in by_kind.items() if len(held) == 1}


def _is_name(dimension: str, text: str) -> bool:
    """ "Lifetime plan" with a small letter is a way to speak of one."""
    return not (dimension == "offer" and text.islower()) and text not in _AT_HOME


def _from_row(sentence: Sentence) -> Iterator[tuple[str, str]]:
    if sentence.header is None:
        return
    header = _cells(sentence.header.of(sentence.evidence.hit.chunk.text))
    row = _cells(sentence.text)
    # A table without a header row would be told apart by its first row.
    if header and row and header[0] and row[0] and not any(map(str.isdigit, header[0])):
        yield _dimension(header[0]) or f"column:{folded(header[0])}", row[0]


def _cells(row: str) -> list[str]:
    return [cell.strip(" *`") for cell in row.strip().strip("|").split("|")]
