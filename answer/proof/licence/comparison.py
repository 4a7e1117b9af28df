"""Comparatives: which side is more, and words whose opposite the quotes say."""

from collections.abc import Sequence

import regex

from core.text import analyse_query, normalise, simplify

_OPPOSITES = tuple(
    (regex.compile(one, regex.I), regex.compile(other, regex.I))
    for one, other in (
        (r"\bfast(?:er|est)\b", r"\bslow(?:er|est)\b"),
        (r"\bcheap(?:er|est)\b", r"\b(?:more|most) expensive\b|\bdearer\b"),
        (
            r"\b(?:high(?:er|est)|increas\w+|rais\w+|ris(?:es?|ing))\b",
            r"\b(?:low(?:er|est)|decreas\w+|reduc\w+|fall(?:s|ing)?)\b",
        ),
        (r"\b(?:larg|bigg|long)(?:er|est)\b", r"\b(?:small|short)(?:er|est)\b"),
        (r"\b(?:new(?:er|est)|later|latest)\b", r"\b(?:old(?:er|est)|earlier|earliest)\b"),
        (r"\bmaximum\b", r"\bminimum\b"),
        (r"\bafter\b", r"\bbefore\b"),
        (r"\benabl\w+\b", r"\bdisabl\w+\b"),
        (r"\balways\b", r"\bnever\b"),
        (r"\b(?:keep|retain)s?\b|\bkept\b|\bretained\b", r"\b(?:eras|delet|remov|wip)(?:es?|ed|ing)\b"),
        (r"\binclud(?:es?|ed|ing)\b", r"\bexclud(?:es?|ed|ing)\b"),
        (r"保留", r"清除|删除|清空"),
        (r"\ballow(?:s|ed)?\b|\bpermit\w*\b", r"\bforbid\w*\b|\bprohibit\w*\b|\bdisallow\w*\b"),
        (r"更?快(?!递|捷|照)", r"慢"),
        (r"贵", r"便宜|低廉"),
        (r"更高|最高|提高|上调|增加|升高", r"更低|最低|降低|下调|减少"),
        (r"更[大长多]", r"更[小短少]"),
        (r"更新的?版|更晚|[之以]后", r"更旧|更早|[之以]前"),
        (r"开启|启用|打开", r"关闭|停用|禁用"),
        (r"允许", r"禁止"),
        (r"收费", r"免费"),
    )
)
_ONLY = regex.compile(r"(?i)\b(?:only|exclusively|solely)\b|只(?![是要好]|读|剩)|仅(?!仅)|唯一|才(?:能|可)")
_NOT_ONLY = regex.compile(r"(?i)\bnot only\b|不仅|不只|read-only|只读")
_THAN = regex.compile(r"(?i)\bthan\b|(?<![对百分相同])比(?![例较率如赛重])")
_CLAUSE = regex.compile(r"[,;.!?](?=\s|$)|[，；。！？\n]")


def off_comparison(claim: str, sources: Sequence[str]) -> str:
    """In words what is wrong; empty where the claim compares as its sources do."""
    said, known = _plain(claim), [_plain(source) for source in sources]
    if _ONLY.search(_NOT_ONLY.sub(" ", said)) and not any(_ONLY.search(_NOT_ONLY.sub(" ", each)) for each in known):
        return "says 'only', which its quotes do not"
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            found = one.search(said)
            if found and not any(map(one.search, known)) and any(map(other.search, known)) and not other.search(said):
                return f"says {found.group()!r} where its quotes say the opposite"
    return "compares the other way round" if _turned(said, known) else ""


def _turned(claim: str, sources: Sequence[str]) -> bool:
    """Whether what stands before "than" stands behind it in the sources, and the other way round.

    In ``A 比 B 快`` both sides are compared by the stretch before ``比`` and the one behind it.
    """
    own = _sides(claim)
    if own is None:
        return False
    for source in sources:
        theirs = _sides(source)
        if theirs is None:
            continue
        straight = len(own[0] & theirs[0]) + len(own[1] & theirs[1])
        crossed = len(own[0] & theirs[1]) + len(own[1] & theirs[0])
        if crossed > straight:
            return True
    return False


def _sides(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The terms of either side that the other one lacks."""
    for clause in _CLAUSE.split(text):
        if match := _THAN.search(clause):
            before, behind = (
                frozenset(analyse_query(part)) for part in (clause[: match.start()], clause[match.end() :])
            )
            return before - behind, behind - before
    return None


def _plain(text: str) -> str:
    return simplify(normalise(text))
