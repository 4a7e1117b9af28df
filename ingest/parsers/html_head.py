"""What a page says about itself: its head, its JSON-LD, and the questions that it shows to search engines only."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.html_inline import inline_text

# Of all the names that a ``meta`` may have only these say something about the text.
_KEPT = frozenset(
    "author description keywords product audience version date modified last-modified revised language title "
    "dc.title dc.creator dc.date dc.language dcterms.title dcterms.creator dcterms.modified dcterms.date "
    "article:author article:modified_time article:published_time og:title og:locale valid_from valid_until expires "
    "标题 作者 产品 日期 语言 受众 生效日期 有效期至".split()
)
_FROM_JSON_LD = ("headline", "author", "dateModified", "datePublished", "inLanguage", "validFrom", "validThrough")
_MAX_QUESTIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and its answer, which may be HTML."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``title`` and first ``heading`` of level 1, empty where there is none; raw ``fields`` for ``ingest.metadata``;
    ``questions`` of an FAQPage."""

    title: str
    heading: str
    fields: dict[str, object]
    questions: tuple[Question, ...]


def read_head(root: HtmlElement) -> Head:
    """Read before boilerplate is dropped, since that takes the scripts away."""
    objects = [entry for script in root.iter("script") if _is_json_ld(script) for entry in _json_ld(script.text or "")]
    title = " ".join((root.findtext(".//title") or "").split())
    stated = {"title": title, "language": root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")}
    fields: dict[str, object] = {key: value for key, value in stated.items() if value}
    for entry in objects:
        fields |= {key: _name(entry[key]) for key in _FROM_JSON_LD if entry.get(key) and key not in fields}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").strip().lower()
        if name in _KEPT and (meta.get("content") or "").strip():
            fields.setdefault(name, meta.get("content"))
    questions = [question for entry in objects for question in _questions(entry)]
    heading = next((text for element in root.iter("h1") if (text := inline_text(element))), "")
    return Head(title=title, heading=heading, fields=fields, questions=tuple(questions[:_MAX_QUESTIONS]))


def _is_json_ld(script: HtmlElement) -> bool:
    return (script.get("type") or "").strip().lower() == "application/ld+json"


def _json_ld(source: str) -> list[Mapping[str, object]]:
    """The objects of a script, those of its ``@graph`` too; none where it is broken."""
    try:
        data = json.loads(source, strict=False)
    except (ValueError, RecursionError):
        return []
    found = [entry for entry in _listed(data) if isinstance(entry, dict)]
    graphs = [entry for each in found for entry in _listed(each.get("@graph")) if isinstance(entry, dict)]
    return [*found, *graphs]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _name(value: object) -> object:
    """People and products come as objects with a name."""
    names = [each.get("name", "") if isinstance(each, dict) else each for each in _listed(value)]
    return names[0] if len(names) == 1 else names


def _questions(entry: Mapping[str, object]) -> Iterator[Question]:
    """Of a FAQPage, a QAPage or a page with such a part (schema.org)."""
    for item in [entry, *_listed(entry.get("mainEntity"))]:
        if not isinstance(item, dict) or "Question" not in _listed(item.get("@type")):
            continue
        accepted = [*_listed(item.get("acceptedAnswer")), *_listed(item.get("suggestedAnswer"))]
        texts = [each["text"] for each in accepted if isinstance(each, dict) and isinstance(each.get("text"), str)]
        text = item.get("name") or item.get("text")
        if isinstance(text, str) and texts:
            yield Question(text=text, answer="\n".join(texts))
