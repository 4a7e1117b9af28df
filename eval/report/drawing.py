"""Drawings by matplotlib as SVG that takes its colours and its font from the page around it.

Text stays text, drawn by the browser, so that Chinese needs no font here; colours are CSS variables, so that one
drawing serves light and dark.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What matplotlib is told to paint with, and the variable that the page gives in its place.
INK, MUTED, GRID, PAPER = "#010101", "#020202", "#030303", "#0c0c0c"
SERIES = ("#040404", "#050505", "#060606", "#070707", "#080808", "#090909")
GOOD, BAD = "#0a0a0a", "#0b0b0b"
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    PAPER: "--paper",
    GOOD: "--good",
    BAD: "--bad",
    **{color: f"--series-{number}" for number, color in enumerate(SERIES, start=1)},
}
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
"""Line styles that tell the series apart without colour."""
MARKERS = "osD^vP"
PALETTE = Path(__file__).parent / "templates" / "palette.css"
_SETTINGS: dict[str, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "citedesk",
    "text.parse_math": False,  # a run may be called $x$
    "font.size": 12,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 12,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
}
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"


def draw(name: str, width: float, height: float, paint: "Callable[[Figure], None]", *, title: str) -> Markup:
    """An ``<svg>`` of ``width`` times ``height`` CSS pixels, painted by ``paint`` on an empty figure.

    ``name`` keeps its ids apart from those of other drawings on a page; ``title`` is what a screen reader says.
    Equal input gives equal text.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS), _foreign_glyphs():  # type: ignore[arg-type]  # the stub wants a Literal per key
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
        paint(figure)
        written = BytesIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _for_page(written.getvalue(), name, title)


def standing_alone(svg: str) -> str:
    """The drawing as a file of its own, with the colours of the reports in light and dark, and a background."""
    root = etree.fromstring(svg)
    _, _, width, height = (float(part) for part in root.get("viewBox").split())
    root.set("width", f"{width * 4 / 3:.0f}")
    root.set("height", f"{height * 4 / 3:.0f}")
    style = etree.Element(f"{_SVG}style")
    style.text = f"{PALETTE.read_text(encoding='utf-8')}svg {{ font-family: system-ui, sans-serif; }}"
    root.insert(0, style)
    root.insert(1, etree.Element(f"{_SVG}rect", width="100%", height="100%", style="fill: var(--paper)"))
    return str(etree.tostring(root, encoding="unicode")) + "\n"


def plain_axes(axes: "Axes", *, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Labels, and ticks without marks."""
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_title(title, loc="left")
    axes.tick_params(length=0)


@contextmanager
def _foreign_glyphs() -> Iterator[None]:
    # The browser has the glyphs; matplotlib only measures with its own font.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        yield


def _for_page(written: bytes, name: str, title: str) -> Markup:
    root = etree.fromstring(written, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in list(root.iter(f"{_SVG}metadata", f"{_SVG}style")):
        element.getparent().remove(element)
    for element in root.iter(f"{_SVG}*"):
        _adapt(element, name)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", title)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704  # its texts are escaped by lxml


def _adapt(element: "etree._Element", name: str) -> None:
    """Ids of this drawing alone, colours by variable, text in the page's font."""
    if (own := element.get("id")) is not None:
        if element.tag == f"{_SVG}g":
            del element.attrib["id"]
        else:
            element.set("id", f"{name}-{own}")
    if (target := element.get(_HREF)) is not None:
        del element.attrib[_HREF]
        element.set("href", f"#{name}-{target.removeprefix('#')}")
    if (clip := element.get("clip-path")) is not None:
        element.set("clip-path", clip.replace("url(#", f"url(#{name}-"))
    if (style := element.get("style")) is not None:
        element.set("style", _themed(style))


def _themed(style: str) -> str:
    parts = [part.strip() for part in style.split(";") if not part.strip().startswith("font-family")]
    themed = "; ".join(parts)
    for color, variable in _VARIABLES.items():
        themed = themed.replace(color, f"var({variable})")
    return themed
