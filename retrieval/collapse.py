"""A passage that several documents hold comes back once.

Only what says the same in the same place is one passage: equal words under equal headings of documents with equal
titles. Of files that are equal throughout, titles may also differ by what a file manager adds to a copy's name.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TypeAlias

import regex

from core.sameness import same_words
from core.types import Chunk, Hit
from store.duplicates import Standing

# What is known of documents by their ids; asked only where hits say the same.
Standings: TypeAlias = Callable[[Sequence[str]], Mapping[str, Standing]]
_UNKNOWN = Standing(version=0, words_hash="")
_COPY_MARK = regex.compile(
    r"^(?:copy of |副本[ _-]*)"
    r"|(?:[ _-]+copy|[ _-]*(?:副本|复件|拷贝))(?: ?\(?\d{1,2}\)?)?$"
    r"| ?\(\d{1,2}\)$"
)
# The same passages come back for question after question; Chinese ones cost 50 µs to bring into normal form.
_words = lru_cache(maxsize=8_192)(same_words)


def collapse(hits: Sequence[Hit], standings: Standings, today: date) -> list[Hit]:
    """``hits`` in their order, each group that says the same as one hit in the place and with the scores of its best.

    Its passage is that of the document that is valid today, then of the newest; ``also_in`` names the other documents.
    """
    return [hit for hit, _ in collapsed(hits, standings, today)]


def collapsed(hits: Sequence[Hit], standings: Standings, today: date) -> list[tuple[Hit, Sequence[Hit]]]:
    """What ``collapse`` gives, each hit with the group that it stands for."""
    alike = _alike([hit.chunk for hit in hits])
    if not alike:
        return [(hit, (hit,)) for hit in hits]
    known = standings(sorted({chunk.document_id for chunk in alike.values()}))
    titles = _titles(alike.values(), known)
    groups: dict[object, list[Hit]] = defaultdict(list)
    for hit in hits:
        chunk = hit.chunk
        groups[_place(chunk, titles) if chunk.id in alike else chunk.id].append(hit)
    return [(_merged(group, known, today) if len(group) > 1 else group[0], group) for group in groups.values()]


def distinct(chunks: Iterable[Chunk]) -> int:
    """How many of the passages have words of their own, whatever their titles and headings are."""
    held = list(chunks)
    alike = _alike(held)
    return len(held) - len(alike) + len({_words(chunk.text) for chunk in alike.values()})


def _alike(chunks: Sequence[Chunk]) -> dict[str, Chunk]:
    """Passages with the words of another one, by id; their lengths tell most of them apart without a look at the words.

    Width, case, white space and script do not change the count of tokens.
    """
    lengths = Counter(chunk.token_count for chunk in chunks)
    close = [chunk for chunk in chunks if lengths[chunk.token_count] > 1]
    words = Counter(_words(chunk.text) for chunk in close)
    return {chunk.id: chunk for chunk in close if words[_words(chunk.text)] > 1}


def _titles(chunks: Iterable[Chunk], known: Mapping[str, Standing]) -> dict[str, str]:
    """A title for each document by id: its own, or that of the file of the same text that it seems to be a copy of."""
    titles = {chunk.document_id: _words(chunk.title) for chunk in chunks}
    originals: dict[tuple[str, str], str] = {}
    copies = {
        document: (_without_copy_mark(title), known[document].words_hash)
        for document, title in titles.items()
        if known.get(document, _UNKNOWN).words_hash
    }
    for document, family in copies.items():
        originals[family] = min(originals.get(family, titles[document]), titles[document], key=len)
    return titles | {document: originals[family] for document, family in copies.items()}


def _place(chunk: Chunk, titles: Mapping[str, str]) -> tuple[object, ...]:
    """Equal for passages that are one."""
    return titles[chunk.document_id], tuple(map(_words, chunk.heading_path)), _words(chunk.text)


def _without_copy_mark(title: str) -> str:
    while (shorter := _COPY_MARK.sub("", title)) != title:
        title = shorter
    return title


def _merged(group: Sequence[Hit], known: Mapping[str, Standing], today: date) -> Hit:
    chunk = min((hit.chunk for hit in group), key=lambda each: _seniority(each, known, today))
    others = {hit.chunk.source for hit in group} - {chunk.source}
    return replace(group[0], chunk=chunk, also_in=tuple(sorted(others)))


def _seniority(chunk: Chunk, known: Mapping[str, Standing], today: date) -> tuple[bool, int, str]:
    begun = chunk.valid_from is None or chunk.valid_from <= today
    ended = chunk.valid_until is not None and chunk.valid_until < today
    return not begun or ended, -known.get(chunk.document_id, _UNKNOWN).version, chunk.id
