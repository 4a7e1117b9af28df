"""The JSON shape of an explained search, part of the ``search`` shape. It mirrors ``core.explanation`` key by key."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

_Milliseconds = Annotated[FiniteFloat, AfterValidator(lambda value: round(value, 3))]


class _Mirror(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class PlaceDocument(_Mirror):
    """Where a stage put a passage, among live passages that the filter left."""

    score: FiniteFloat
    rank: int | None = Field(description="Counts from 1; null where it stands deeper than was looked.")


class TermShareDocument(_Mirror):
    """What one term of the query gave a passage."""

    term: str = Field(description="As it is indexed: folded, stemmed, Chinese in characters and pairs.")
    score: FiniteFloat = Field(description="Its part of the passage's BM25 score.")
    idf: FiniteFloat = Field(description="The term's weight, higher for rarer ones.")
    passages: int = Field(description="Passages of the knowledge base that have the term.")
    count: int = Field(description="How often this passage has it.")


class CopyDocument(_Mirror):
    """Another passage that says the same in the same place of another document."""

    chunk_id: str
    source: str


Places = Annotated[
    dict[str, PlaceDocument],
    Field(description="By stage: lexical, dense, fused, late_interaction, cross_encoder, reranked; where it has been."),
]
Terms = Annotated[tuple[TermShareDocument, ...], Field(description="Shared with the query, the weightiest first.")]


class HitAccountDocument(_Mirror):
    """How one hit came about."""

    chunk_id: str
    places: Places
    terms: Terms
    copies: tuple[CopyDocument, ...] = Field(description="Passages that it stands for.")


class WeightsDocument(_Mirror):
    """How much each arm counted in the fusion."""

    dense: FiniteFloat = Field(description="Of the dense arm, beside 1 for the lexical one.")
    question_legible: FiniteFloat = Field(description="Share of the query, 0 to 1, that the embedder can read.")
    passages_legible: FiniteFloat = Field(description="The same of the first passages.")
    identifiers: FiniteFloat = Field(description="Share of identifiers in the query, 0 to 1; they favour words.")


class ConditionLeftDocument(_Mirror):
    """One condition of the filter."""

    condition: str
    passages: int = Field(description="Live passages that it leaves by itself.")


class WhyDocument(_Mirror):
    """What became of the passage that was asked for, or of the best one of the document."""

    asked: str = Field(description="As given: the id of a passage or document, or a source.")
    lost_at: str = Field(
        description="record, filter, index, candidates, fusion, copy or rerank; nowhere where it is shown."
    )
    reason: str = Field(description="The same in words, with numbers.")
    chunk_id: str = Field(description="Empty where there is no such passage.")
    source: str
    places: Places
    terms: Terms


class ExplanationDocument(_Mirror):
    """How a search came about."""

    terms: tuple[str, ...] = Field(description="What the lexical index was asked for.")
    candidates: dict[str, int] = Field(description="Live passages that each arm gave, by arm.")
    passages: int = Field(description="Live passages of the knowledge base.")
    filter: tuple[ConditionLeftDocument, ...]
    weights: WeightsDocument | None = Field(description="null where one arm searched alone.")
    hits: tuple[HitAccountDocument, ...] = Field(description="In the order of the hits.")
    timings_ms: dict[str, _Milliseconds] = Field(description="Milliseconds by step; the arms run side by side.")
    reranked: dict[str, int] = Field(
        description="Passages that reranking scored, by step: late_interaction, cross_encoder; reranked is all of it."
    )
    why: WhyDocument | None = Field(description="null where it was not asked.")
