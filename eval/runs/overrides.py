"""Settings changed for one run by their dotted names, as ``--set retrieval.candidates=50`` gives them."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import InvalidInput
from core.settings import Settings

_Model = TypeVar("_Model", bound=BaseModel)


def overridden(settings: Settings, assignments: Iterable[str]) -> Settings:
    """The settings with every ``name=value`` in place; the last of two for one name holds.

    A value is read as the settings model reads the environment: numbers and words as they stand, ``null`` for none,
    lists and tables as JSON. Raises ``InvalidInput`` for an unknown name, with the names that are near, and for a value
    that the setting refuses.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise InvalidInput(f"setting {assignment!r} has no value; write it as name=value")
        name = name.strip()
        _refuse_unknown(name, list(setting_names(settings)))
        settings = _replaced(settings, name, name.split("."), _value(text.strip()))
    return settings


def setting_names(model: BaseModel, prefix: str = "") -> Iterator[str]:
    """The dotted names of all settings in a slice, such as ``retrieval.candidates``."""
    for field in type(model).model_fields:
        value = getattr(model, field)
        if isinstance(value, BaseModel):
            yield from setting_names(value, f"{prefix}{field}.")
        elif prefix:  # the home folder, the only setting outside a slice, is no part of an evaluation
            yield f"{prefix}{field}"


def _refuse_unknown(name: str, known: list[str]) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    # A right name in no slice, or in another one, is the commonest slip.
    near += [other for other in known if other.split(".")[-1] == name.split(".")[-1] and other not in near]
    slices = ", ".join(dict.fromkeys(other.split(".")[0] for other in known))
    hint = f"near it are {', '.join(near)}" if near else f"names begin with one of {slices}; docs/settings.md has all"
    raise InvalidInput(f"no setting {name!r}; {hint}")


def _value(text: str) -> object:
    if text != "null" and text[:1] not in ("[", "{"):
        return text
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value


def _replaced(model: _Model, name: str, path: list[str], value: object) -> _Model:
    first, *rest = path
    if rest:
        inner = getattr(model, first)
        return model.model_copy(update={first: _replaced(inner, name, rest, value)})
    try:
        whole: Mapping[str, object] = {field: getattr(model, field) for field in type(model).model_fields}
        return type(model).model_validate({**whole, first: value})
    except ValidationError as error:
        raise InvalidInput(f"setting {name} = {value!r}: {error.errors()[0]['msg']}") from error
