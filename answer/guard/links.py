"""Links: those in a document that would carry a conversation away, and those in an answer that no source holds."""

import html
import re
from collections.abc import Iterable, Iterator

from answer.guard.finding import Finding
from core.text import language_of, normalise
from core.types import Span

_TARGET = r"\]\(\s{0,3}<?([^)\s>]{1,2000})>?\)?"
_MARKDOWN = re.compile(rf"!?\[[^\]\n]{{0,300}}{_TARGET}")
# A blank to be filled in, named for what the conversation holds.
_BLANK = re.compile(
    r"(?:\{|%7b|\[|%3c|\$|\*\*)[^{}\[\]$*]{0,40}?(?:conversation|chat|history|prompt|question|secret|"
    r"context|summary|answer|user.?(?:data|input|message|e-?mail)|password|对话|问题|聊天|上下文|密码|用户)"
)
# What leads a browser or a chat window elsewhere: addresses, targets of links and images, also as HTML.
_ADDRESS = re.compile(
    r"""(?:\b(?:https?|ftp|data|javascript|file|mailto):|\bwww\.)[^\s<>"'()\[\]`，。；、）】」』“”]+|"""
    r"""(?:\]\(\s*<?|^\s*\[[^\]\n]{1,99}\]:\s*|\b(?:src|href)\s*=\s*["']?)([^\s<>"')]+)""",
    re.IGNORECASE | re.MULTILINE,
)

_LATIN = re.compile(r"[ -~]+\.[ -~]+(?=[^ -~])")


class LinkDetector:
    """Links and images in Markdown whose address has a blank for what was said in the conversation."""

    name = "exfiltration"

    def find(self, text: str) -> Iterator[Finding]:
        """See ``Detector.find``."""
        if "](" not in text:
            return
        for match in _MARKDOWN.finditer(text):
            if _BLANK.search(match.group(1)):
                language = language_of(text[max(0, match.start() - 200) : match.end()])
                yield Finding(kind=self.name, span=Span(*match.span()), confidence=0.9, language=language)


def unsourced_links(text: str, sources: Iterable[str]) -> list[str]:
    """Addresses in ``text``, as a link, an image or bare, that stand in none of ``sources``."""
    found = list(dict.fromkeys(_addresses(text)))
    if not found:
        return []
    known = [_comparable(source) for source in sources]
    return [address for address in found if not any(_stands_in(address, source) for source in known)]


def _addresses(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(html.unescape(text)):
        address = (match.group(1) or match.group()).rstrip(".,;:!?*_")
        if address:
            yield address


def _stands_in(address: str, source: str) -> bool:
    """Chinese writes on without a space: what follows the Latin part may be the sentence."""
    latin = _LATIN.match(address)
    return _comparable(address) in source or bool(latin and _comparable(latin.group()) in source)


def _comparable(text: str) -> str:
    return normalise(html.unescape(text)).casefold()
