"""SmartArt and charts, which Word and PowerPoint keep in parts of their own."""

from collections.abc import Iterator

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.packaged_xml import Package

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_MOST_POINTS = 1_000


def diagram_texts(package: Package, part: str) -> Iterator[str]:
    """One text a point of the diagram in ``part``, in the order of the file; nothing where there is no such part."""
    root = package.xml(part) if part else None
    for point in () if root is None else root.iter("{*}pt"):
        text = _lines(point)
        if text:
            yield text


def chart_title(chart: Element) -> str:
    """The title on a ``c:chartSpace``; empty where it has none of its own."""
    title = chart.find(f"{_C}chart/{_C}title")
    return "" if title is None else _lines(title)


def chart_rows(chart: Element) -> list[list[str]]:
    """What a chart draws, as rows: the names of its series above, a category a row."""
    series = list(chart.iter(f"{_C}ser"))
    names = [" ".join(_points(each, "tx").values()) for each in series]
    values = [_points(each, "val") or _points(each, "yVal") for each in series]
    categories: dict[int, str] = {}
    for each in series:
        categories |= _points(each, "cat") or _points(each, "xVal")
    places = sorted({place for points in (categories, *values) for place in points})[:_MOST_POINTS]
    rows = [[categories.get(place, ""), *(points.get(place, "") for points in values)] for place in places]
    return [["", *names], *rows] if rows else []


def _points(series: Element, name: str) -> dict[int, str]:
    """The stored values of one part of a series by their place; of several levels of categories the innermost."""
    part = series.find(_C + name)
    if part is None:
        return {}
    level = next(part.iter(f"{_C}lvl"), part)
    return {int(point.get("idx", "0")): _value(point) for point in level.iter(f"{_C}pt")}


def _value(point: Element) -> str:
    text = (point.findtext(f"{_C}v") or "").strip()
    try:
        # Stored with all the digits of a binary fraction.
        return f"{float(text):.10g}" if "." in text else text
    except ValueError:
        return text


def _lines(element: Element) -> str:
    lines = ("".join(text.text or "" for text in line.iter(f"{A}t")) for line in element.iter(f"{A}p"))
    return "\n".join(line for line in lines if line.strip())
