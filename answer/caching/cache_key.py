"""What decides an answer, as one key: equal keys are equal answers.

A knowledge base's key carries its tenant, and whoever may ask it sees all of it, so that it stands for the rights too.
The state of the record and of the indexes is part of the key: an ingestion makes every older answer unreachable.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from answer.caching.cache import digest
from answer.prompting.prompt_choice import conversation_of
from core.types import Question, Turn
from store.kb_key import split_key
from store.kb_state import kb_state

if TYPE_CHECKING:
    from answer.assemble import Desk

_FULL_WIDTH = str.maketrans({"？": "?", "！": "!", "　": " "})


class AnswerKeys:
    """The keys of one home's questions. Thread-safe."""

    def __init__(self, desk: "Desk", today: Callable[[], date] = date.today) -> None:
        self._desk = desk
        self._today = today

    def key(self, question: Question) -> str:
        """``TENANT:DIGEST``, taken before anything is searched: what changes later is not in an answer under this key.
        Blocks.

        Raises ``NotFound`` or as asking does.
        """
        reader = self._desk.reader_of(question.kb)
        fingerprint = self._desk.tracing.fingerprint(reader)
        # From the words as they are: the choice of a prompt goes by them.
        prompts = [drafter.prompts_of(conversation_of(question)) for drafter in reader.drafters]
        state = kb_state(self._desk.catalog, question.kb)
        tenant, _ = split_key(question.kb)
        return f"{tenant}:{digest([state, fingerprint, prompts, self._today(), normalised(question)])}"


def normalised(question: Question) -> Question:
    """The same question for all who type it alike: spaces and the width of marks say nothing; letters, case and
    numbers may."""
    turns = tuple(Turn(role=turn.role, content=_normalised(turn.content)) for turn in question.history)
    return replace(question, text=_normalised(question.text), history=turns)


def _normalised(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)).strip()
