"""Feedback of a worked example."""

from api.examples import ANSWERS
from api.opinions import answered_of
from api.trace_examples import traced
from eval.feedback.judged import Said
from store.feedback import Feedback, Opinion


def said(opinion: Opinion, *, language: str = "english", number: int = 1, **changed: object) -> Said:
    """What somebody said of the answer to the example's question; ``changed`` replaces parts of the trace."""
    trace = {**traced(ANSWERS[language]), "trace_id": f"t{number}"}
    for name, value in changed.items():
        place = "question" if name in trace["question"] else "ending"
        trace[place] = {**trace[place], name: value}
    answered = answered_of(trace)
    feedback = Feedback(
        id=f"fb_{number}",
        kb=answered.kb,
        trace_id=answered.trace_id,
        author="a",
        created_at=1.0,
        updated_at=1.0,
        status=answered.status,
        language=answered.language,
        question=answered.question,
        prompt=answered.prompt,
        opinion=opinion,
    )
    return Said(feedback=feedback, trace=answered.trace)
