"""What a part of a document is about, in words that fit into the middle of a question."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from core.sentences import split_sentences
from core.types import Chunk, Language

# Headings that only say which part of a subject follows; their subject is the heading above.
_PARTS = regex.compile(
    r"(?:overview|introduction|summary|details?|notes?|general|prices?|pricing|limits?|parameters?|steps?|requirements?"
    r"|specifications?|more|other|exceptions?|new|changed|fixed|known issues|scope|faq|questions?"
    r"|概述|概览|简介|说明|介绍|详情|备注|注意事项|注意|价格|限制|参数|步骤|要求|规格|其他|常见问题|总则|附则|范围|例外)",
    regex.IGNORECASE,
)
_FILE_NAME = regex.compile(r"[\w\-]+\.[A-Za-z]{2,5}|\w+(?:_\w+)+|\w*\d{4}-\d\d-\d\d.*|v?\d[\d. ]*.*")
_CLAUSE = {
    "en": regex.compile(
        r"(?:how|what|when|where|why|who|which|if|can|is|are|do|does|before|after|while|until)\b|.*[?!:|.]", regex.I
    ),
    "zh": regex.compile(
        r".*(?:怎么|怎样|如何|什么|多久|多少|哪|谁|吗|呢|为何|能不能|会不会|可不可以|要注意|了|之前|之后|时候)"
        r"|.*[？！：|。，；?!:,;]|(?:如果|当|在).*"
    ),
}
_ASKS = {
    "en": regex.compile(r"(?:how|what|when|where|why|who|which|can|is|are|do|does)\b", regex.I),
    "zh": regex.compile(r".*(?:怎么|怎样|如何|什么|多久|多少|哪|谁|吗$|呢$|为何|能不能|会不会|可不可以)"),
}
_NUMBERING = regex.compile(
    r"^\s*(?:第[一二三四五六七八九十\d]+[章节条]|[一二三四五六七八九十]+、|\d{1,2}(?:\.\d{1,2})*[.、)]?\s+(?=\p{L})|\d{1,2}、)\s*"
)
_IMPERATIVE = regex.compile(
    r"(?:add|activate|assign|back up|cancel|change|check|choose|clean|configure|connect|copy|create|delete|disable"
    r"|download|enable|export|find|get|import|install|invite|join|keep|limit|link|log in|log out|manage|merge|move|open"
    r"|pair|pay|print|recover|remove|rename|renew|replace|report|request|reset|restart|restore|revoke|rotate|save|scan"
    r"|schedule|send|set|share|sign in|sign up|start|stop|switch|sync|transfer|turn off|turn on|uninstall|update"
    r"|upgrade|upload|use|verify|view)\b(?!\w)",
    regex.IGNORECASE,
)
_TITLE_ENDING = regex.compile(r"(?<=.{3})(?:使用说明|说明|指南|手册|教程|简介|介绍)$")
_HAN = regex.compile(r"\p{Han}")
_LIST_MARK = regex.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)、．])\s")
_ENDS = '.。!！?？;；:：,，|)）"”』」'
_MOST_CHARS: dict[Language, int] = {"en": 60, "zh": 24}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a passage under one heading: ``headings`` from the title down, ``lines`` verbatim without tables."""

    headings: tuple[str, ...]
    lines: tuple[str, ...]
    language: Language

    @property
    def sentences(self) -> list[str]:
        """The whole sentences, verbatim, without questions and lines that only lead into what follows."""
        spans = [(line, span) for line in self.lines for span in split_sentences(line)]
        return [text for line, span in spans if (text := span.of(line))[-1] in '.。!！;；”"’)）']


def parts_of(chunk: Chunk) -> list[Part]:
    """A passage of several short sections holds their headings as lines of their own: each begins a part."""
    parts = _parts(chunk, headings_of(chunk))
    return [Part(headings, tuple(lines), chunk.language) for headings, lines in parts if lines]


def headings_of(chunk: Chunk) -> tuple[str, ...]:
    """Title and headings of the passage, each once; a table header that a later part of a table carries is none."""
    return tuple(dict.fromkeys(plain_heading(each) for each in (chunk.title, *chunk.heading_path) if "|" not in each))


