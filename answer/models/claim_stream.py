"""Text deltas in, draft claims out, each the moment it is complete.

Two protocols, told apart by what the model writes, because a server may ignore the one it was asked for:

- JSON: ``{"claims": [{"text", "citations": [{"evidence", "quote"}]}], "insufficient": false}``, also inside fences or
  after prose and ``<think>`` blocks;
- marks: sentences that end with the evidence numbers, ``Refunds take 30 days. [1][3]``, also ``【1】`` and ``［1］``.

A draft is what the model says; whether it is shown is decided by the proof.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError

from core.sentences import split_sentences

MAX_CHARS = 60_000
"""Characters of one completion that are read; 800 tokens, the default of ``llm.max_tokens``, are about 4,000."""

_MAX_STATEMENT = 2_000

_JSON_START = re.compile(r'\{\s*"(?:claims|insufficient)"$')
_OPEN_BRACE = re.compile(r"\{\s*$")
_THINK_START = re.compile(r"<think(?:ing)?>$")
_THINK_END = re.compile(r"</think(?:ing)?>$")
# Every repetition is bounded: a model that repeats itself ("......", "[1] [1] [1]") must not cost quadratic time.
_MARK_TEXT = r"[ \t]{0,3}[\[［【]\s?\d{1,3}(?:\s?[,，、]\s?\d{1,3}){0,9}\s?[\]］】]"
_MARK = re.compile(_MARK_TEXT)
_MARKS = f"(?:{_MARK_TEXT}){{1,10}}"
_END = r"[.!?。！？；…]{1,3}[\"”’」』)）]{0,3}"
_CUT = re.compile(rf"(?:{_END}{_MARKS}|{_MARKS}\s?{_END})\s{{0,3}}(?=[^\s\[［【.!?。！？；…\"”’」』)）])")
_CUT_CHARS = 120
_LIST_SIGN = re.compile(r"^\s*(?:[-*•·>]\s+|#{1,6}\s+|\d{1,2}[.)]\s+|\d{1,2}、\s*)+")
_INSUFFICIENT = re.compile(r"\W*(?:insufficient(?:[ _]evidence)?|(?:证据|資料|资料)不足)\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DraftCitation:
    """What a model points at: the evidence number as it wrote it, and its quote; ``""`` in the marks protocol."""

    evidence: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One statement as the model wrote it, not yet proven."""

    text: str
    citations: tuple[DraftCitation, ...]

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(f"a claim needs words, got {self.text!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEnd:
    """The end of a completion.

    ``claims`` became complete only now; ``insufficient`` is the model's own word that the evidence does not hold the
    (whole) answer; ``problem`` says what is malformed, ``""`` where nothing is.
    """

    claims: tuple[DraftClaim, ...] = ()
    insufficient: bool = False
    problem: str = ""


class ClaimStream:
    """Reads one completion: ``feed`` every delta in order, then ``finish`` once.

    How the text is cut into deltas changes nothing. At most ``max_chars`` characters are read.
    """

    def __init__(self, *, max_chars: int = MAX_CHARS) -> None:
        self._room = max_chars
        self._prose = _Prose()
        self._json: _JsonObject | None = None
        self._tail = ""
        self._problem = ""
        self._read: Callable[[str], Sequence[DraftClaim]] = self._read_prose

    def feed(self, text: str) -> list[DraftClaim]:
        """The claims that this delta completes, in order."""
        claims: list[DraftClaim] = []
        # One character at a time: nothing can then depend on where the deltas were cut.
        for character in text[: self._room]:
            if not _is_half(character):
                claims += self._read(character)
        if len(text) > self._room:
            self._stop("the completion is longer than the characters that are read")
        self._room = max(0, self._room - len(text))
        return claims

    def finish(self, *, complete: bool) -> DraftEnd:
        """Call once. ``complete`` is whether the stream ended with ``finish_reason == "stop"``: of a cut stream the
        unfinished last sentence is no claim."""
        if self._json:
            return self._json.end(self._problem)
        problem = self._problem or ("a <think> block never ends" if self._read == self._skip_thinking else "")
        return self._prose.end(complete=complete and not problem, problem=problem)

    def _read_prose(self, character: str) -> Sequence[DraftClaim]:
        claims = self._prose.push(character)
        buffer = self._prose.buffer
        if character == '"' and (start := _JSON_START.search(buffer)):
            self._start_json(start.group())
        elif character == ">" and _THINK_START.search(buffer):
            self._prose.buffer = _THINK_START.sub("", buffer)
            self._read = self._skip_thinking
        elif character == ">" and _THINK_END.search(buffer):
            # Some chat templates write the opening tag themselves: all before the closing one was thought.
            self._prose.forget()
        elif len(buffer) > _MAX_STATEMENT:
            self._stop(f"a statement is longer than {_MAX_STATEMENT} characters")
        return claims

    def _start_json(self, start: str) -> None:
        self._json = _JsonObject()
        self._read = self._json.push
        for character in start:
            self._json.push(character)

    def _skip_thinking(self, character: str) -> Sequence[DraftClaim]:
        self._tail = (self._tail + character)[-len("</thinking>") :]
        if _THINK_END.search(self._tail):
            self._tail = ""
            self._read = self._read_prose
        return ()

    def _stop(self, problem: str) -> None:
        self._problem = self._problem or problem
        self._read = lambda _: ()


def _is_half(character: str) -> bool:
    """Half of a surrogate pair, which no database and no response can hold; servers cut emoji between two deltas."""
    return "\ud800" <= character <= "\udfff"


class _JsonObject:
    """The JSON protocol: every object two levels below the root is a claim.

    The root without its claims, ``{"claims": [null, null], "insufficient": false}``, is kept and checked at the end.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._root: list[str] = []
        self._claim: list[str] = []
        self._begun = False
        self._flawed = 0

    def push(self, character: str) -> Sequence[DraftClaim]:
        if self._begun and not self._depth:
            return ()  # a closing fence or a farewell after the object
        before = self._depth
        self._begun = True
        # Small models put raw line breaks into strings, which JSON does not allow.
        written = json.dumps(character)[1:-1] if self._in_string and character < " " else character
        self._track(character)
        if max(before, self._depth) < 3:
            self._root.append(written)
            return ()
        self._claim.append(written)
        return self._closed_claim() if self._depth < 3 else ()

    def end(self, problem: str) -> DraftEnd:
        try:
            root = json.loads("".join(self._root))
        except ValueError:
            return DraftEnd(problem=problem or "the JSON object is broken or ends early")
        if self._flawed:
            problem = problem or f"claims that do not follow the schema: {self._flawed}"
        insufficient = root.get("insufficient") is True or root.get("claims") == []
        if not insufficient and not root.get("claims"):
            problem = problem or "the JSON object holds no claims"
        return DraftEnd(insufficient=insufficient, problem=problem)

    def _track(self, character: str) -> None:
        if self._in_string:
            closes = character == '"' and not self._escaped
            self._escaped = character == "\\" and not self._escaped
            self._in_string = not closes
        elif character == '"':
            self._in_string = True
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1

    def _closed_claim(self) -> Sequence[DraftClaim]:
        text = "".join(self._claim)
        self._claim.clear()
        self._root.append("null")
        try:
            return (_draft_type().validate_json(text),)
        except ValidationError:
            self._flawed += 1
            return ()


@cache
def _draft_type() -> TypeAdapter[DraftClaim]:
    return TypeAdapter(DraftClaim)


class _Prose:
    """The marks protocol. Sentences without marks wait until a mark shows that this is it and not a preamble."""

    def __init__(self) -> None:
        self.buffer = ""
        self._has_mark = False
        self._cited = False
        self._waiting: list[DraftClaim] = []
        self._insufficient = False

    def push(self, character: str) -> Sequence[DraftClaim]:
        self.buffer += character
        if character in "]］】":
            self._has_mark = bool(_MARK.search(self.buffer))
        if character == "\n" and not _OPEN_BRACE.search(self.buffer):
            return self._take(len(self.buffer))
        # A cut lies directly before the character that shows it, so only the last part needs a look.
        near = max(0, len(self.buffer) - _CUT_CHARS)
        if self._has_mark and not character.isspace() and (cut := _CUT.search(self.buffer, near)):
            return self._take(cut.end())
        return ()

    def forget(self) -> None:
        self.buffer = ""
        self._has_mark = False
        self._waiting.clear()

    def end(self, *, complete: bool, problem: str) -> DraftEnd:
        claims = self._take(len(self.buffer)) if complete else []
        if self._waiting:
            claims, problem = self._waiting, problem or "no statement cites evidence"
        elif complete and not (self._cited or self._insufficient):
            problem = problem or "the completion is empty"
        return DraftEnd(claims=tuple(claims), insufficient=self._insufficient, problem=problem)

    def _take(self, end: int) -> list[DraftClaim]:
        line, self.buffer = self.buffer[:end], self.buffer[end:]
        self._has_mark = False
        if _INSUFFICIENT.fullmatch(line):
            self._insufficient = True
            return []
        self._waiting += _statements(line)
        self._cited = self._cited or any(claim.citations for claim in self._waiting)
        if not self._cited:
            return []
        claims, self._waiting = self._waiting, []
        return claims


def _statements(line: str) -> list[DraftClaim]:
    """Each sentence of a line with the numbers that stand in it or directly after it."""
    if line.lstrip().startswith("```"):
        return []
    plain, marks = _without_marks(_LIST_SIGN.sub("", line).replace("**", ""))
    sentences = split_sentences(plain)
    numbers: list[dict[int, None]] = [{} for _ in sentences]
    starts = [sentence.start for sentence in sentences]
    for position, cited in marks if sentences else ():
        numbers[max(0, bisect_left(starts, position) - 1)].update(dict.fromkeys(cited))
    return [
        DraftClaim(sentence.of(plain), tuple(DraftCitation(number) for number in cited))
        for sentence, cited in zip(sentences, numbers, strict=True)
    ]


def _without_marks(line: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """The line without its marks, and each mark's numbers at the offset where it stood."""
    plain, end = "", 0
    marks = []
    for match in _MARK.finditer(line):
        plain += line[end : match.start()]
        marks.append((len(plain), [int(number) for number in re.findall(r"\d+", match.group())]))
        end = match.end()
    return plain + line[end:], marks
