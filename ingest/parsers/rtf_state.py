"""What holds inside one group of an RTF file, and the paragraph that is being read."""

from dataclasses import dataclass, field

from ingest.parsers.drafts import Draft
from ingest.parsers.rtf_tables import Row


@dataclass(slots=True)
class State:
    """Copied where a group opens, forgotten where it closes. ``destination`` says where its text goes."""

    destination: str = "body"
    font: int = 0
    style: int = 0
    points: float = 12
    bold: bool = False
    raised: bool = False
    unseen: bool = False
    fallback: int = 1
    """How many characters after a Unicode one stand for it in older programs."""


@dataclass(slots=True)
class Paragraph:
    """What is known of a paragraph before it ends. ``label`` is the number or bullet that the file writes before it,
    None outside lists; ``looks`` holds (bold, points, font) of each stretch with letters."""

    text: str = ""
    label: str | None = None
    style: int = 0
    level: int = 0
    depth: int = 0
    in_table: bool = False
    looks: list[tuple[bool, float, int]] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """The body, a note, a text box or a margin of the page: what was read of it so far.

    ``beside`` are the notes and text boxes that hang on the open paragraph or table.
    """

    drafts: list[Draft] = field(default_factory=list)
    paragraph: Paragraph = field(default_factory=Paragraph)
    rows: list[Row] = field(default_factory=list)
    row: Row = field(default_factory=Row)
    cell: list[str] = field(default_factory=list)
    beside: list[Draft] = field(default_factory=list)
