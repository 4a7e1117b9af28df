"""Questions drafted from a knowledge base for people to accept.

Passages are visited in turn over languages and documents, one question of each at a time. A question is kept when it is
new and finds its own passage again: one that search cannot bring back to its answer is mostly a bad question. What is
kept therefore flatters the retrieval that kept it; it serves to see changes and to judge answers.
"""

import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import TypeAlias

from core.types import Chunk, Hit, Language
from eval.draft.question import DraftQuestion
from eval.sets.questions import GoldQuote, JudgedQuestion, question_id
from eval.sets.similar import SimilarQuestions

DraftsOf: TypeAlias = Callable[[Chunk], Sequence[DraftQuestion]]
Search: TypeAlias = Callable[[str, int], Sequence[Hit]]

DRAFT = "draft"
"""The tag of a question that nobody has accepted yet."""


@dataclass(slots=True)
class Drafted:
    """Questions kept so far, in order, and how many were dropped as ``duplicate`` or in the ``round_trip``."""

    kept: list[DraftQuestion] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def draft_questions(
    documents: Iterable[Sequence[Chunk]],
    drafts_of: DraftsOf,
    search: Search,
    *,
    n: int,
    k: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> Drafted:
    """Up to ``n`` questions about ``documents``, each given as its passages.

    ``drafts_of`` gives the questions of one passage, the last resort last; ``search`` gives the best hits for a
    question, among whose first ``k`` its passage must be; ``progress`` hears how many are kept. The same arguments give
    the same questions.
    """
    drafted = Drafted()
    similar = SimilarQuestions()
    for draft in _candidates(documents, drafts_of, random.Random(seed), drafted):  # noqa: S311  # a sample, no secret
        if similar.add(draft.question) is not None:
            drafted.dropped["duplicate"] += 1
        elif not comes_back(draft, search(draft.question, k)):
            drafted.dropped["round_trip"] += 1
        else:
            drafted.kept.append(draft)
            if progress is not None:
                progress(len(drafted.kept))
        if len(drafted.kept) == n:
            break
    return drafted


def comes_back(draft: DraftQuestion, hits: Iterable[Hit]) -> bool:
    """Whether one of the hits holds the quote: its own passage, or one beside it that shares the sentence."""
    return any(hit.chunk.document_id == draft.chunk.document_id and draft.quote in hit.chunk.text for hit in hits)


def as_judged(draft: DraftQuestion) -> JudgedQuestion:
    """The draft as a question that is not accepted yet."""
    language = draft.chunk.language
    return JudgedQuestion(
        id=question_id(draft.question, language),
        question=draft.question,
        language=language,
        answerable=True,
        gold=(GoldQuote(source=draft.chunk.source, quote=draft.quote),),
        tags=(DRAFT, draft.kind),
        accepted=False,
    )


def _candidates(
    documents: Iterable[Sequence[Chunk]], drafts_of: DraftsOf, rng: random.Random, drafted: Drafted
) -> Iterator[DraftQuestion]:
    """Questions in the order in which they are tried: a passage whose question was kept waits until all had a turn."""
    waiting: deque[tuple[Chunk, deque[DraftQuestion] | None]] = deque((chunk, None) for chunk in _order(documents, rng))
    while waiting:
        chunk, left = waiting.popleft()
        left = deque(_shuffled(drafts_of(chunk), rng)) if left is None else left
        before = len(drafted.kept)
        while left and len(drafted.kept) == before:
            yield left.popleft()
        if left:
            waiting.append((chunk, left))


def _shuffled(drafts: Sequence[DraftQuestion], rng: random.Random) -> list[DraftQuestion]:
    mixed = rng.sample(drafts, len(drafts))
    return sorted(mixed, key=lambda draft: draft.kind == "topic")


def _order(documents: Iterable[Sequence[Chunk]], rng: random.Random) -> list[Chunk]:
    """First one passage of every document, then a second of each; the languages take turns."""
    by_language: defaultdict[Language, list[Sequence[Chunk]]] = defaultdict(list)
    for chunks in documents:
        for language in sorted({chunk.language for chunk in chunks}):
            own = [chunk for chunk in chunks if chunk.language == language]
            by_language[language].append(rng.sample(own, len(own)))
    turns = [
        _in_turn(rng.sample(by_language[language], len(by_language[language]))) for language in sorted(by_language)
    ]
    return list(_in_turn(turns))


def _in_turn(rows: Sequence[Sequence[Chunk]]) -> list[Chunk]:
    """The first of every row, then the second of every row that has one, and so on."""
    return [chunk for chunk in chain.from_iterable(zip_longest(*rows)) if chunk is not None]
