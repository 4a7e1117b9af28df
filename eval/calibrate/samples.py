"""What calibration is fitted on: each judged question with its score and the claims that it would show, bars aside."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from answer.assemble import Desk
from answer.decision.decide import Decider
from answer.models.claim_stream import DraftClaim
from answer.models.draft import DraftFailed, ModelDrafter
from answer.proof.prove import prove
from core.errors import Unavailable
from core.types import Claim, Language
from eval.answers.judge import as_question
from eval.calibrate.cases import Case, judged_cases
from eval.sets.questions import JudgedQuestion

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSample:
    """A proven claim: its support, 0 to 1, and whether one of its quotes overlaps a gold quote."""

    support: float
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One judged question.

    ``score``, 0 to 1, is the decision's before any curve. ``documents`` are those that the question rests on: of its
    gold quotes, or else of its best evidence. Folds keep them apart.
    """

    id: str
    language: Language
    answerable: bool
    score: float
    documents: frozenset[str]
    claims: tuple[ClaimSample, ...] = ()

    @property
    def shows_gold(self) -> bool:
        """Whether some claim of the answer rests on a gold quote."""
        return any(claim.right for claim in self.claims)


def gather_samples(
    desk: Desk, kb: str, questions: Sequence[JudgedQuestion], progress: Progress | None = None
) -> list[Sample]:
    """Score every question and draft its claims, with the answer model where one is configured.

    Raises ``NotFound`` for a gold source that the knowledge base does not hold, and ``Unavailable`` when the model
    fails: what the fallback says instead would be calibrated in its name.
    """
    extractive = desk.extractive
    decider = Decider()
    drafters = desk.reader_of(kb).drafters
    samples: list[Sample] = []
    # One loop for all questions: a model client keeps its connections in the loop that opened them.
    with asyncio.Runner() as runner:
        for judged, case in zip(questions, judged_cases(desk, kb, questions), strict=True):
            ranked = extractive.rank(case.question, case.evidence)
            score = decider.score(case.question, case.evidence, ranked)
            drafts = runner.run(_drafts(drafters[0], judged, kb, case)) if drafters else extractive.draft(ranked)
            samples.append(sample_of(judged, case, score, drafts))
            if progress is not None:
                progress(len(samples), len(questions))
    return samples


def sample_of(judged: JudgedQuestion, case: Case, score: float, drafts: Sequence[DraftClaim]) -> Sample:
    """One question with the claims of ``drafts`` that are proven whatever their support."""
    documents = {document for document, _ in case.gold} or {item.hit.chunk.document_id for item in case.evidence[:1]}
    return Sample(
        id=judged.id,
        language=case.language,
        answerable=judged.answerable,
        score=score,
        documents=frozenset(documents),
        claims=tuple(
            ClaimSample(support=claim.support, right=_is_gold(claim, case)) for claim in _proven(drafts, case)
        ),
    )


def _proven(drafts: Sequence[DraftClaim], case: Case) -> Iterator[Claim]:
    verdicts = (prove(draft, case.evidence, bar=0.0) for draft in drafts if case.evidence)
    return (verdict for verdict in verdicts if isinstance(verdict, Claim))


def _is_gold(claim: Claim, case: Case) -> bool:
    return any(
        citation.document_id == document and citation.span.overlap(place)
        for citation in claim.citations
        for document, place in case.gold
    )


async def _drafts(drafter: ModelDrafter, judged: JudgedQuestion, kb: str, case: Case) -> list[DraftClaim]:
    if not case.evidence:
        return []
    try:
        drafts = [draft async for draft in drafter.drafts(as_question(judged, kb), case.question, case.evidence)]
    except DraftFailed as error:
        raise Unavailable(f"the answer model failed on question {judged.id!r}: {error}") from error
    return [claim for draft in drafts for claim in draft.claims]
