"""What a prompt need not say twice. Only the prompt: every passage can be quoted as it is stored.

Two repeats are left out: what a passage has in common with its neighbour in the document, where the prompt holds that
as well; and whole sentences of prose that several passages share and that have no word of the question, such as legal
notices and signatures. A sentence that has one may hold for one product here and for another there, so it stays.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from core.sentences import split_sentences
from core.text import analyse, analyse_query, is_stop_term
from core.types import Chunk, ChunkKind, Evidence, Span

ELLIPSIS = "…"
_FEW_TERMS = 4  # shorter sentences cost less than what their absence may confuse


def without_repeats(question: str, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The passages as a prompt shows them, under their numbers: the first one that says something says it. Those that
    have nothing left are absent; no other reader is to be given these texts."""
    asked = {term for term in analyse_query(question) if not is_stop_term(term)}
    said: set[str] = set()
    shown: list[Evidence] = []
    for item in evidence:
        chunk = item.hit.chunk
        left = [span for span in split_sentences(chunk.text) if not _is_repeat(span, chunk, asked, said, shown)]
        if chunk.kind is not ChunkKind.PROSE:
            shown.append(item)
        elif left:
            shown.append(_with_text(item, _joined(chunk.text, left)))
        said |= {key for span in left if (key := _key(span.of(chunk.text)))}
    return tuple(shown)


def _is_repeat(
    span: Span, chunk: Chunk, asked: Collection[str], said: Collection[str], shown: Sequence[Evidence]
) -> bool:
    there = span.shifted(chunk.span.start)
    for other in (item.hit.chunk for item in shown):
        if other.document_id == chunk.document_id and other.span.overlap(there) == len(there):
            return True
    sentence = span.of(chunk.text)
    return _key(sentence) in said and not any(term in asked for term in analyse(sentence))


def _key(sentence: str) -> str:
    """Equal for sentences of the same terms; empty for a short one."""
    terms = analyse(sentence)
    return " ".join(terms) if len(terms) >= _FEW_TERMS else ""


def _joined(text: str, left: Sequence[Span]) -> str:
    """The sentences that are left, with a sign where one is missing between, before or behind them."""
    parts, end = [], 0
    for span in left:
        between = text[end : span.start]
        parts += [between if not between.strip() else f" {ELLIPSIS} ", span.of(text)]
        end = span.end
    return "".join([*parts, f" {ELLIPSIS}" if text[end:].strip() else ""]).strip()


def _with_text(item: Evidence, text: str) -> Evidence:
    chunk = item.hit.chunk
    return item if text == chunk.text.strip() else replace(item, hit=replace(item.hit, chunk=replace(chunk, text=text)))
