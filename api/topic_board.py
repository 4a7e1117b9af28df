"""What is asked in vain, grouped into topics, for one caller's knowledge bases."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import numpy as np

from api.feedback_json import topic_json
from api.schemas import JsonObject
from core.types import AnswerStatus, FloatArray
from eval.feedback.topics import InVain, Why, topics_of
from store.catalog import Catalog
from store.feedback import Feedback, FeedbackRecord, Rating, Wanted
from store.kb_key import KbKey
from store.traces import Traces

MOST_ASKED = 1_000
_MOST_VECTORS = 10_000


class QuestionVectors:
    """Vectors of questions, each text read once as long as it is among the last ten thousand. Thread-safe."""

    def __init__(self, embed: Callable[[Sequence[str]], FloatArray]) -> None:
        self._embed = embed
        self._known: OrderedDict[str, FloatArray] = OrderedDict()
        self._guard = Lock()

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        """Shape (n, dim), rows of length 1."""
        with self._guard:
            if unknown := [text for text in dict.fromkeys(texts) if text not in self._known]:
                self._known.update(zip(unknown, self._embed(unknown), strict=True))
            vectors = np.stack([self._known[text] for text in texts])
            for text in texts:
                self._known.move_to_end(text)
            while len(self._known) > _MOST_VECTORS:
                self._known.popitem(last=False)
        return vectors


def topics_document(
    catalog: Catalog,
    embed: Callable[[Sequence[str]], FloatArray],
    names: Mapping[KbKey, str],
    *,
    since: float,
    smallest: int,
    limit: int,
) -> JsonObject:
    """Topics of at least ``smallest`` questions, the largest first. ``names`` are what the caller calls the knowledge
    bases, by key. Blocks and uses the processor."""
    asked = asked_in_vain(catalog, list(names), since=since)
    topics = topics_of(asked, embed)
    shown = [topic for topic in topics if topic.questions >= smallest][:limit]
    total = sum(topic.questions for topic in topics)
    return {
        "asked": total,
        "left_out": total - sum(topic.questions for topic in shown),
        "topics": [topic_json(topic, names) for topic in shown],
    }


def asked_in_vain(catalog: Catalog, kbs: Sequence[KbKey], *, since: float) -> list[InVain]:
    """The newest unanswered questions, as long as their traces are kept, and those that people were not helped with;
    at most ``MOST_ASKED`` of each. What somebody liked, also an honest no, is not among them."""
    record = FeedbackRecord(catalog)
    said = record.page(Wanted(kbs=kbs, since=since), limit=MOST_ASKED)
    spoken = {each.trace_id for each in said if each.opinion.rating is Rating.UP}
    lines = Traces(catalog).of_status(kbs, AnswerStatus.INSUFFICIENT_EVIDENCE.value, since=since, limit=MOST_ASKED)
    unanswered = [
        InVain(question=line.question, kb=line.kb, why=Why.UNANSWERED, at=line.created_at, trace_id=line.trace_id)
        for line in lines
        if line.trace_id not in spoken
    ]
    return unanswered + [_told(each, why) for each in said if (why := _why(each)) is not None]


def _why(feedback: Feedback) -> Why | None:
    if feedback.opinion.missing_document:
        return Why.MISSING_DOCUMENT
    return Why.DISLIKED if feedback.opinion.rating is Rating.DOWN else None


def _told(feedback: Feedback, why: Why) -> InVain:
    return InVain(
        question=feedback.question,
        kb=feedback.kb,
        why=why,
        at=feedback.updated_at,
        trace_id=feedback.trace_id,
        feedback_id=feedback.id,
    )
