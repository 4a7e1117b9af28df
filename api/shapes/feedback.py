"""What people thought of answers, and what they ask for in vain."""

from typing_extensions import TypedDict

from api.shapes.traces import Trace


class Feedback(TypedDict):
    """What one author says of one answer, without personal data. Times are ISO in UTC.

    ``rating`` is up, down or null; ``reason`` is null or one of wrong, incomplete, off_topic, outdated, wrong_quote,
    should_have_answered, should_not_have_answered, hard_to_read and other. ``author`` is a digest. ``status``,
    ``language``, ``question`` and ``prompt`` (empty where no model wrote) are the answer's.
    """

    id: str
    kb: str
    trace_id: str
    author: str
    created_at: str
    updated_at: str
    rating: str | None
    reason: str | None
    comment: str
    corrected_answer: str
    missing_document: bool
    status: str
    language: str
    question: str
    prompt: str


class FeedbackPage(TypedDict):
    """``citedesk feedback list`` and ``GET /v1/feedback``, newest first; ``next_cursor`` is null on the last one."""

    feedback: list[Feedback]
    next_cursor: str | None


class QuotedDocument(TypedDict):
    """A document that an answer quoted."""

    document_id: str
    source: str


class FeedbackWithTrace(Feedback):
    """``citedesk feedback show`` and ``GET /v1/feedback/{id}``; ``trace`` was copied when the feedback came."""

    documents: list[QuotedDocument]
    trace: Trace


class Tally(TypedDict):
    """Feedback counted; a thumb, a correction and a missing document may come from one person at once."""

    total: int
    up: int
    down: int
    corrected: int
    missing_document: int


class PromptTally(Tally):
    """Of the answers that a prompt wrote: name, version and hash; empty where no model was asked."""

    prompt: str


class DocumentTally(Tally):
    """Of the answers that quoted a document."""

    document_id: str
    source: str
    kb: str


class FeedbackCounts(TypedDict):
    """``citedesk feedback counts`` and ``GET /v1/feedback/counts``. ``reasons`` count thumbs down; the documents whose
    answers are disliked most come first."""

    total: Tally
    reasons: dict[str, int]
    prompts: list[PromptTally]
    documents: list[DocumentTally]


class TopicExample(TypedDict):
    """A question of a topic. ``why`` is unanswered, disliked or missing_document; ``feedback_id`` is null where nobody
    said anything; ``times`` counts how often it was asked in these words."""

    question: str
    why: str
    times: int
    at: str
    trace_id: str
    feedback_id: str | None


class Topic(TypedDict):
    """Questions that are near each other; ``label`` are the ``terms`` that set them apart from the others.

    ``questions`` counts those asked, of which ``unanswered``, ``disliked`` or said to lack a document; ``last_at`` is
    the newest one's time. The most central example comes first.
    """

    label: str
    terms: list[str]
    kb: str
    language: str
    questions: int
    unanswered: int
    disliked: int
    missing_document: int
    last_at: str
    examples: list[TopicExample]


class FeedbackTopics(TypedDict):
    """``citedesk feedback topics`` and ``GET /v1/feedback/topics``: what to write next, the largest first. ``asked``
    counts the questions that were looked at, ``left_out`` those in topics that are not shown."""

    asked: int
    left_out: int
    topics: list[Topic]


class FeedbackExport(TypedDict):
    """``citedesk feedback export``. ``to_judge`` are drafts for a person, ``queries`` those of the BEIR folder;
    ``left_out`` counts feedback by repeated, filtered and no_judgement."""

    questions: int
    answerable: int
    to_judge: int
    queries: int
    left_out: dict[str, int]
    files: list[str]


class CheckedAnswer(TypedDict):
    """A liked answer asked again: ``outcome`` is kept, changed or lost; ``differences`` by stage as in a replay."""

    feedback_id: str
    trace_id: str
    question: str
    outcome: str
    why: str
    differences: dict[str, list[str]]


class ReleaseCheck(TypedDict):
    """``citedesk release check``; ``origin`` says what the candidate changes."""

    kb: str
    checked: int
    kept: int
    changed: int
    lost: int
    passed: bool
    origin: list[str]
    answers: list[CheckedAnswer]
