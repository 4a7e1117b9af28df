"""The answer side of an evaluation: ask every judged question, judge the answers, report."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO, TypeAlias

from core.errors import InvalidInput
from core.types import Answer, Question
from eval.answer_report import AnswersReport, report_on
from eval.questions import JudgedQuestion
from eval.verdicts import Judge, Verdict

Ask: TypeAlias = Callable[[Question], Answer | Awaitable[Answer]]
Progress: TypeAlias = Callable[[int, int], None]


def judge_answers(
    questions: Sequence[JudgedQuestion],
    ask: Ask,
    document_text: Callable[[str], str],
    *,
    kb: str,
    out: Path | None = None,
    progress: Progress | None = None,
) -> AnswersReport:
    """Ask every question of knowledge base ``kb``, one after the other, and judge the answers.

    ``ask`` may be synchronous or not; ``document_text`` gives the stored text by document id and raises ``NotFound``.
    ``out`` receives one JSON line per question as soon as it is judged; ``progress`` hears questions done and questions
    in all. Call it outside a running event loop. Raises ``InvalidInput`` without questions, and what ``ask`` raises.
    """
    if not questions:
        raise InvalidInput("no judged questions to ask")
    judge = Judge(kb, document_text)
    verdicts: list[Verdict] = []
    # One loop for all questions: a model client keeps its connections in the loop that opened them.
    with asyncio.Runner() as runner, _lines(out) if out is not None else nullcontext() as lines:
        for question in questions:
            verdict = judge(question, _answer(runner, ask, as_question(question, kb)))
            verdicts.append(verdict)
            if lines is not None:
                lines.write(json.dumps(verdict_json(verdict), ensure_ascii=False) + "\n")
            if progress is not None:
                progress(len(verdicts), len(questions))
    return report_on(verdicts)


def as_question(judged: JudgedQuestion, kb: str) -> Question:
    """The question as a person would ask it, without what is expected of it."""
    return Question(text=judged.question, kb=kb, history=judged.history)


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """One line of the results file: the question, its end and what was judged about it."""
    question, answer = verdict.question, verdict.answer
    return {
        "id": question.id,
        "question": question.question,
        "language": question.language,
        "answerable": question.answerable,
        "tags": list(question.tags),
        "status": str(answer.status),
        "reason": answer.reason,
        "probability": answer.probability,
        "text": answer.text,
        "verdicts": {
            "located_gold": verdict.located_gold,
            "completeness": verdict.completeness,
            "abstained": verdict.abstained,
            "false_refusal": question.answerable and not verdict.answered,
        },
        "citations": [
            {"source": shown.source, "quote": shown.quote, "exact": shown.exact, "gold": shown.gold}
            for shown in verdict.citations
        ],
        "gold": [{"source": gold.source, "quote": gold.quote} for gold in question.gold],
        "unlocated_gold": [{"source": gold.source, "quote": gold.quote} for gold in verdict.unlocated],
        "timings_ms": dict(answer.timings_ms),
    }


@contextmanager
def _lines(out: Path) -> Iterator[TextIO]:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", buffering=1) as file:
        yield file


def _answer(runner: asyncio.Runner, ask: Ask, question: Question) -> Answer:
    # A synchronous ask may run a loop of its own, so it is called while none is running here.
    answer = ask(question)
    return runner.run(_awaited(answer)) if inspect.isawaitable(answer) else answer


async def _awaited(answer: Awaitable[Answer]) -> Answer:
    return await answer
