"""The words that an answer model is asked with, in the language of the question.

One system message (rules, then the output format) and one user message (numbered passages, the conversation so far,
the question). The templates are package data with a version and a hash, so that an answer can name its prompt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

from core.ports import Message
from core.text import language_of
from core.types import Evidence, Language, Turn

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

_FENCES = r"passage|conversation|question|today"
_CHAT_TOKENS = r"[|｜]|s\s*>|(?:start|end)_of_turn\s*>"
# Our own fences, and the control tokens of chat templates, which some servers read even inside a message.
_OPENING = re.compile(
    rf"[<＜﹤](?=\s*[/／]?\s*(?:{_FENCES}|{_CHAT_TOKENS}))|\[(?=/?(?:INST|SYSTEM_PROMPT)\])", re.IGNORECASE
)
_HARMLESS = {"<": "‹", "＜": "‹", "﹤": "‹", "[": "⁅"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """The prompt of one language. ``version`` is raised by hand with every change of meaning; ``digest`` is the first
    16 hexadecimal digits of the file's SHA-256. ``json_format`` and ``marks_format`` end the system message."""

    language: Language
    version: int
    digest: str
    system: str
    json_format: str
    marks_format: str
    task: str

    @property
    def name(self) -> str:
        """For traces and reports, for example ``answer.en v1 (0f3a…)``."""
        return f"answer.{self.language} v{self.version} ({self.digest})"


@cache
def prompt_template(language: Language) -> PromptTemplate:
    """Read from the package once."""
    return read_template(files("answer").joinpath("prompts", f"answer.{language}.md").read_text("utf-8"), language)


def read_template(source: str, language: Language) -> PromptTemplate:
    """The words of a prompt file. Raises ``KeyError`` for a part that it lacks, else ``ValueError``."""
    _, header, body = source.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in header.splitlines())
    if fields["language"] != language:
        raise ValueError(f"the prompt answer.{language}.md says language: {fields['language']!r}")
    _, *parts = re.split(r"^# (\w+)\n", body, flags=re.MULTILINE)
    sections = dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
    return PromptTemplate(
        language=language,
        version=int(fields["version"]),
        digest=sha256(source.encode()).hexdigest()[:16],
        system=sections["system"],
        json_format=sections["json"],
        marks_format=sections["marks"],
        task=sections["task"],
    )


def build_messages(
    question: str,
    evidence: Sequence[Evidence],
    history: Sequence[Turn] = (),
    *,
    today: date | None = None,
    template: PromptTemplate | None = None,
) -> list[Message]:
    """Ask for claims as JSON, answered in the language of ``question``.

    ``history`` is oldest first; its last six turns are shown, as data: a caller could have made up the assistant's
    part. ``today`` is left out of the prompt where it is None; ``template`` None takes the packaged one.
    """
    template = template or prompt_template(language_of(question))
    task = Template(template.task).substitute(
        passages="\n".join(_passage(one) for one in evidence),
        conversation=_conversation(history),
        today=f"\n<today>{today.isoformat()}</today>" if today else "",
        question=harmless(question.strip()),
    )
    return [
        Message(role="system", content=f"{template.system}\n\n{template.json_format}"),
        Message(role="user", content=task),
    ]


def in_marks(messages: Sequence[Message]) -> list[Message]:
    """The same messages asking for ``[n]`` marks, for a server that does not take a JSON schema."""
    return [
        Message(role=message.role, content=_ask_for_marks(message.content)) if message.role == "system" else message
        for message in messages
    ]


def harmless(text: str) -> str:
    """The text unable to close a fence of the prompt or to speak a chat template's control tokens.

    Only the opening sign of such a token is replaced, one for one: the length and everything else stay.
    """
    return _OPENING.sub(lambda match: _HARMLESS[match.group()], text)


def _ask_for_marks(content: str) -> str:
    languages: tuple[Language, ...] = ("en", "zh")
    for template in map(prompt_template, languages):
        content = content.replace(template.json_format, template.marks_format)
    return content


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
