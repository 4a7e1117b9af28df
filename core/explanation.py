"""Why a search returned what it returned, and where a passage that it did not return was lost.

Made only for a search that asks for it. Ranks count from 1 among live passages that the filter left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.types import Chunk, SearchResult, Stage


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stage put a passage; ``rank`` is None where it stands deeper than was looked."""

    score: float
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermShare:
    """What one term of the question gave a passage: ``score`` is its part of the passage's BM25 score.

    ``passages`` is how many passages of the knowledge base have the term and ``idf`` the weight that follows from it;
    ``count`` is how often this passage has it. Terms are shown as they are indexed: folded, stemmed, Chinese in pairs.
    """

    term: str
    score: float
    idf: float
    passages: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Another passage that says the same in the same place of another document."""

    chunk_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitAccount:
    """One hit: its place in each stage, its terms (the weightiest first) and the passages that it stands for."""

    chunk_id: str
    places: Mapping[Stage, Place]
    terms: tuple[TermShare, ...] = ()
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much the standard scores of the dense arm counted, beside 1 for the lexical ones.

    ``dense`` follows the shares, 0 to 1, of the question and of the first passages that the embedder can read (the
    smaller one), the question's language, and the share of identifiers in it, as ``ERR_CONN_502``.
    """

    dense: float
    question_legible: float
    passages_legible: float
    identifiers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionLeft:
    """One condition of the filter, as the command line writes it, and how many passages it leaves by itself."""

    condition: str
    passages: int


class LostAt(StrEnum):
    """The step that a passage did not come through; ``nowhere`` for one that is shown."""

    NOWHERE = "nowhere"
    RECORD = "record"
    FILTER = "filter"
    INDEX = "index"
    CANDIDATES = "candidates"
    FUSION = "fusion"
    COPY = "copy"
    RERANK = "rerank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What became of the passage that was asked for, or of the best one of the document that was.

    ``asked`` is the id or source as given; ``reason`` says in words, with numbers, why the passage is shown or not.
    ``chunk_id`` and ``source`` are empty where there is no such passage.
    """

    asked: str
    lost_at: LostAt
    reason: str
    chunk_id: str = ""
    source: str = ""
    places: Mapping[Stage, Place] = field(default_factory=dict)
    terms: tuple[TermShare, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one search came about.

    ``terms`` are what the lexical index was asked for; ``candidates`` counts the live passages that each arm gave;
    ``passages`` are those of the knowledge base; ``weights`` is None where one arm searched alone;
    ``hits`` are in the order of the result's; ``reranked`` counts the passages that each step of reranking scored.
    ``timings_ms`` are milliseconds by step; the arms run side by side.
    """

    terms: tuple[str, ...]
    candidates: Mapping[Stage, int]
    passages: int
    filter: tuple[ConditionLeft, ...]
    weights: Weights | None
    hits: tuple[HitAccount, ...]
    timings_ms: Mapping[str, float]
    reranked: Mapping[Stage, int] = field(default_factory=dict)
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A search and its explanation."""

    result: SearchResult
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What retrieval knows of the passages that were asked for by id, document or source (``asked``).

    ``absence`` says why the record has none that is live; else ``ids`` names them all and ``chunk`` is the one that
    came furthest. ``excluded_by`` are the conditions that it does not meet. ``places`` hold its rank in each arm, as
    far as ``looked`` passages down, and ``terms`` what it shares with the question. ``behind`` counts the changes that
    an index has not seen, this passage among them; ``missing_from`` names indexes that should hold it and do not.
    ``copy_of`` is the passage that stands for it among the hits.
    """

    asked: str
    absence: str = ""
    ids: frozenset[str] = frozenset()
    chunk: Chunk | None = None
    excluded_by: tuple[str, ...] = ()
    places: Mapping[Stage, Place] = field(default_factory=dict)
    looked: int = 0
    terms: tuple[TermShare, ...] = ()
    behind: Mapping[Stage, int] = field(default_factory=dict)
    missing_from: tuple[Stage, ...] = ()
    copy_of: Copy | None = None
