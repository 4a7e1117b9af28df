"""What of exported data is a question with its answer, whatever the export calls them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.parsers.html_tree import asks

# In the order of preference; compared without case.
_QUESTION_KEYS = tuple(
    "question questions q query prompt 问题 問題 提问 提問 问 問 标准问 标准问题 相似问 title name heading "
    "subject 标题 標題 题目".split()
)
_ANSWER_KEYS = tuple(
    "answer answers a acceptedanswer suggestedanswer response reply solution 答案 回答 解答 答 答复 答覆 回复 回覆 "
    "解决方案 解決方案".split()
)
# An article has a title and a body; a title alone asks nothing.
_BODY_KEYS = ("body", "content", "html", "text", "description", "正文", "内容", "內容")
_NAME_KEYS = (
    "title",
    "category",
    "section",
    "name",
    "topic",
    "标题",
    "標題",
    "分类",
    "分類",
    "类别",
    "類別",
    "名称",
    "名稱",
)
_TEXT_KEYS = ("text", "html", "content", "body", "value", "内容")
_LEAST_PAIRS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question (or title) with its answer; ``others`` are further wordings, ``rest`` the other fields as they are."""

    question: str
    answer: str
    others: tuple[str, ...] = ()
    rest: Mapping[str, Any]


def entry_of(value: Any) -> Entry | None:
    """``value`` as an entry; None where it is no mapping with a question and an answer that are text."""
    if not isinstance(value, dict):
        return None
    fields = {str(key).strip().lower(): key for key in value}
    answer_keys = [fields[key] for key in (*_ANSWER_KEYS, *_BODY_KEYS) if key in fields]
    for question_key in (fields[key] for key in _QUESTION_KEYS if key in fields):
        answer_key = next((key for key in answer_keys if key != question_key and _text(value[key])), None)
        wordings = _texts(value[question_key])
        if answer_key is not None and wordings:
            rest = {key: item for key, item in value.items() if key not in {question_key, answer_key}}
            rest |= {key: left for key in (question_key, answer_key) if (left := _left(value[key]))}
            return Entry(question=wordings[0], answer=_text(value[answer_key]), others=tuple(wordings[1:]), rest=rest)
    return None


def asked_keys(value: Any) -> list[Entry]:
    """The entries of a mapping from questions to answers; empty where the keys are no questions."""
    if not isinstance(value, dict) or len(value) < _LEAST_PAIRS:
        return []
    if not all(isinstance(answer, str) and asks(str(question)) for question, answer in value.items()):
        return []
    return [Entry(question=str(question), answer=answer, rest={}) for question, answer in value.items()]


def holds_entries(value: Any) -> bool:
    """Whether entries stand somewhere inside."""
    if isinstance(value, list):
        return any(entry_of(item) is not None or holds_entries(item) for item in value)
    return isinstance(value, dict) and (bool(asked_keys(value)) or any(map(holds_entries, value.values())))


def name_of(value: Mapping[str, Any]) -> tuple[str, str]:
    """The key and the text by which a group of entries is named; both empty where it has no name."""
    fields = {str(key).strip().lower(): key for key in value}
    keys = (fields[key] for key in _NAME_KEYS if key in fields)
    return next(((key, value[key]) for key in keys if isinstance(value[key], str) and value[key].strip()), ("", ""))


def _text(value: Any) -> str:
    return "\n\n".join(_texts(value))


def _texts(value: Any) -> list[str]:
    return [text for text in _pieces(value) if text.strip()] if not _is_data(value) else []


def _is_data(value: Any) -> bool:
    """A list or mapping that says more than one text."""
    if isinstance(value, list):
        return any(_is_data(item) for item in value)
    if isinstance(value, dict) and any(key in value for key in _TEXT_KEYS):
        return _is_data(value[_text_key(value)])
    return not isinstance(value, str)


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _pieces(item)
    else:
        yield from _pieces(value[_text_key(value)])


def _left(value: Any) -> Any:
    """What a question or answer says besides its text; types of schema.org say nothing. Falsy where that is all."""
    if isinstance(value, list):
        return [left for item in value if (left := _left(item))]
    if not isinstance(value, dict):
        return None
    text_key = _text_key(value)
    left = {key: item for key, item in value.items() if key != text_key and not str(key).startswith("@")}
    return left | ({text_key: inner} if (inner := _left(value[text_key])) else {})


def _text_key(value: Mapping[str, Any]) -> str:
    return next(key for key in _TEXT_KEYS if key in value)
