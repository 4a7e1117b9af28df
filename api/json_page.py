"""``docs/json.md``, written from the shapes themselves: ``python -m api.json_page > docs/json.md``."""

import inspect
import json
import sys
from types import ModuleType

from api.schemas import json_schemas
from api.shapes import (
    Bounds,
    Failure,
    comparison,
    content,
    evaluation,
    feedback,
    fitting,
    jobs,
    keys,
    models,
    operation,
    sets,
    traces,
    usage,
)

_HEAD = """# JSON shapes

Scripts may rely on every key here: keys are added, never renamed or removed, and all of them are always there. Read
with a tolerance for keys that are not listed. `ask` and `search` are the same on the command line and over HTTP
([http.md](http.md)); their schemas are JSON Schema 2020-12.
"""
_SECTIONS = {
    "ask": """What `citedesk ask --json` prints and `POST /v1/ask` answers. A citation's `source`, `title` and
`heading_path` are those of the evidence that it names; `span` counts characters (Unicode code points) of the document's
stored text.""",
    "visitor": "What `POST /v1/ask` answers to a publishable key ([widget.md](widget.md)).",
    "search": "What `citedesk search --json` prints and `POST /v1/search` answers.",
}


def json_page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for name, schema in json_schemas().items():
        block = json.dumps(schema, indent=2, ensure_ascii=False)
        parts += [f"## `{name}`\n", _SECTIONS[name] + "\n", f"```json\n{block}\n```\n"]
    shapes = [
        _without_imports(module)
        for module in (
            content,
            jobs,
            keys,
            evaluation,
            fitting,
            comparison,
            sets,
            models,
            traces,
            feedback,
            usage,
            operation,
        )
    ]
    sources = "\n\n".join([f"Bounds = {Bounds}\n", *shapes, inspect.getsource(Failure)])
    parts += ["## The other commands\n", f"```python\n{sources}```\n"]
    return "\n".join(parts)


def _without_imports(module: ModuleType) -> str:
    source = inspect.getsource(module)
    return source[source.index("class ") :]


if __name__ == "__main__":
    sys.stdout.write(json_page())
