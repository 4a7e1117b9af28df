"""The JSON shapes of what an answer says besides its claims: which documents disagree, and what to do next."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from api.citation_schema import CitationDocument, Shape, citation_document
from core.types import Conflict, Evidence, HandOff, NextStep


class SideDocument(Shape):
    """What one document says in a conflict."""

    value: str = Field(description="As the document writes it.")
    citation: CitationDocument


class ConflictDocument(Shape):
    """Two documents that say different things of the same fact."""

    text: str = Field(description="Says so, in the language of the question.")
    ground: Literal["superseded", "valid_then", "newer", "none"] = Field(
        description="Why the first side is believed: the other document was replaced, is not valid at the time asked "
        "about, or is older. none: neither is, and the answer is a no."
    )
    sides: tuple[SideDocument, SideDocument]


class TurnDocument(Shape):
    """One earlier message."""

    role: Literal["user", "assistant"]
    content: str


class ContextDocument(Shape):
    """What the caller told of the case, flattened."""

    name: str
    data: dict[str, str]


class HandOffDocument(Shape):
    """What a person who takes over needs."""

    question: str
    asked: str = Field(description="The stand-alone question that was searched.")
    history: tuple[TurnDocument, ...]
    context: tuple[ContextDocument, ...]
    tried: tuple[str, ...] = Field(description="What was done, in words.")
    passages: tuple[CitationDocument, ...] = Field(description="The nearest, as quotes.")
    reason: str


class NextStepDocument(Shape):
    """What to do with the answer."""

    step: Literal["answer", "ask_back", "hand_off"]
    text: str = Field(description="What to do and why, in the language of the question.")
    question: str = Field(description="What to ask the customer; empty unless the step is ask_back.")
    about: str = Field(description="What the options are values of: version, plan, product, period, ...; or empty.")
    options: tuple[str, ...]
    # Not required in the schema: the framework drops nulls from examples.
    hand_off: HandOffDocument | None = Field(default=None, description="null unless the step is hand_off.")


def conflict_document(conflict: Conflict, evidence: Mapping[int, Evidence]) -> ConflictDocument:
    """``evidence`` by number; raises ``ValueError`` as ``citation_document`` does."""
    first, second = (
        SideDocument(value=side.value, citation=citation_document(side.citation, evidence)) for side in conflict.sides
    )
    return ConflictDocument(text=conflict.text, ground=conflict.ground.value, sides=(first, second))


def next_step_document(step: NextStep, evidence: Mapping[int, Evidence]) -> NextStepDocument:
    """``evidence`` by number; raises ``ValueError`` as ``citation_document`` does."""
    return NextStepDocument(
        step=step.step.value,
        text=step.text,
        question=step.question,
        about=step.about,
        options=step.options,
        hand_off=None if step.hand_off is None else _hand_off(step.hand_off, evidence),
    )


def _hand_off(packet: HandOff, evidence: Mapping[int, Evidence]) -> HandOffDocument:
    return HandOffDocument(
        question=packet.question,
        asked=packet.asked,
        history=tuple(TurnDocument(role=turn.role, content=turn.content) for turn in packet.history),
        context=tuple(ContextDocument(name=block.name, data=dict(block.data)) for block in packet.context),
        tried=packet.tried,
        passages=tuple(citation_document(citation, evidence) for citation in packet.passages),
        reason=packet.reason,
    )
