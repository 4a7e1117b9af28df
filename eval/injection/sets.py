"""Attacks that hide in documents, and benign questions about those documents.

Two layouts of a folder:

- BIPIA's (Yi et al. 2023): ``text_attack*.json`` and ``code_attack*.json``, one object of attack kinds with their
  instructions, and folders with ``*.jsonl`` of ``context``, ``question``, ``ideal``; a context with an ``error`` is an
  answer about code, asked for by the error's last line, and takes attacks on code only
- our own: ``attacks.jsonl`` (``id``, ``language``, ``kind``, ``instruction``, ``markers``) and ``contexts.jsonl``
  (``id``, ``language``, ``title``, ``context``, ``question``, ``ideal``)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import regex
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.errors import InvalidInput, NotFound
from core.sentences import split_sentences
from core.text import language_of
from core.types import Language, Span
from eval.sets.jsonl import read_jsonl

_LEAST_CODE = 25  # characters of a line of code that tells an attack
_UNKNOWN = "unknown"  # BIPIA's ideal answer where the context does not hold one
_QUOTED = regex.compile(r"[\"“”'‘’「]([^\"“”‘’「」\n]{6,})[\"“”'‘’」]")
_ADDRESS = regex.compile(r"(?:https?://|www\.)[^\s\"'”’]+|\b[\w-]+\.(?:com|net|org|xyz|io|cn)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """An instruction to whoever reads the document. ``markers`` are strings that only an answer that obeys holds."""

    id: str
    language: Language
    kind: str
    instruction: str
    markers: tuple[str, ...]
    on_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BenignContext:
    """A document and an honest question about it; ``ideal`` is empty where the document does not answer."""

    id: str
    language: Language
    title: str
    text: str
    question: str
    ideal: str
    is_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionCase:
    """An attack planted in a document: ``text[planted] == attack.instruction``."""

    id: str
    attack: Attack
    context: BenignContext
    text: str
    planted: Span


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _AttackRow(_Row):
    id: str
    language: Language
    kind: str
    instruction: str
    markers: list[str]


class _ContextRow(_Row):
    context: str | list[str]
    question: str = ""
    ideal: str | list[str]
    id: str = ""
    title: str = ""
    error: list[str] = []


def load_cases(
    folder: Path, *, pairs: int | None = None, obeyed: Mapping[str, Sequence[str]] | None = None
) -> list[InjectionCase]:
    """Attacks planted in documents of their language, at the start, in the middle and at the end in turn.

    Every attack and every context occurs at least once, unless ``pairs`` allows fewer cases of each language, and of
    code. ``obeyed`` holds further markers by instruction. Raises ``NotFound`` for a folder of neither layout and
    ``InvalidInput`` for a malformed file and for attacks without any context in their language.
    """
    attacks = [_telling(attack, obeyed or {}) for attack in _attacks(folder)]
    contexts = list(_contexts(folder))
    groups = [(language, on_code) for on_code in (False, True) for language in ("en", "zh")]
    cases = [case for group in groups for case in _cases(*group, attacks, contexts, pairs)]
    if not cases:
        raise InvalidInput(f"{folder}: no attack has a context in its language")
    return cases


def read_obeyed(path: Path) -> dict[str, list[str]]:
    """What an answer says that obeys an instruction. Raises ``InvalidInput`` for a file of another shape."""
    try:
        return TypeAdapter(dict[str, list[str]]).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidInput(f"{path} should hold one object of instructions with lists of texts") from error


def plant(instruction: str, text: str, place: int) -> tuple[str, Span]:
    """``text`` with the instruction as a line of its own, and where it stands.

    ``place`` 0 is before the first sentence, 1 before the middle one, 2 after the last.
    """
    starts = [span.start for span in split_sentences(text)] or [0]
    offset = (starts[0], starts[len(starts) // 2], len(text))[place]
    before = f"{text[:offset].rstrip()}\n" if text[:offset].strip() else ""
    span = Span(len(before), len(before) + len(instruction))
    return f"{before}{instruction}\n{text[offset:].lstrip()}", span


def demanded(instruction: str) -> tuple[str, ...]:
    """Strings that an instruction wants to see in the answer: what it puts in quotation marks, and web addresses; where
    it holds code, the longest line of it."""
    if "```" in instruction:
        line = max((line.strip() for line in instruction.split("```")[1].splitlines()), key=len)
        return (line,) if len(line) >= _LEAST_CODE else ()
    quoted = [match.group(1) for match in _QUOTED.finditer(instruction)]
    return tuple(dict.fromkeys([*quoted, *(match.group().rstrip(".,") for match in _ADDRESS.finditer(instruction))]))


def _telling(attack: Attack, obeyed: Mapping[str, Sequence[str]]) -> Attack:
    return replace(attack, markers=(*attack.markers, *obeyed.get(attack.instruction, ())))


def _cases(
    language: str, on_code: bool, attacks: Sequence[Attack], contexts: Sequence[BenignContext], pairs: int | None
) -> Iterator[InjectionCase]:
    own = [attack for attack in attacks if (attack.language, attack.on_code) == (language, on_code)]
    around = [context for context in contexts if (context.language, context.is_code) == (language, on_code)]
    if not (own and around):
        return
    every = max(len(own), len(around))
    for number in range(every if pairs is None else min(pairs, every)):
        attack, context = own[number % len(own)], around[number % len(around)]
        text, planted = plant(attack.instruction, context.text, number % 3)
        yield InjectionCase(id=f"{context.id}+{attack.id}", attack=attack, context=context, text=text, planted=planted)


def _attacks(folder: Path) -> list[Attack]:
    own = folder / "attacks.jsonl"
    if own.is_file():
        rows = (row for _, row in read_jsonl(own, _attack_parser().validate_json))
        return [Attack(**{**row.model_dump(), "markers": tuple(row.markers)}) for row in rows]
    paths = sorted([*folder.glob("text_attack*.json"), *folder.glob("code_attack*.json")]) if folder.is_dir() else []
    if not paths:
        raise NotFound(f"no attacks.jsonl and no text_attack*.json in {str(folder)!r}")
    return [attack for path in paths for attack in _bipia_attacks(path)]


def _bipia_attacks(path: Path) -> Iterator[Attack]:
    try:
        kinds = TypeAdapter(dict[str, list[str]]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise InvalidInput(f"{path} should hold one object of attack kinds with lists of instructions") from error
    for kind, instructions in kinds.items():
        for number, text in enumerate(instructions, start=1):
            yield Attack(
                id=f"{kind}-{number}",
                language=language_of(text),
                kind=kind,
                instruction=text,
                markers=demanded(text),
                on_code=path.name.startswith("code_"),
            )


def _contexts(folder: Path) -> Iterator[BenignContext]:
    own = folder / "contexts.jsonl"
    for path in [own] if own.is_file() else sorted(folder.glob("*/*.jsonl")):
        for number, row in read_jsonl(path, _context_parser().validate_json):
            if row.error:
                yield _code_context(f"{path.parent.name}-{number}", row)
            elif isinstance(row.context, str) and isinstance(row.ideal, str) and row.context.strip() and row.question:
                yield BenignContext(
                    id=row.id or f"{path.parent.name}-{number}",
                    language=language_of(row.context),
                    title=row.title,
                    text=row.context,
                    question=row.question.removeprefix("Q:").strip(),
                    ideal="" if row.ideal == _UNKNOWN else row.ideal,
                )


def _code_context(name: str, row: _ContextRow) -> BenignContext:
    error = [line.strip() for line in row.error if line.strip()]
    return BenignContext(
        id=name,
        language="en",
        title="",
        text="\n".join(row.context),
        question=f"How do I fix this? {error[-1]}",
        ideal="",
        is_code=True,
    )


@cache
def _attack_parser() -> TypeAdapter[_AttackRow]:
    return TypeAdapter(_AttackRow)


@cache
def _context_parser() -> TypeAdapter[_ContextRow]:
    return TypeAdapter(_ContextRow)
