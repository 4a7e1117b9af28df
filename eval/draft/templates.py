"""Questions that templates can ask of a passage, in its own language, with the words that answer each."""

from collections.abc import Iterator, Mapping

import regex

from answer.sentences.question_kind import holds
from core.types import Chunk, ChunkKind, Language
from eval.draft.question import DraftQuestion
from eval.draft.tables import table_drafts
from eval.draft.topic import Part, asked_by_heading, parts_of, plain_heading, task_of, topic_of

_ASKED: Mapping[str, Mapping[Language, str]] = {
    "price": {"en": "What price or fee applies to {}?", "zh": "{}的费用是多少？"},
    "limit": {"en": "What is the limit for {}?", "zh": "{}的上限是多少？"},
    "duration": {"en": "What time frame applies to {}?", "zh": "{}的时限是多久？"},
    "date": {"en": "From or until what date does “{}” apply?", "zh": "{}从哪天起、到哪天为止有效？"},
    "version": {"en": "Which version is needed for {}?", "zh": "{}需要哪个版本？"},
    "steps": {"en": "What are the steps for {}?", "zh": "{}的具体步骤是什么？"},
    "topic": {"en": "What should I know about {}?", "zh": "关于{}，需要知道什么？"},
}
_FACTS = {
    kind: regex.compile(pattern, regex.IGNORECASE)
    for kind, pattern in {
        "price": r"[$€£¥￥] ?\d|\d ?(?:USD|EUR|GBP|CNY|RMB|万?元|美元|欧元)|\bfree of charge\b|免费",
        "limit": r"\b(?:up to|at most|no more than|maximum|limited to|not exceed)\b[^.]{0,40}\d"
        r"|(?:最多|不超过|上限|至多|不得超过).{0,20}[\d一二三四五六七八九十]",
        "duration": r"\b(?:within|takes?|after|kept|valid|until|every|lasts?|lives?|for|in)\b"
        r"|内|有效|保留|需要|失效|最长|要",
        "date": r"(?:effective|valid|in force|applies|expires?|ends?|until|since|起|施行|生效|截止|到期|停止).*20\d\d"
        r"|20\d\d.*(?:起|施行|生效|截止|到期|停止)",
        "version": r"(?:requires?|needs?|at least|supported|minimum)\b[^.]{0,60}\d"
        r"|\d(?:[\d.]*) or (?:later|newer|higher)|要求.{0,30}\d|\d[\d.]* ?以上",
    }.items()
}
# A topic that already names the kind of fact would ask for the limit of a limit.
_NAMES_ITSELF = regex.compile(
    r"limit|price|cost|fee|version|date|steps|上限|限制|限额|价格|费用|版本|日期|步骤|期限|时限", regex.I
)
_STEP = regex.compile(r"^\s*(?:\d{1,2}[.)、．]|第[一二三四五六七八九十]+步)\s*\S")
_DEFINITION: Mapping[Language, regex.Pattern[str]] = {
    "en": regex.compile(r"^(?:An?|The) (?P<name>[A-Za-z][\w\-]*(?: [\w\-]+){0,2}) is (?:an?|the) (?!\w+est\b)[a-z]"),
    "zh": regex.compile(r"^(?P<name>[\p{Han}A-Za-z0-9 \-]{2,14}?)(?:是指|指的是|是一种|是一个|是一款|是一项)"),
}
_NO_NAME = regex.compile(
    r"(?:this|that|it|which|what|one|first|second|last|only|same|other)\b|这|那|它|其|本|该|如", regex.I
)
_CODE = regex.compile(r"(?<![\w\-])(?:[A-Z][A-Z0-9]*(?:[_\-][A-Z0-9]*\d[A-Z0-9]*)+|ERR_[A-Z_]+)(?![\w\-])")
_SHOWS_CODE = regex.compile(
    r"\b(?:error|shows?|returns?|answers?|reports?|message)\b|提示|报错|显示|返回|出现|错误", regex.I
)
_LEAST_CHARS: Mapping[Language, int] = {"en": 20, "zh": 8}
_MOST_CHARS = 400
_MOST_STEPS_CHARS = 1_200


def template_drafts(chunk: Chunk) -> list[DraftQuestion]:
    """Every question that a template makes of the passage; the last resort, kind ``topic``, comes last.

    A passage of code gives none, an FAQ entry only its own.
    """
    if chunk.kind is ChunkKind.CODE:
        return []
    if chunk.kind is ChunkKind.FAQ:
        return list(_faq_entry(chunk))
    parts = parts_of(chunk)
    drafts = list(table_drafts(chunk))
    for source in (_heading_question, _steps, _definitions, _codes, _facts, _topic):
        drafts += [draft for part in parts for draft in source(chunk, part)]
    return drafts


