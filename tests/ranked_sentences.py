"""Sentences of documents as the extractive answerer ranks them, made by hand."""

from dataclasses import replace

import numpy as np
from fakes import a_document, paragraphs_of

from answer.sentences.extract import Scored
from answer.sentences.sentences import sentences_of
from core.types import Evidence, Hit, Stage


def evidence_of(*documents):
    """Evidence 1, 2, ... of ``{"text", "title", "source", "headings", "valid_from", "valid_until"}``."""
    found = []
    for number, given in enumerate(documents, start=1):
        title = given.get("title", f"Manual {'ABCDEFGH'[number - 1]}")
        document = a_document(given.get("source", f"{number}/{title}.md"), given["text"], title=title)
        chunk = replace(
            paragraphs_of(document)[0],
            heading_path=given.get("headings", ()),
            valid_from=given.get("valid_from"),
            valid_until=given.get("valid_until"),
        )
        found.append(Evidence(number=number, hit=Hit(chunk=chunk, score=1 / number, stage=Stage.RERANKED)))
    return tuple(found)


def ranked_of(evidence, log_odds=None):
    """Every sentence as a candidate, each a little below the one before, or by evidence number as told."""
    rows = [sentence for item in evidence for sentence in sentences_of(item)]
    scores = [(log_odds or {}).get(row.evidence.number, 2.0) - 0.01 * place for place, row in enumerate(rows)]
    found = [Scored(row, score, np.zeros(0, dtype=np.float32)) for row, score in zip(rows, scores, strict=True)]
    return sorted(found, key=lambda scored: -scored.log_odds)
