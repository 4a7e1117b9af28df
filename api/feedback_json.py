"""Feedback as JSON documents, the same on the command line and over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.schemas import JsonObject
from api.traced import iso
from store.feedback import Feedback
from store.feedback_counts import FeedbackCounts
from store.kb_key import KbKey

if TYPE_CHECKING:
    from eval.feedback.topics import Topic


def feedback_json(feedback: Feedback, kb: str) -> JsonObject:
    """One line; ``kb`` is what the caller calls the knowledge base."""
    opinion = feedback.opinion
    return {
        "id": feedback.id,
        "kb": kb,
        "trace_id": feedback.trace_id,
        "author": feedback.author,
        "created_at": iso(feedback.created_at),
        "updated_at": iso(feedback.updated_at),
        "rating": opinion.rating and opinion.rating.value,
        "reason": opinion.reason and opinion.reason.value,
        "comment": opinion.comment,
        "corrected_answer": opinion.corrected_answer,
        "missing_document": opinion.missing_document,
        "status": feedback.status,
        "language": feedback.language,
        "question": feedback.question,
        "prompt": feedback.prompt,
    }


def documents_json(documents: Mapping[str, str]) -> list[JsonObject]:
    """What an answer quoted, by id."""
    return [{"document_id": number, "source": source} for number, source in documents.items()]


def counts_json(counts: FeedbackCounts, names: Mapping[KbKey, str]) -> JsonObject:
    """``names`` are what the caller calls knowledge bases, by key."""
    return {
        "total": asdict(counts.total),
        "reasons": dict(counts.reasons),
        "prompts": [asdict(each) for each in counts.prompts],
        "documents": [{**asdict(each), "kb": names[KbKey(each.kb)]} for each in counts.documents],
    }


def topic_json(topic: "Topic", names: Mapping[KbKey, str]) -> JsonObject:
    """One topic with its examples."""
    return {
        "label": topic.label,
        "terms": list(topic.terms),
        "kb": names[KbKey(topic.kb)],
        "language": topic.language,
        "questions": topic.questions,
        "unanswered": topic.unanswered,
        "disliked": topic.disliked,
        "missing_document": topic.missing_document,
        "last_at": iso(topic.last_at),
        "examples": [
            {
                "question": each.question,
                "why": each.why.value,
                "times": each.times,
                "at": iso(each.at),
                "trace_id": each.trace_id,
                "feedback_id": each.feedback_id or None,
            }
            for each in topic.examples
        ],
    }
