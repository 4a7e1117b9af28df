"""The words that an answer model is asked with, in the language of the question.

One system message (what the data is, the rules of the task, the output format) and one user message (numbered passages,
the conversation so far, the question). The words are those of ``answer/prompting/prompt_files.py``.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from string import Template

from answer.prompting.prompt_files import LANGUAGES, PromptTemplate, prompt_template
from core.ports import Message
from core.text import language_of
from core.types import ContextBlock, Evidence, Turn

CLAIMS_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "citations": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"evidence": {"type": "integer"}, "quote": {"type": "string"}},
                            "required": ["evidence", "quote"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["text", "citations"],
                "additionalProperties": False,
            },
        },
        "insufficient": {"type": "boolean"},
    },
    "required": ["claims", "insufficient"],
    "additionalProperties": False,
}
"""The JSON schema of the claim contract, in the subset that OpenAI's strict mode takes."""

_LAST_TURNS = 6
_TURN_CHARS = 1_000

_FENCES = r"passage|conversation|question|today|customer_case"
_CHAT_TOKENS = r"[|｜]|s\s*>|(?:start|end)_of_turn\s*>"
# Our own fences, and the control tokens of chat templates, which some servers read even inside a message.
_OPENING = re.compile(
    rf"[<＜﹤](?=\s*[/／]?\s*(?:{_FENCES}|{_CHAT_TOKENS}))|\[(?=/?(?:INST|SYSTEM_PROMPT)\])", re.IGNORECASE
)
_HARMLESS = {"<": "‹", "＜": "‹", "﹤": "‹", "[": "⁅"}


def build_messages(
    question: str,
    evidence: Sequence[Evidence],
    history: Sequence[Turn] = (),
    *,
    context: Sequence[ContextBlock] = (),
    today: date | None = None,
    template: PromptTemplate | None = None,
) -> list[Message]:
    """Ask for claims as JSON, answered in the language of ``question``.

    ``history`` is oldest first; its last six turns are shown, as data: a caller could have made up the assistant's
    part. ``context`` is what the caller knows of the case. ``today`` is left out of the prompt where it is None;
    ``template`` None takes the packaged one.
    """
    template = template or prompt_template(language_of(question))
    task = Template(template.task).substitute(
        passages="\n".join(_passage(one) for one in evidence),
        conversation=_conversation(history) + "".join(map(_case, context)),
        today=f"\n<today>{today.isoformat()}</today>" if today else "",
        question=harmless(question.strip()),
    )
    return [
        Message(
            role="system",
            content=f"{template.system}\n\n{template.json_format}",
            plain=f"{template.system}\n\n{template.marks_format}",
        ),
        Message(role="user", content=task),
    ]


def in_marks(messages: Sequence[Message]) -> list[Message]:
    """The same messages asking for ``[n]`` marks, for a server that does not take a JSON schema."""
    return [Message(role=message.role, content=_plain(message)) for message in messages]


def harmless(text: str) -> str:
    """The text unable to close a fence of the prompt or to speak a chat template's control tokens.

    Only the opening sign of such a token is replaced, one for one: the length and everything else stay.
    """
    return _OPENING.sub(lambda match: _HARMLESS[match.group()], text)


def _plain(message: Message) -> str:
    """Messages that others wrote around the packaged output format ask for marks in its place."""
    plain = message.plain or message.content
    for template in map(prompt_template, LANGUAGES):
        plain = plain.replace(template.json_format, template.marks_format)
    return plain


def _passage(evidence: Evidence) -> str:
    chunk = evidence.hit.chunk
    title = harmless(" ".join(chunk.context.split()).replace('"', "'"))
    page = f' page="{chunk.page}"' if chunk.page else ""
    return f'<passage number="{evidence.number}" title="{title}"{page}>\n{harmless(chunk.text)}\n</passage>'


def _conversation(history: Sequence[Turn]) -> str:
    if not history:
        return ""
    turns = "\n".join(f"{turn.role}: {harmless(turn.content.strip()[:_TURN_CHARS])}" for turn in history[-_LAST_TURNS:])
    return f"\n<conversation>\n{turns}\n</conversation>"


def _case(block: ContextBlock) -> str:
    name = harmless(block.name.replace('"', "'"))
    values = "\n".join(harmless(f"{key}: {value}") for key, value in block.data.items())
    return f'\n<customer_case name="{name}">\n{values}\n</customer_case>'
