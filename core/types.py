"""The states that a document and a question pass through, one frozen type each.

A stage takes one of these and returns a new one; none is ever changed in place. Offsets are half-open and count
characters (Unicode code points) of ``Document.text``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Language: TypeAlias = Literal["en", "zh"]
FloatArray: TypeAlias = NDArray[np.float32]
Metadata: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of character offsets, ``0 <= start <= end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got start={self.start}, end={self.end}")

    def of(self, text: str) -> str:
        """The part of ``text`` that this span covers."""
        return text[self.start : self.end]

    def shifted(self, offset: int) -> "Span":
        """The same range, ``offset`` characters further on, or back where it is negative."""
        return Span(self.start + offset, self.end + offset)

    def overlap(self, other: "Span") -> int:
        """How many characters both spans cover."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def __len__(self) -> int:
        return self.end - self.start


class BlockKind(StrEnum):
    """What a stretch of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"


class ChunkKind(StrEnum):
    """What a passage holds; tables and code are not split inside a row or a line."""

    PROSE = "prose"
    TABLE = "table"
    CODE = "code"
    FAQ = "faq"


class Outcome(StrEnum):
    """What became of one file of an ingestion run."""

    INGESTED = "ingested"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    FAILED = "failed"


class Stage(StrEnum):
    """Which step of retrieval gave a hit its score. Scores compare only within one stage."""

    LEXICAL = "lexical"
    DENSE = "dense"
    FUSED = "fused"
    LATE_INTERACTION = "late_interaction"
    CROSS_ENCODER = "cross_encoder"
    RERANKED = "reranked"


class AnswerStatus(StrEnum):
    """How a question ended. "Nothing found" and "a part is down" are different answers."""

    ANSWERED = "answered"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One structural unit of a document. ``level`` is 1 to 6 for headings and 0 otherwise; ``page`` counts from 1."""

    kind: BlockKind
    span: Span
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """What a parser read from one file, before it belongs to a knowledge base.

    ``text`` is the canonical text that every later offset refers to; tables stand in it as Markdown rows.
    ``parser`` names the parser and its version, for example ``"pypdfium2 5.15.2"``.
    """

    title: str
    text: str
    blocks: tuple[Block, ...]
    parser: str
    metadata: Metadata = field(default_factory=dict)
    attachments: tuple["Attachment", ...] = ()

    def __post_init__(self) -> None:
        end = max((block.span.end for block in self.blocks), default=0)
        if end > len(self.text):
            raise ValueError(f"a block of {self.title!r} ends at {end}, past the text's {len(self.text)} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside a file: ``name`` as its parent gives it, ``content`` in bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of one source in one knowledge base.

    ``source`` is the path relative to the ingested folder (or a URI) and with ``kb`` identifies the document over
    time; ``content_hash`` is the SHA-256 of the file's bytes. ``valid_from`` and ``valid_until`` are inclusive days.
    """

    id: str
    kb: str
    source: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    language: Language
    content_hash: str
    metadata: Metadata = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A passage: ``document.text[span] == text`` always holds.

    ``ordinal`` counts the passages of one document from 0; ``token_count`` is the embedder's.
    ``valid_from`` and ``valid_until`` are its document's.
    """

    id: str
    document_id: str
    source: str
    title: str
    span: Span
    text: str
    heading_path: tuple[str, ...]
    page: int | None
    kind: ChunkKind
    language: Language
    token_count: int
    ordinal: int
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def context(self) -> str:
        """Title and headings, outermost first; embedded and indexed with the text but never quoted."""
        return " > ".join(dict.fromkeys((self.title, *self.heading_path)))

    @property
    def indexed_text(self) -> str:
        """What both indexes and the embedder see: the context on one line, then the text."""
        return f"{self.context}\n{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage with the score of the stage that ranked it, higher is better.

    ``scores`` keeps the raw score of every earlier stage that returned the passage, for reranking and for explaining.
    ``also_in`` names the sources of other documents that hold the same passage.
    """

    chunk: Chunk
    score: float
    stage: Stage
    scores: Mapping[Stage, float] = field(default_factory=dict)
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A hit under the number, from 1, by which an answer cites it."""

    number: int
    hit: Hit

    def quoted(self, span: Span) -> "Citation":
        """A quote of the passage; ``span`` counts from where the passage begins."""
        chunk = self.hit.chunk
        return Citation(
            evidence=self.number,
            chunk_id=chunk.id,
            document_id=chunk.document_id,
            page=chunk.page,
            span=span.shifted(chunk.span.start),
            quote=span.of(chunk.text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A quote at its place: ``document.text[span] == quote``. ``evidence`` is the number of the cited evidence."""

    evidence: int
    chunk_id: str
    document_id: str
    page: int | None
    span: Span
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement of an answer with the quotes that prove it; ``support`` lies in 0..1."""

    text: str
    citations: tuple[Citation, ...]
    support: float

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a claim needs at least one citation, got none for {self.text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation before the question."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A document's value under ``name`` is one of ``values``; where ``negated``, it is none of them."""

    name: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which passages may come back: those of documents that meet every condition and, where ``as_of`` is given, are
    valid on that day. ``core.filtering`` says which names there are and how values are compared."""

    conditions: tuple[Condition, ...] = ()
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextBlock:
    """What the caller knows about who asks, such as an order or a plan: values as text by name. Never evidence."""

    name: str
    data: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asked, of which knowledge base, after which turns (oldest first), of which of its documents, and
    what else is known of the case."""

    text: str
    kb: str
    history: tuple[Turn, ...] = ()
    filter: Filter | None = None
    context: tuple[ContextBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the answer model read and wrote; 0 where no model was asked.

    ``estimated`` where the server did not count them; ``cost`` by the prices of the settings, None without prices.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptUsed:
    """Which words an answer model was asked with. ``variant`` is ``shipped`` for the packaged prompt; ``digest`` is the
    first 16 hexadecimal digits of the file's SHA-256."""

    name: str
    language: Language
    version: int
    digest: str
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Words that give orders to whoever answers, kept from the answer model and from the answer.

    ``chunk_id`` is empty where they stand in the question; ``kind`` is the name of the detector, or ``follows`` for the
    passage behind one that holds them. ``span`` lies in the document's text, or in the question's; it is None where the
    passage's title, its headings or the passage before hold them.
    """

    kind: str
    chunk_id: str = ""
    span: Span | None = None


class Ground(StrEnum):
    """Why one of two passages that disagree is to be believed."""

    SUPERSEDED = "superseded"
    VALID_THEN = "valid_then"
    NEWER = "newer"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one document says in a conflict: the value as it writes it, and where."""

    value: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two documents that say different things of the same fact, the one to be believed first; ``text`` says so in the
    language of the question. With ``Ground.NONE`` neither is."""

    sides: tuple[Side, Side]
    ground: Ground
    text: str


class Step(StrEnum):
    """What is to be done with an answer: send it, ask the customer one thing first, or let a person take over."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    HAND_OFF = "hand_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """What a person who takes over needs. ``asked`` is the stand-alone question; ``tried`` tells in words what was
    done; ``passages`` are the nearest, as quotes; ``reason`` is that of the answer."""

    question: str
    asked: str
    history: tuple[Turn, ...]
    context: tuple[ContextBlock, ...]
    tried: tuple[str, ...]
    passages: tuple[Citation, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """``text`` says in the language of the question what to do and why.

    To ask back there is one ``question`` with its ``options``, which differ in what ``about`` names (``version``,
    ``plan``, ``product``, …); ``hand_off`` is there exactly where a person is to take over.
    """

    step: Step = Step.ANSWER
    text: str = ""
    question: str = ""
    about: str = ""
    options: tuple[str, ...] = ()
    hand_off: HandOff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of one question.

    ``probability`` is the calibrated probability that the evidence answers the question; ``degraded`` names the parts
    that were down and were done without; ``dropped`` counts claims that could not be proven and are not shown;
    ``reason`` says in one word why there is no answer; ``timings_ms`` holds milliseconds per stage; ``quarantined``
    names what the guard found in the question and the evidence; ``prompt`` is the last one that a model was asked with.
    ``conflicts`` are documents that disagree about what was asked; ``next_step`` says what to do with the answer.
    ``cached``: it was made for an equal question, before or at the same time. ``max_tokens`` is what a model might
    write where a budget that comes to its end made it less, None otherwise.
    """

    status: AnswerStatus
    question: str
    text: str
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    probability: float
    trace_id: str
    reason: str = ""
    degraded: tuple[str, ...] = ()
    dropped: int = 0
    usage: Usage = field(default_factory=Usage)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()
    prompt: PromptUsed | None = None
    conflicts: tuple[Conflict, ...] = ()
    next_step: NextStep = NextStep()
    cached: bool = False
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFound:
    """First event of an answer: the passages that may be cited, and the stand-alone question they were found for."""

    question: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProven:
    """One claim, sent the moment it is proven; an unproven one never becomes an event."""

    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Last event of every answer, whatever its status."""

    answer: Answer


AnswerEvent: TypeAlias = EvidenceFound | ClaimProven | Finished


class SearchStage(StrEnum):
    """How far a search goes before it returns, in the words of the command line."""

    LEXICAL = "lexical"
    DENSE = "dense"
    HYBRID = "hybrid"
    RERANK = "rerank"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first, with the parts that were down and milliseconds per stage.

    ``passages_left`` counts the live passages that the filter left; None without a filter.
    """

    hits: tuple[Hit, ...]
    degraded: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    passages_left: int | None = None
