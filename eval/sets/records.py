"""What a service keeps of an answer and of what people said about it, one JSON object a line.

Written by the service, read by ``citedesk eval import records``. A record with all fields::

    {"id": "7f3a", "question": "How long do refunds take?", "kb": "help", "status": "answered", "history": [],
     "claims": [{"text": "Within 5 days.", "citations": [{"source": "refunds.md", "quote": "within 5 business days"}]}],
     "feedback": {"vote": "down", "corrected": [{"source": "refunds.md", "quote": "10 days"}], "comment": "outdated"}}
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.types import AnswerStatus, Turn


class RecordedQuote(BaseModel):
    """Words as they stand in the document ingested from ``source``."""

    model_config = ConfigDict(frozen=True)

    source: str = Field(pattern=r"\S")
    quote: str = Field(pattern=r"\S")


class RecordedClaim(BaseModel):
    """One shown statement and the quotes under it."""

    model_config = ConfigDict(frozen=True)

    text: str
    citations: tuple[RecordedQuote, ...] = Field(min_length=1)


class Feedback(BaseModel):
    """What a person thought: ``up`` confirms the answer or the honest no, ``down`` does not.

    ``corrected`` are the words that should have been quoted.
    """

    model_config = ConfigDict(frozen=True)

    vote: Literal["up", "down"]
    corrected: tuple[RecordedQuote, ...] = ()
    comment: str = ""


class AnswerRecord(BaseModel):
    """One question, how it ended and, where somebody gave it, feedback. Unknown keys are let through."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    question: str = Field(pattern=r"\S")
    kb: str
    status: AnswerStatus
    claims: tuple[RecordedClaim, ...] = ()
    history: tuple[Turn, ...] = ()
    feedback: Feedback | None = None
