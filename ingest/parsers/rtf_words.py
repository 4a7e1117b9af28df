"""The control words of RTF that decide what a reader sees."""

from ingest.parsers.rtf_state import Paragraph, State
from ingest.parsers.rtf_tables import Row

SKIPPED = frozenset(
    "colortbl listtable listoverridetable revtbl rsidtbl generator pict objdata objclass fldinst annotation atnid "
    "atnauthor atndate atrfstart atrfend bkmkstart bkmkend datafield themedata colorschememapping datastore "
    "latentstyles xmlnstbl mmathPr pgdsctbl filetbl tc tcn xe rxe nonesttables shprslt sp upr template falt panose pn "
    "private1 keycode ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn".split()
)
"""Groups whose text nobody sees."""
STORIES = frozenset({"footnote", "shptxt", "dptxbxtext"})
"""Groups that tell something beside the paragraph in which they stand."""
FRAMES = frozenset({"shpinst", "do", "info"})
"""Groups around a text box or the document's information; of their own text nothing is seen."""
LABELS = frozenset({"listtext", "pntext"})
"""Groups with the number or bullet of a paragraph."""
MARGINS = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "page_header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "page_footer"),
}
"""Groups with what stands on every page, and the name that metadata has for it."""
CHARACTERS = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "~": "\u00a0",
    "_": "-",
    "{": "{",
    "}": "}",
    "\\": "\\",
    "nestcell": ", ",
    "nestrow": "; ",
}
"""Control words and symbols that are text."""


def state_word(state: State, word: str, number: int | None) -> bool:
    """Apply a word about the look of text; whether it was one."""
    on = number != 0
    if word == "f":
        state.font = number or 0
    elif word == "fs":
        state.points = (number or 24) / 2
    elif word == "b":
        state.bold = on
    elif word in {"v", "deleted"}:
        state.unseen = on
    elif word in {"super", "nosupersub"}:
        state.raised = word == "super" and on
    elif word == "uc":
        state.fallback = max(0, number or 0)
    elif word == "plain":
        state.points, state.bold, state.raised, state.unseen = 12, False, False, False
    else:
        return False
    return True


def paragraph_word(paragraph: Paragraph, word: str, number: int | None) -> bool:
    """Apply a word about the paragraph that is open; whether it was one."""
    if word == "pard":
        paragraph.style = paragraph.level = paragraph.depth = 0
        paragraph.in_table = False
    elif word == "s":
        paragraph.style = number or 0
    elif word == "outlinelevel":
        paragraph.level = (number or 0) + 1 if 0 <= (number or 0) <= 8 else 0
    elif word == "ilvl":
        paragraph.depth = max(0, number or 0)
    elif word == "intbl":
        paragraph.in_table = True
    else:
        return False
    return True


def row_word(row: Row, word: str, number: int | None) -> bool:
    """Apply a word about the cells of the row that is open; whether it was one."""
    if word == "trowd":
        row.edges, row.joined, row.header = [], [], False
    elif word == "trhdr":
        row.header = True
    elif word in {"clvmrg", "clmrg"}:
        row.joining = "above" if word == "clvmrg" else "left"
    elif word == "cellx":
        row.edges.append(number or 0)
        row.joined.append(row.joining)
        row.joining = ""
    else:
        return False
    return True
