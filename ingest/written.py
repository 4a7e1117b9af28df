"""A text that somebody wrote into a form, as a file that says of itself what was said of it."""

from collections.abc import Mapping

from ingest.front_matter import split_front_matter

_MARKDOWN = (".md", ".markdown")


def file_name(name: str) -> str:
    """With the ending that says what it is."""
    return name if name.lower().endswith(_MARKDOWN) else f"{name}.md"


def as_markdown(text: str, fields: Mapping[str, str]) -> str:
    """The text under a block of its fields; those that the text has itself stay, unless ``fields`` say otherwise."""
    if not fields:
        return text
    import yaml

    stated, body = split_front_matter(text)
    # One line for each field, however long: a wrapped value could look like another field.
    block = yaml.safe_dump({**stated, **fields}, allow_unicode=True, sort_keys=False, width=10**9)
    return f"---\n{block}---\n{body}"
