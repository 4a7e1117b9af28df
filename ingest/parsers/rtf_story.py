"""Paragraphs, cells and rows of an RTF story as they end."""

import re

from core.types import BlockKind
from ingest.parsers.drafts import Draft
from ingest.parsers.rtf_head import Head
from ingest.parsers.rtf_state import Paragraph, State, Story
from ingest.parsers.rtf_tables import Row, rows_of
from ingest.parsers.tables import filled, pipe_table, split_table

_POWER = re.compile(r"[-−+]?\d+")


def add_text(story: Story, state: State, text: str) -> None:
    """A stretch of text in one look."""
    paragraph = story.paragraph
    if state.raised and _POWER.fullmatch(text) and paragraph.text[-1:].isdigit():
        # 10 to the sixth must not become 106.
        text = f"^{text}"
    paragraph.text += text
    if text.strip():
        paragraph.looks.append((state.bold, state.points, state.font))


def end_paragraph(story: Story, head: Head) -> None:
    """The open paragraph ends; the next one has its properties until the file resets them."""
    old = story.paragraph
    story.paragraph = Paragraph(style=old.style, level=old.level, depth=old.depth, in_table=old.in_table)
    draft = _draft(old, head)
    if old.in_table:
        story.cell.append("" if draft is None else draft.text)
        return
    end_table(story)
    if draft is not None:
        story.drafts.append(draft)
    story.drafts += story.beside
    story.beside = []


def _draft(paragraph: Paragraph, head: Head) -> Draft | None:
    text = paragraph.text.strip("\n")
    level = paragraph.level or head.level(paragraph.style)
    fonts = {font for _bold, _points, font in paragraph.looks}
    if head.is_code(paragraph.style) or (fonts and all(map(head.is_monospaced, fonts)) and not level):
        return Draft(kind=BlockKind.CODE, text=text)
    text = text.strip()
    if not text or head.is_contents(paragraph.style):
        return None
    label = paragraph.label
    kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH if label is None else BlockKind.LIST_ITEM
    if label and any(character.isalnum() for character in label):
        text = f"{label.strip()} {text}"
    bold = bool(paragraph.looks) and all(bold for bold, _points, _font in paragraph.looks)
    points = max((points for _bold, points, _font in paragraph.looks), default=0)
    return Draft(kind=kind, text=text, level=level, depth=paragraph.depth, bold=bold, size=points)


def end_cell(story: Story, head: Head) -> None:
    """The open cell ends, and its last paragraph with it."""
    story.paragraph.in_table = True
    end_paragraph(story, head)
    story.row.texts.append("\n".join(line for line in story.cell if line.strip()))
    story.cell = []


def end_row(story: Story) -> None:
    """The open row ends; the next one has its cells until the file defines others."""
    row = story.row
    story.rows.append(row)
    story.row = Row(edges=row.edges, joined=row.joined)


def end_table(story: Story) -> None:
    """The rows before become a table, or paragraphs where no row has two filled cells."""
    rows, story.rows = rows_of(story.rows), []
    if not any(filled(row) > 1 for row in rows):
        story.drafts += (Draft(kind=BlockKind.PARAGRAPH, text=cell) for row in rows for cell in row if cell.strip())
        return
    captions, kept = split_table(rows)
    story.drafts += (Draft(kind=BlockKind.PARAGRAPH, text=caption) for caption in captions)
    story.drafts.append(Draft(kind=BlockKind.TABLE, text=pipe_table(kept)))


def end_story(story: Story, head: Head) -> list[Draft]:
    """Everything that the story tells; a row that was cut off counts too."""
    if story.cell:
        end_cell(story, head)
    if story.row.texts:
        end_row(story)
    story.paragraph.in_table = False
    end_paragraph(story, head)
    return story.drafts
