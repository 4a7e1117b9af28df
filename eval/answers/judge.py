"""The answer side of an evaluation: ask every judged question, judge the answers, report."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

from core.errors import InvalidInput
from core.types import Question
from eval.answers.asking import Asks, answered, without_history
from eval.answers.model_judge import Grade, ModelJudge
from eval.answers.report import AnswersReport, report_on
from eval.answers.verdicts import GradeSupport, Judge, Verdict
from eval.places import open_lines
from eval.sets.questions import JudgedQuestion

Progress: TypeAlias = Callable[[int, int], None]


def judge_answers(
    questions: Sequence[JudgedQuestion],
    asks: Asks,
    document_text: Callable[[str], str],
    *,
    kb: str,
    grade: GradeSupport | None = None,
    model_judge: ModelJudge | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> AnswersReport:
    """Ask every question of knowledge base ``kb``, one after the other, and judge the answers.

    A follow-up is asked twice: with its history and without, where nothing is rewritten. A question that the bar turned
    away is asked ``anyway``, which changes no figure but the risk-coverage curve. ``document_text`` gives the stored
    text by document id and raises ``NotFound``; ``grade`` gives the support, 0 to 1, of a claim by its quotes. ``out``
    receives one JSON line per question as soon as it is judged;
    ``progress`` hears questions done and questions in all. Call it outside a running event loop. Raises
    ``InvalidInput`` without questions, and what asking raises.
    """
    if not questions:
        raise InvalidInput("no judged questions to ask")
    verdicts: list[Verdict] = []
    alone: list[Verdict] = []
    grades: list[Grade] = []
    # One loop for all questions: a model client keeps its connections in the loop that opened them.
    with asyncio.Runner() as runner, open_lines(out) if out is not None else nullcontext() as lines:
        session = _Session(runner, asks, Judge(kb, document_text, grade), kb)
        for question in questions:
            verdict = session.verdict(question)
            verdicts.append(verdict)
            line = verdict_json(verdict)
            if question.history:
                alone.append(session.verdict(question, history=False))
                line["without_rewriting"] = _end_json(alone[-1])
            if model_judge is not None:
                grades.append(runner.run(model_judge.grade(question, verdict.answer)))
                line["judge"] = grades[-1].as_json()
            if lines is not None:
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            if progress is not None:
                progress(len(verdicts), len(questions))
    return report_on(verdicts, alone=alone, grades=grades)


class _Session:
    """Asks and judges one question after the other in one event loop."""

    def __init__(self, runner: asyncio.Runner, asks: Asks, judge: Judge, kb: str) -> None:
        self._runner = runner
        self._asks = asks
        self._judge = judge
        self._kb = kb

    def verdict(self, judged: JudgedQuestion, *, history: bool = True) -> Verdict:
        question = as_question(judged, self._kb)
        question = question if history else without_history(question)
        answer = answered(self._runner, self._asks.ask(judged), question)
        verdict = self._judge(judged, answer)
        if self._asks.anyway is None or not verdict.abstained:
            return verdict
        return self._judge(judged, answer, answered(self._runner, self._asks.anyway(judged), question))


def as_question(judged: JudgedQuestion, kb: str) -> Question:
    """The question as a person would ask it, without what is expected of it."""
    return Question(text=judged.question, kb=kb, history=judged.history)


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """One line of the results file: the question, its end and what was judged about it."""
    question = verdict.question
    return {
        "id": question.id,
        "question": question.question,
        "language": question.language,
        "answerable": question.answerable,
        "tags": list(question.tags),
        "follow_up": bool(question.history),
        **_end_json(verdict),
        "gold": [{"source": gold.source, "quote": gold.quote} for gold in question.gold],
        "reference": question.reference,
        "unlocated_gold": [{"source": gold.source, "quote": gold.quote} for gold in verdict.unlocated],
    }


def _end_json(verdict: Verdict) -> dict[str, object]:
    question, answer = verdict.question, verdict.answer
    return {
        "asked": answer.question,
        "status": str(answer.status),
        "reason": answer.reason,
        "probability": answer.probability,
        "text": answer.text,
        "verdicts": {
            "located_gold": verdict.located_gold,
            "char_precision": verdict.char_precision,
            "char_recall": verdict.char_recall,
            "completeness": verdict.completeness,
            "rouge_l": verdict.rouge_l,
            "bleu": verdict.bleu,
            "abstained": verdict.abstained,
            "false_refusal": question.answerable and not verdict.answered,
            "false_answer": not question.answerable and verdict.answered,
            "right": verdict.right,
            "right_if_shown": verdict.right_if_shown,
        },
        "claims": [
            {"text": claim.text, "support": claim.support, "graded_support": graded}
            for claim, graded in zip_longest(answer.claims, verdict.support)
        ],
        "citations": [
            {"source": shown.source, "quote": shown.quote, "exact": shown.exact, "gold": shown.gold}
            for shown in verdict.citations
        ],
        "tokens": {"input": answer.usage.input_tokens, "output": answer.usage.output_tokens},
        "timings_ms": dict(answer.timings_ms),
    }
