"""Versions of the prompt that are compared: the packaged one and every folder below ``variants``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from answer.prompt import PromptTemplate, prompt_template, read_template
from core.errors import InvalidInput
from core.types import Language

SHIPPED = "shipped"
_LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVariant:
    """A prompt of each language under one name."""

    name: str
    templates: Mapping[Language, PromptTemplate]


def load_variants(folder: Path, names: Sequence[str] = ()) -> list[PromptVariant]:
    """The packaged prompts as ``shipped``, then those in ``folder/variants/<name>/answer.<language>.md``, by name.

    A variant without one of the languages takes the packaged prompt for it. ``names`` chooses some of them, in their
    order. Raises ``InvalidInput`` for a name that does not exist and a prompt that cannot be read.
    """
    found = {SHIPPED: PromptVariant(name=SHIPPED, templates={each: prompt_template(each) for each in _LANGUAGES})}
    found |= {path.name: _variant(path) for path in sorted(folder.glob("variants/*")) if path.is_dir()}
    if unknown := [name for name in names if name not in found]:
        raise InvalidInput(f"no prompt variant {unknown[0]!r} in {folder / 'variants'}; there is: {', '.join(found)}")
    return [found[name] for name in names or found]


def _variant(folder: Path) -> PromptVariant:
    templates = {}
    for language in _LANGUAGES:
        path = folder / f"answer.{language}.md"
        templates[language] = _template(path, language) if path.is_file() else prompt_template(language)
    return PromptVariant(name=folder.name, templates=templates)


def _template(path: Path, language: Language) -> PromptTemplate:
    try:
        return read_template(path.read_text(encoding="utf-8"), language)
    except KeyError as error:
        raise InvalidInput(
            f"the prompt {path} lacks the part {error}; copy answer.{language}.md and change that"
        ) from error
    except ValueError as error:
        raise InvalidInput(f"the prompt {path} cannot be read: {error}") from error
