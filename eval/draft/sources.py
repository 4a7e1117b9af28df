"""Where drafted questions come from: the templates, or a chat model with the templates behind it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from answer.models.draft import DraftFailed
from core.errors import DependencyError
from core.types import Chunk
from eval.draft.model import ModelQuestions
from eval.draft.question import DraftQuestion
from eval.draft.templates import template_drafts


class TemplateQuestions:
    """Templates over whole documents: a question that two passages of one document answer is no question.

    ``passages_of`` gives the passages of a document id. ``ambiguous`` counts the questions dropped so far.
    """

    def __init__(self, passages_of: Callable[[str], Sequence[Chunk]]) -> None:
        self._passages_of = passages_of
        self._drafts: dict[str, list[DraftQuestion]] = {}
        self.ambiguous = 0

    def __call__(self, chunk: Chunk) -> list[DraftQuestion]:
        """The questions of one passage."""
        if chunk.document_id not in self._drafts:
            self._drafts[chunk.document_id] = self._of_document(chunk.document_id)
        return [draft for draft in self._drafts[chunk.document_id] if draft.chunk.id == chunk.id]

    def _of_document(self, document_id: str) -> list[DraftQuestion]:
        drafts = [draft for chunk in self._passages_of(document_id) for draft in template_drafts(chunk)]
        # The sentence that two passages share is one answer, not two.
        answers = {(draft.question, draft.quote): draft for draft in drafts}
        asked = Counter(question for question, _ in answers)
        self.ambiguous += sum(count for count in asked.values() if count > 1)
        return [draft for (question, _), draft in answers.items() if asked[question] == 1]


class ModelFirst:
    """A model's questions; the templates' for a passage at which its words end badly, and for all from the moment on at
    which its server cannot be used.

    ``failed`` counts passages, ``down`` is the server's last word.
    """

    def __init__(self, model: ModelQuestions, templates: TemplateQuestions, runner: asyncio.Runner) -> None:
        self._model = model
        self._templates = templates
        self._runner = runner
        self.failed = 0
        self.down = ""

    @property
    def unlocated(self) -> int:
        """The model's questions so far whose quote does not stand in their passage."""
        return self._model.unlocated

    def __call__(self, chunk: Chunk) -> list[DraftQuestion]:
        """The questions of one passage."""
        if self.down:
            return self._templates(chunk)
        try:
            return self._runner.run(self._model.drafts(chunk))
        except DraftFailed:
            self.failed += 1
        except DependencyError as error:
            self.down = str(error)
        return self._templates(chunk)
