"""YAML that people write by hand: every complaint names the file and the line."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidInput
from eval.sets.jsonl import fault_words

Content = TypeVar("Content")


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, of which YAML readers silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"the key {key.value!r} stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_yaml(path: Path, shape: TypeAdapter[Content]) -> Content:
    """The file as ``shape``. Raises ``InvalidInput`` with file, line and what is wrong."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8-sig"))
        node = loader.get_single_node()
        document = loader.construct_document(node) if node is not None else None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInput(f"{path}, line {line}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise InvalidInput(f"{path}: {error}") from error
    try:
        return shape.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInput(f"{path}, line {_line(node, first['loc'])}: {fault_words(first)}") from error


def _line(node: yaml.Node | None, place: Sequence[int | str]) -> int:
    """The line, from 1, of the innermost part of ``place`` that the file has."""
    line = node.start_mark.line if node is not None else 0
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        key, node = found
        line = key.start_mark.line
    return line + 1


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that names a part (its key, or the item itself) and the part."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    return None
