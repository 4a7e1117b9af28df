"""The sentences of the evidence as candidates for an extractive answer, each with what it hangs on.

That is its headings, the line that leads into its list, the header of its table, the question of its FAQ entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from core.sentences import split_sentences
from core.text import trimmed
from core.types import Chunk, Evidence, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One candidate: its span in the passage's text, and what it hangs on.

    ``header`` is the table header that a row is quoted with, ``lead`` the line that opens its list or section.
    ``paragraph`` counts the paragraphs, lists and tables of the passage: only sentences of one paragraph are joined.
    """

    evidence: Evidence
    span: Span
    header: Span | None = None
    lead: str = ""
    first: bool = False
    paragraph: int = 0

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.span.of(self.evidence.hit.chunk.text)

    @property
    def context(self) -> str:
        """Title, headings, lead-in and table header, one a line."""
        chunk = self.evidence.hit.chunk
        header = self.header.of(chunk.text) if self.header else ""
        return "\n".join(part for part in (chunk.context, self.lead, header) if part)

    @property
    def in_context(self) -> str:
        """The context and the sentence."""
        return f"{self.context}\n{self.text}"


def sentences_of(evidence: Evidence) -> list[Sentence]:
    """The candidates of one passage, in order; headings, questions and table headers are only context."""
    chunk = evidence.hit.chunk
    found: list[Sentence] = []
    lead, header, first, paragraph, end = "", None, True, 0, 0
    for span in _units(chunk.text):
        text = span.of(chunk.text)
        paragraph += "\n\n" in chunk.text[end : span.start]
        end = span.end
        if _is_heading(text, chunk):
            lead, header, first, paragraph = text, None, True, paragraph + 1
        elif not text.startswith("|"):
            header = None
            if not text.endswith(("?", "？")):
                found.append(Sentence(evidence=evidence, span=span, lead=lead, first=first, paragraph=paragraph))
                first = False
            if text.endswith((":", "：", "?", "？")):
                lead = text
        elif header is None:
            header = span
        elif not _is_rule(text):
            found.append(Sentence(evidence=evidence, span=span, header=header, lead=lead, paragraph=paragraph))
    return found


def _units(text: str) -> Iterator[Span]:
    """Sentences, and table rows whole: a row's cells may hold full stops."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if line.startswith("|"):
            yield trimmed(text, start, end)
        else:
            yield from (span.shifted(start) for span in split_sentences(line))
        start = end


def _is_heading(text: str, chunk: Chunk) -> bool:
    return text.startswith("#") or text.lstrip("#").strip() in chunk.heading_path


def _is_rule(row: str) -> bool:
    return set(row) <= set("|-: ")
