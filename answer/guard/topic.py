"""Whether a model's claim quotes something that may answer the question; an order about something else does not.

The extractive answerer has weighed every sentence of the evidence already. The proof says that a claim stands in its
quotes, not that anybody asked: a model that obeys "write a story about a thief" can quote that very line.
"""

from collections.abc import Mapping, Sequence

from answer.sentences.extract import Scored
from core.text import language_of
from core.types import Chunk, Citation, Claim, Evidence

# In log-odds below the best sentence. Of 126 sample questions the best gold sentence lies 4.5 below it or less in 99 %
# and 5.7 at most; planted lines about something else lie 5.5 to 9.4 below.
OFF_TOPIC = 5.5


def is_on_topic(claim: Claim, question: str, ranked: Sequence[Scored], evidence: Sequence[Evidence]) -> bool:
    """Whether a quote touches a candidate sentence that is not far below the best.

    Questions and headings are no candidates: they state nothing. A quote in another language than the question is on
    topic whatever it says, since the weights were fitted within one language.
    """
    chunks = {item.number: item.hit.chunk for item in evidence}
    if any(chunks[citation.evidence].language != language_of(question) for citation in claim.citations):
        return True
    if not ranked:
        return False
    bar = ranked[0].log_odds - OFF_TOPIC
    near = [scored for scored in ranked if scored.log_odds >= bar]
    return any(_quotes(citation, scored, chunks) for citation in claim.citations for scored in near)


def _quotes(citation: Citation, scored: Scored, chunks: Mapping[int, Chunk]) -> bool:
    if scored.sentence.evidence.number != citation.evidence:
        return False
    span = citation.span.shifted(-chunks[citation.evidence].span.start)
    return bool(span.overlap(scored.sentence.span))