def _parts(chunk: Chunk, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    headings, lines = path, list[str]()
    paragraphs = chunk.text.split("\n\n")
    for place, paragraph in enumerate(paragraphs):
        if place + 1 < len(paragraphs) and _is_heading(paragraph, chunk.language):
            yield headings, lines
            inner = plain_heading(paragraph)
            headings, lines = (path if inner in path else (*path, inner)), []
        else:
            lines += [line for line in paragraph.split("\n") if line.strip() and not line.startswith("|")]
    yield headings, lines


def _is_heading(paragraph: str, language: Language) -> bool:
    text = paragraph.strip()
    if "\n" in text or not text or _LIST_MARK.match(text) or len(text) > _MOST_CHARS[language]:
        return False
    return text[-1] not in _ENDS or text.endswith(("?", "？", ")", "）"))


def plain_heading(heading: str) -> str:
    """Without its numbering, on one line; words all in capitals in small letters."""
    plain = _NUMBERING.sub("", " ".join(heading.split())).strip(" #*").removeprefix("关于")
    return plain.capitalize() if plain.isupper() and " " in plain else plain


def topic_of(part: Part) -> str:
    """A noun phrase for the last heading; empty where that is none. The title serves where it is the only heading."""
    if not part.headings:
        return ""
    *above, last = part.headings
    if not _is_noun(last, part.language):
        return ""
    whole = next((heading for heading in reversed(above) if _is_noun(heading, part.language)), "")
    if _PARTS.fullmatch(last):
        return _part_of(last, whole, part.language) if whole else ""
    if not above:
        return _TITLE_ENDING.sub("", last)
    if whole and _is_short(last, part.language):
        return f"“{whole}”中的{last}" if part.language == "zh" else f"{_inside(last, part)} in “{whole}”"
    return _inside(last, part)


def _part_of(part: str, whole: str, language: Language) -> str:
    return f"{whole}的{part}" if language == "zh" else f"the {part[:1].lower()}{part[1:]} of {whole}"


def _is_short(heading: str, language: Language) -> bool:
    """Too short to say by itself what it is about."""
    return len(heading) <= 3 if language == "zh" else " " not in heading


def _is_noun(heading: str, language: Language) -> bool:
    if not heading or len(heading) > _MOST_CHARS[language] or _FILE_NAME.fullmatch(heading):
        return False
    if bool(_HAN.search(heading)) != (language == "zh"):
        return False
    return not (_CLAUSE[language].match(heading) or (language == "en" and _IMPERATIVE.match(heading)))


def _inside(heading: str, part: Part) -> str:
    """Begun in lower case, unless the first word seems to be a name: "Gate G3" keeps its capital."""
    first, _, rest = heading.partition(" ")
    text = " ".join(part.lines)
    lowered = first[:1].lower() + first[1:]
    if rest:
        is_name = not rest.islower() or bool(regex.search(rf"[a-z,] {regex.escape(first)}\b", text))
    else:
        is_name = not regex.search(rf"\b{regex.escape(lowered)}\b", text)
    return heading if is_name or not (first[1:].islower() or len(first) == 1) else f"{lowered} {rest}".strip()


def task_of(part: Part) -> str:
    """The last heading where it tells to do something ("Reset a password"), begun in lower case; English only."""
    last = part.headings[-1] if part.headings else ""
    if part.language == "zh" or not _IMPERATIVE.match(last) or regex.search(r"[?!:|.]", last):
        return ""
    return last[:1].lower() + last[1:]


def asked_by_heading(part: Part) -> str:
    """The last heading as a question, after the title where it needs one; empty where it asks nothing."""
    last = part.headings[-1] if part.headings else ""
    if not _ASKS[part.language].match(last):
        return ""
    title = part.headings[0]
    if last.endswith(("?", "？")) or title == last or not _is_noun(title, part.language):
        return last
    return f"{title}：{last}？" if part.language == "zh" else f"{title}: {last[:1].lower()}{last[1:]}"