def _faq_entry(chunk: Chunk) -> Iterator[DraftQuestion]:
    first, _, rest = chunk.text.partition("\n")
    question = plain_heading(first)
    answer = _opening(chunk, Part((question,), tuple(rest.split("\n")), chunk.language))
    if question.endswith(("?", "？")) and answer:
        yield DraftQuestion(question=question, quote=answer, kind="faq", chunk=chunk)


def _heading_question(chunk: Chunk, part: Part) -> Iterator[DraftQuestion]:
    question, answer = asked_by_heading(part), _opening(chunk, part)
    if question and answer:
        yield DraftQuestion(question=question, quote=answer, kind="faq", chunk=chunk)


def _opening(chunk: Chunk, part: Part) -> str:
    """The first sentences that make a whole statement: "Yes." alone proves nothing."""
    for sentence in part.sentences:
        quote = _stretch(chunk, part.sentences[0], sentence)
        if len(quote) >= _LEAST_CHARS[chunk.language] or sentence == part.sentences[-1]:
            return quote if len(quote) <= _MOST_CHARS else ""
    return ""


def _stretch(chunk: Chunk, first: str, last: str) -> str:
    """The passage's text from one of its sentences to another."""
    start = chunk.text.index(first)
    return chunk.text[start : chunk.text.index(last, start) + len(last)]


def _steps(chunk: Chunk, part: Part) -> Iterator[DraftQuestion]:
    """The numbered lines of a part, as one quote."""
    steps = [line for line in part.lines if _STEP.match(line)]
    if len(steps) < 2 or not steps[0].lstrip().startswith(("1", "第一")):
        return
    quote = _stretch(chunk, steps[0], steps[-1]).strip()
    task = task_of(part)
    question = f"How do I {task}?" if task else _asked("steps", part)
    if question and len(quote) <= _MOST_STEPS_CHARS:
        yield DraftQuestion(question=question, quote=quote, kind="steps", chunk=chunk)


def _definitions(chunk: Chunk, part: Part) -> Iterator[DraftQuestion]:
    for sentence in part.sentences:
        found = _DEFINITION[part.language].match(sentence)
        if found and not _NO_NAME.match(found["name"]):
            name = found["name"].strip()
            question = f"{name}是什么？" if part.language == "zh" else f"What is {_article(sentence)}{name}?"
            yield DraftQuestion(question=question, quote=sentence, kind="definition", chunk=chunk)


def _article(sentence: str) -> str:
    return sentence.partition(" ")[0].lower() + " "


def _codes(chunk: Chunk, part: Part) -> Iterator[DraftQuestion]:
    for sentence in part.sentences:
        codes = set(_CODE.findall(sentence))
        if len(codes) == 1 and _SHOWS_CODE.search(sentence) and len(sentence) <= _MOST_CHARS:
            (code,) = codes
            question = f"什么情况下会出现 {code}？" if part.language == "zh" else f"When does {code} come up?"
            yield DraftQuestion(question=question, quote=sentence, kind="code", chunk=chunk)


def _facts(chunk: Chunk, part: Part) -> Iterator[DraftQuestion]:
    """A kind of fact that exactly one sentence of the part holds, asked of the part's topic."""
    for kind, pattern in _FACTS.items():
        holding = [sentence for sentence in part.sentences if pattern.search(sentence) and _holds(kind, sentence)]
        question = _asked(kind, part)
        if question and len(holding) == 1 and len(holding[0]) <= _MOST_CHARS:
            yield DraftQuestion(question=question, quote=holding[0], kind=kind, chunk=chunk)


def _holds(kind: str, sentence: str) -> bool:
    return kind not in {"duration", "version"} or holds(kind, sentence)


def _topic(chunk: Chunk, part: Part) -> Iterator[DraftQuestion]:
    """The whole of a short part, where nothing more can be asked of its heading."""
    question = _asked("topic", part)
    if question and part.sentences:
        quote = _stretch(chunk, part.sentences[0], part.sentences[-1])
        if len(quote) <= _MOST_CHARS:
            yield DraftQuestion(question=question, quote=quote, kind="topic", chunk=chunk)


def _asked(kind: str, part: Part) -> str:
    topic = topic_of(part)
    if not topic or (kind != "topic" and _NAMES_ITSELF.search(topic)):
        return ""
    return _ASKED[kind][part.language].format(topic)
