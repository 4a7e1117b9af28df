"""What the settings come to, where each of them is from, and what is wrong with them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from core.errors import InvalidInput
from core.settings import REDIS_SCHEMES, Settings, load_settings

HIDDEN = "********"
_PREFIX = "CITEDESK_"
_SHORT = {f"{_PREFIX}LLM_{name.upper()}": f"llm.{name}" for name in ("base_url", "model", "api_key")}
_NO_SETTINGS = {f"{_PREFIX}HOME", *_SHORT}
_PASSWORD = re.compile(r"(?<=//)([^/@:]*):[^/@]*(?=@)")
_IS_SECRET = re.compile(r"key|secret|password|token$", re.IGNORECASE)
_TOML = "citedesk.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One setting. ``source`` is ``environment``, ``file`` or ``default``; secrets are hidden in ``value``."""

    name: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """``problems`` say what is wrong and what to do; without ``settings`` they cannot be used at all."""

    home: Path
    settings: tuple[Effective, ...]
    problems: tuple[str, ...]


def check(home: Path | None, environment: Mapping[str, str]) -> Checked:
    """Of the home that the command line or ``environment``, which is the process's own, names."""
    folder = home or Path(environment.get(f"{_PREFIX}HOME") or Settings.model_fields["home"].default)
    unknown = [*_unknown_variables(environment)]
    try:
        settings = load_settings(home)
        file = _read(folder)
    except InvalidInput as error:
        return Checked(home=folder, settings=(), problems=(*_refused(error), *unknown))
    effective = tuple(_effective(settings, _in_environment(environment), _in_file(file)))
    problems = (*unknown, *_unknown_sections(file), *_together(settings), *_files(settings), *_open_file(folder, file))
    return Checked(home=folder, settings=effective, problems=problems)


def _effective(settings: Settings, given: set[str], filed: set[str]) -> Iterator[Effective]:
    for slice, part in settings:
        if not isinstance(part, BaseModel):
            continue
        shown = part.model_dump(mode="json")
        for field in type(part).model_fields:
            name = f"{slice}.{field}"
            is_given, is_filed = (name in names or slice in names for names in (given, filed))
            source = "environment" if is_given else "file" if is_filed else "default"
            yield Effective(name=name, value=_hidden(field, getattr(part, field), shown[field]), source=source)


def _hidden(name: str, value: object, shown: Any) -> Any:
    """``shown`` without secrets, those inside of lists and addresses too."""
    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else ""
    if isinstance(value, BaseModel):
        return {field: _hidden(field, getattr(value, field), shown[field]) for field in type(value).model_fields}
    if isinstance(value, tuple | list):
        return [_hidden(name, each, one) for each, one in zip(value, shown, strict=True)]
    return _PASSWORD.sub(rf"\1:{HIDDEN}", shown) if isinstance(shown, str) else shown


def _in_environment(environment: Mapping[str, str]) -> set[str]:
    """``llm.model`` for each setting, ``llm`` for a slice that is given as a whole."""
    named = {_SHORT[name] for name, value in environment.items() if name in _SHORT and value}
    for name in environment:
        if name.upper().startswith(_PREFIX) and name.upper() not in _NO_SETTINGS:
            named.add(".".join(name[len(_PREFIX) :].lower().split("__")[:2]))
    return named


def _in_file(file: Mapping[str, Any]) -> set[str]:
    return {f"{slice}.{name}" for slice, part in file.items() if isinstance(part, dict) for name in part}


def _read(home: Path) -> Mapping[str, Any]:
    path = home / _TOML
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}; mend it or take it away") from error


def _refused(error: InvalidInput) -> Iterator[str]:
    """Every value that is off, not only the first one."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        yield str(error)
        return
    for wrong in cause.errors():
        name = ".".join(str(part) for part in wrong["loc"])
        if wrong["type"] == "extra_forbidden":
            yield f"{name} is no setting{_near(name, _names())}"
        else:
            value = HIDDEN if _IS_SECRET.search(name) else _PASSWORD.sub(rf"\1:{HIDDEN}", repr(wrong.get("input")))
            yield f"{name} = {value}: {wrong['msg']}"


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Names whose slice does not exist, which are passed over without a word when settings are read."""
    for name in sorted(environment):
        slice = name[len(_PREFIX) :].lower().split("__")[0]
        is_ours = name.upper().startswith(_PREFIX) and name.upper() not in _NO_SETTINGS
        if is_ours and slice not in Settings.model_fields:
            known = [f"{_PREFIX}{each.upper().replace('.', '__')}" for each in _names()] + sorted(_NO_SETTINGS)
            yield f"the environment's {name} is no setting and changes nothing{_near(name, known)}"


def _unknown_sections(file: Mapping[str, Any]) -> Iterator[str]:
    for name in file:
        if name not in Settings.model_fields:
            yield f"[{name}] of {_TOML} is no section and changes nothing{_near(name, [*Settings.model_fields])}"


def _together(settings: Settings) -> Iterator[str]:
    """Settings that are sound each and make no sense together."""
    llm, rerank = settings.llm, settings.rerank
    if bool(llm.base_url) != bool(llm.model):
        missing = "llm.model" if llm.base_url else "llm.base_url"
        yield f"{missing} is empty, so no model is asked; set it, or leave both empty"
    if llm.fallbacks and not llm.base_url:
        yield "llm.fallbacks are asked after llm.model, and there is none; set llm.base_url and llm.model"
    if llm.first_chunk_seconds > llm.total_seconds:
        limits = (f"llm.{name} = {getattr(llm, name):g}" for name in ("first_chunk_seconds", "total_seconds"))
        yield f"{' is above '.join(limits)}, which ends the wait first"
    if rerank.kind in {"cascade", "cross_encoder"} and not rerank.model:
        yield f"rerank.kind = {rerank.kind!r} needs rerank.model: a folder, or a hub name"
    address = settings.redis.url.get_secret_value()
    if address and not address.startswith(REDIS_SCHEMES):
        yield f"redis.url begins with none of {', '.join(REDIS_SCHEMES)}; the service will not start"
    if settings.prompts.weights and settings.prompts.folder is None and settings.prompts.weights.keys() - {"shipped"}:
        yield "prompts.weights name variants that no prompts.folder holds; set it"


def _files(settings: Settings) -> Iterator[str]:
    named = {
        "answer.calibration": settings.answer.calibration,
        "llm.tokenizer": settings.llm.tokenizer,
        "prompts.folder": settings.prompts.folder,
        **{f"llm.fallbacks.{n}.tokenizer": each.tokenizer for n, each in enumerate(settings.llm.fallbacks)},
    }
    for name, path in named.items():
        if path is not None and not path.exists():
            yield f"{name} = {str(path)!r} is not there; mend the path, or leave the setting out"


def _open_file(home: Path, file: Mapping[str, Any]) -> Iterator[str]:
    path = home / _TOML
    secret = "api_key" in str(file.get("llm", "")) or "url" in str(file.get("redis", ""))
    if secret and path.stat().st_mode & 0o077:
        yield f"{path} holds a key and may be read by others; `chmod 600 {path}`"


def _names() -> list[str]:
    slices = {name: field.default for name, field in Settings.model_fields.items() if name != "home"}
    return [f"{slice}.{name}" for slice, default in slices.items() for name in type(default).model_fields]


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; meant is perhaps {near[0]}" if near else "; docs/settings.md lists those there are"
