"""Why there is no answer: by what is weighed, and by what would have answered at another time."""

from datetime import date

import pytest
from fakes import FakeEmbedder, FakeJudge
from ranked_sentences import evidence_of

from answer.decision.decide import Decision
from answer.decision.weigh import Weigher
from answer.sentences.extract import ExtractiveAnswerer
from core.types import Ground

QUESTION = "How many days do I have for a refund?"
NOW, THEN = "The refund form is on the account page.", "A refund is possible within 14 days."


class DeciderByText:
    """Answers with the probability of the first text that stands in the evidence; the bar is .5."""

    def __init__(self, **probabilities):
        self._probabilities = {text.replace("_", " "): value for text, value in probabilities.items()}

    def decide(self, question, evidence, ranked):
        texts = "\n".join(item.hit.chunk.text for item in evidence)
        probability = next((p for text, p in self._probabilities.items() if text in texts), 0.0)
        return Decision(probability, answers=probability >= 0.5)


def weighed(now, then, *, may_quote=lambda scored: True, **probabilities):
    weigher = Weigher(
        extractive=ExtractiveAnswerer(FakeEmbedder(), FakeJudge()),
        decider=DeciderByText(**probabilities),
        asked=QUESTION,
        today=date(2026, 11, 22),
        metadata={},
        context=(),
        may_quote=may_quote,
    )
    return weigher.weigh(
        evidence_of(*({"text": text} for text in now)), evidence_of(*({"text": text} for text in then))
    )


@pytest.mark.parametrize(
    ("now", "then", "probabilities", "reason"),
    [
        ([THEN], [], {"refund": 0.9}, ""),
        ([NOW], [], {"refund": 0.4}, "related_but_not_answering"),
        ([NOW], [], {"refund": 0.2}, "nothing_relevant"),
        ([], [], {}, "nothing_relevant"),
        ([NOW], [THEN], {"form": 0.2, "14 days": 0.8}, "not_valid_at_date"),
        ([NOW], [THEN], {"form": 0.45, "14 days": 0.52}, "related_but_not_answering"),
        ([NOW], [THEN], {"form": 0.2, "14 days": 0.4}, "nothing_relevant"),
        ([], [THEN], {"14 days": 0.4}, "not_valid_at_date"),
        ([THEN], [NOW], {"14 days": 0.9}, ""),
    ],
)
def test_a_no_says_why(now, then, probabilities, reason):
    assert weighed(now, then, **probabilities).reason == reason


def test_a_conflict_that_nothing_decides_is_a_no():
    found = weighed([THEN, "A refund is possible within 30 days."], [], refund=0.9)
    assert (found.reason, found.conflict.ground) == ("conflicting", Ground.NONE)


def test_sentences_that_may_not_be_quoted_are_not_weighed():
    found = weighed([f"{THEN} {NOW}"], [], may_quote=lambda scored: "form" not in scored.sentence.text, refund=0.9)
    assert [scored.sentence.text for scored in found.ranked] == [THEN]
