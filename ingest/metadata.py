"""What formats say about a document, under one set of names whatever the format and the language of its keys.

    title, author, product, audience    text
    modified                            ISO day or moment
    valid_from, valid_until             ISO days, inclusive
    language                            ``en``, ``zh-CN``, ... (BCP 47)

Any other key keeps its name and value. A date that cannot be read keeps its text, and ``unread_dates`` names its key.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice

from core.filtering import visible
from ingest.dates import day, days, moment

MAX_KEYS = 50
MAX_KEY_CHARS = 80
MAX_VALUE_CHARS = 1_000
UNREAD_DATES = "unread_dates"
_MAX_PIECES = 200
# The names that formats and people use, the surest first. Compared without case, spaces, ``-``, ``_``, ``:`` and ``.``.
_ALIASES = {
    "title": "title ogtitle headline dctitle dctermstitle subject 标题 標題 题目 題目 主题 主題 名称 名稱",
    "author": "author authors creator dccreator dctermscreator articleauthor from byline writtenby 作者 作者姓名 "
    "撰写人 撰稿人 编写人 撰寫人 发件人 發件人",
    "modified": "modified updated updatedat lastmodified lastupdated lastmod modificationdate moddate datemodified "
    "dctermsmodified articlemodifiedtime revised 修改时间 修改日期 更新时间 更新日期 最后更新 修改時間 更新時間 "
    "date datepublished articlepublishedtime published publisheddate dcdate dctermsdate created creationdate 日期 "
    "发布日期 發布日期 发布时间",
    "language": "language lang locale inlanguage oglocale dclanguage contentlanguage 语言 語言 语种",
    "product": "product products productname 产品 產品 适用产品 適用產品 产品名称",
    "audience": "audience audiences readers targetaudience 受众 受眾 读者 讀者 适用对象 適用對象 目标读者 适用人群",
    "valid_from": "validfrom effective effectivefrom effectivedate 生效日期 生效时间 生效日 生效時間 有效期自 有效期从 "
    "有效期起",
    "valid_until": "validuntil validto validthrough expires expiry expiration expirydate expirationdate expireson "
    "有效期至 失效日期 到期日 到期日期 截止日期 失效时间 有效期止",
}
_PERIODS = frozenset("validity valid validperiod 有效期 有效期限 有效时间".split())
_LANGUAGES = {
    "english": "en",
    "英文": "en",
    "英语": "en",
    "英語": "en",
    "chinese": "zh",
    "中文": "zh",
    "汉语": "zh",
    "简体中文": "zh-CN",
    "simplified chinese": "zh-CN",
    "繁体中文": "zh-TW",
    "繁體中文": "zh-TW",
    "traditional chinese": "zh-TW",
}
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def named(fields: Mapping[str, object]) -> dict[str, str]:
    """``fields`` under the names above, values as text; applying it again changes nothing.

    At most ``MAX_KEYS`` keys; longer keys are left out and longer values cut. Where two keys mean the same
    the surer one gives the value and the other stays as it is.
    """
    texts = {key.strip(): text for key, value in fields.items() if (text := as_text(value)) and key.strip()}
    texts = {key: text for key, text in texts.items() if len(key) <= MAX_KEY_CHARS}
    result: dict[str, str] = {}
    unread = {key.strip() for key in texts.pop(UNREAD_DATES, "").split(",")} - {""}
    for name, aliases in _SPLIT_ALIASES.items():
        key = min((key for key in texts if _plain(key) in aliases), key=lambda key: aliases[_plain(key)], default=None)
        if key is not None:
            result[name], is_read = _value(name, texts.pop(key))
            unread |= set() if is_read else {name}
    result |= _period(texts, result)
    result |= {key: text for key, text in texts.items() if key not in result}
    if unread:
        result = {UNREAD_DATES: ", ".join(sorted(unread)), **result}
    return dict(islice(result.items(), MAX_KEYS))


def known_name(key: str) -> str:
    """The name above that a key means (``生效日期`` is ``valid_from``), else the key without what shows as nothing."""
    plain = _plain(key)
    known = (name for name, aliases in _SPLIT_ALIASES.items() if plain in aliases)
    return next(known, " ".join(visible(key).split()))


def as_text(value: object) -> str:
    """A scalar as it stands, a list with commas, a mapping as ``key: value``; empty for nothing, cut where too long.

    Looks at a bounded number of parts, since a few lines of YAML can refer to one another a billion times.
    """
    text = "".join(islice(_pieces(value), _MAX_PIECES))
    text = " ".join(visible(text).split())
    text = text if isinstance(value, str) else text.strip(", ;")
    return text if len(text) <= MAX_VALUE_CHARS else text[: MAX_VALUE_CHARS - 1] + "…"


def _pieces(value: object) -> Iterator[str]:
    # Every node gives a piece, an empty one too: the count of pieces is what bounds the walk.
    if isinstance(value, list | tuple | set):
        yield ""
        for number, item in enumerate(value):
            yield ", " if number else ""
            yield from _pieces(item)
    elif isinstance(value, dict):
        yield ""
        for number, (key, item) in enumerate(value.items()):
            yield f"{'; ' if number else ''}{key}: "
            yield from _pieces(item)
    elif isinstance(value, bool):
        yield str(value).lower()
    else:
        yield "" if value is None else str(value)[: 2 * MAX_VALUE_CHARS]


def _plain(key: str) -> str:
    return re.sub(r"[\s_\-:.]+", "", unicodedata.normalize("NFKC", key)).lower()


_SPLIT_ALIASES = {
    name: {alias: rank for rank, alias in reversed(list(enumerate([_plain(name), *aliases.split()])))}
    for name, aliases in _ALIASES.items()
}


def _value(name: str, text: str) -> tuple[str, bool]:
    """The value in its known form, or as it stands with False where it should be a date and is none."""
    if name == "language":
        return _language(text), True
    if name in {"modified", "valid_from", "valid_until"}:
        found = (moment if name == "modified" else day)(text)
        return found or text, found is not None
    return text, True


def _language(text: str) -> str:
    known = _LANGUAGES.get(text.lower())
    if known or not _TAG.fullmatch(text):
        return known or text
    first, *rest = re.split("[-_]", text)
    cased = [part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in rest]
    return "-".join([first.lower(), *cased])


def _period(texts: dict[str, str], result: Mapping[str, str]) -> dict[str, str]:
    """Both ends of a period that stands under one key, unless an end is stated on its own."""
    for key, text in texts.items():
        if _plain(key) in _PERIODS and (found := days(text)):
            return {
                name: end for name, end in zip(("valid_from", "valid_until"), found, strict=True) if name not in result
            }
    return {}
