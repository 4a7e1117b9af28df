"""Prompts as files: the words of a language with their version, their description and the hash of their content.

The packaged ones are package data; variants stand in ``<folder>/variants/<name>/answer.<language>.md``. A file has a
header and five parts: ``context`` (what the messages hold, and that it is data), ``rules`` (the task), ``json`` and
``marks`` (the two output formats), ``task`` (the user message).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from core.errors import InvalidInput
from core.types import Language, PromptUsed

SHIPPED = "shipped"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_PARTS = ("context", "rules", "json", "marks", "task")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """The prompt of one language. ``version`` is raised by hand with every change of meaning; ``digest`` is the first
    16 hexadecimal digits of the file's SHA-256. ``json_format`` or ``marks_format`` ends the system message."""

    language: Language
    version: int
    description: str
    digest: str
    context: str
    rules: str
    json_format: str
    marks_format: str
    task: str
    variant: str = SHIPPED

    @property
    def name(self) -> str:
        """For reports, for example ``answer.en v2 (0f3a…)``."""
        return f"answer.{self.language} v{self.version} ({self.digest})"

    @property
    def system(self) -> str:
        """The system message without an output format: first what the data is, then what to do with it."""
        return f"{self.context}\n\n{self.rules}"

    @property
    def used(self) -> PromptUsed:
        """As an answer records it."""
        return PromptUsed(
            name=f"answer.{self.language}",
            language=self.language,
            version=self.version,
            digest=self.digest,
            variant=self.variant,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVariant:
    """A prompt of each language under one name."""

    name: str
    templates: Mapping[Language, PromptTemplate]


@cache
def prompt_template(language: Language) -> PromptTemplate:
    """The packaged one, read once."""
    return read_template(
        files("answer.prompting").joinpath("prompts", f"answer.{language}.md").read_text("utf-8"), language
    )


def read_template(source: str, language: Language, variant: str = SHIPPED) -> PromptTemplate:
    """The words of a prompt file. Raises ``KeyError`` for a part that it lacks, else ``ValueError``."""
    _, header, body = source.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in header.splitlines())
    if fields["language"] != language:
        raise ValueError(f"the prompt answer.{language}.md says language: {fields['language']!r}")
    _, *parts = re.split(r"^# (\w+)\n", body, flags=re.MULTILINE)
    found = dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
    if unknown := sorted(set(found) - set(_PARTS)):
        raise ValueError(f"it has the part {unknown[0]!r}; there are {', '.join(_PARTS)}")
    return PromptTemplate(
        language=language,
        version=int(fields["version"]),
        description=fields["description"],
        digest=sha256(source.encode()).hexdigest()[:16],
        context=found["context"],
        rules=found["rules"],
        json_format=found["json"],
        marks_format=found["marks"],
        task=found["task"],
        variant=variant,
    )


def load_variants(folder: Path | None, names: Sequence[str] = ()) -> list[PromptVariant]:
    """The packaged prompts as ``shipped``, then those in ``folder/variants/<name>/answer.<language>.md``, by name.

    A variant without one of the languages takes the packaged prompt for it. ``names`` chooses some of them, in their
    order. Raises ``InvalidInput`` for a name that does not exist and a prompt that cannot be read.
    """
    found = {SHIPPED: PromptVariant(name=SHIPPED, templates={each: prompt_template(each) for each in LANGUAGES})}
    paths = sorted(folder.glob("variants/*")) if folder else []
    found |= {path.name: _variant(path) for path in paths if path.is_dir()}
    if unknown := [name for name in names if name not in found]:
        where = f" in {folder / 'variants'}" if folder else ", and prompts.folder is not set"
        raise InvalidInput(f"no prompt variant {unknown[0]!r}{where}; there is: {', '.join(found)}")
    return [found[name] for name in names or found]


def _variant(folder: Path) -> PromptVariant:
    templates = {}
    for language in LANGUAGES:
        path = folder / f"answer.{language}.md"
        templates[language] = _template(path, language) if path.is_file() else prompt_template(language)
    return PromptVariant(name=folder.name, templates=templates)


def _template(path: Path, language: Language) -> PromptTemplate:
    try:
        return read_template(path.read_text(encoding="utf-8"), language, path.parent.name)
    except KeyError as error:
        raise InvalidInput(
            f"the prompt {path} lacks the part {error}; copy answer.{language}.md and change that"
        ) from error
    except ValueError as error:
        raise InvalidInput(f"the prompt {path} cannot be read: {error}") from error
