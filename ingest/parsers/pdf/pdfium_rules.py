"""The straight lines drawn on a page, which are what tables are ruled with."""

from collections.abc import Iterator
from ctypes import byref, c_float
from itertools import islice, pairwise
from typing import Any, TypeAlias

from ingest.parsers.pdf.pdfium_text import upright, visible
from ingest.parsers.pdf.types import Box, Rules

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Point: TypeAlias = tuple[float, float]

# A chart or a map can hold a hundred thousand lines; tables end long before.
_MAX_OBJECTS = 5_000
_MAX_SEGMENTS = 6_000
_MAX_PATH = 1_000
_MAX_DEPTH = 4
_THIN = 2.5
_SHORTEST = 6.0
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def read_rules(page: Any, turns: int) -> Rules:
    """Lines, sides of rectangles and rectangles thin enough to be lines, in the coordinates of the page's runs."""
    frame = visible(page)
    across, down = [], []
    for line in islice(_lines(page), _MAX_SEGMENTS):
        box = upright(line, frame, turns)
        if box.top - box.bottom <= _THIN and box.right - box.left >= _SHORTEST:
            across.append((box.middle, box.left, box.right))
        elif box.right - box.left <= _THIN and box.top - box.bottom >= _SHORTEST:
            down.append(((box.left + box.right) / 2, box.bottom, box.top))
    return Rules(across=tuple(across), down=tuple(down))


def _lines(page: Any) -> Iterator[Box]:
    import pypdfium2.raw as raw

    count = raw.FPDFPage_CountObjects(page.raw)
    objects = (raw.FPDFPage_GetObject(page.raw, index) for index in range(count))
    paths = _paths(raw, objects, _IDENTITY, 0)
    for path, matrix in islice(paths, _MAX_OBJECTS):
        yield from _lines_of(raw, path, matrix)


def _paths(raw: Any, objects: Iterator[Any], outer: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    """The drawn paths, those inside forms too, each with the way from its coordinates to the page's."""
    for each in objects:
        kind = raw.FPDFPageObj_GetType(each)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            yield each, outer
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = (raw.FPDFFormObj_GetObject(each, index) for index in range(raw.FPDFFormObj_CountObjects(each)))
            yield from _paths(raw, inner, _times(_matrix(raw, each), outer), depth + 1)


def _matrix(raw: Any, each: Any) -> Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(each, byref(found)):
        return _IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(first: Matrix, second: Matrix) -> Matrix:
    """First ``first``, then ``second``, as PDF multiplies them (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _lines_of(raw: Any, path: Any, outer: Matrix) -> Iterator[Box]:
    """Its bounds where those are a line, else each of its straight segments."""
    whole = _bounds(raw, path, outer)
    width, height = whole.right - whole.left, whole.top - whole.bottom
    if min(width, height) <= _THIN:
        yield whole
        return
    if width < _SHORTEST or height < _SHORTEST:
        return
    matrix = _times(_matrix(raw, path), outer)
    for corners in _polygons(raw, path, matrix):
        yield from (_box(corner) for corner in pairwise(corners))


def _bounds(raw: Any, path: Any, outer: Matrix) -> Box:
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    raw.FPDFPageObj_GetBounds(path, byref(left), byref(bottom), byref(right), byref(top))
    return _box((_moved(outer, left.value, bottom.value), _moved(outer, right.value, top.value)))


def _polygons(raw: Any, path: Any, matrix: Matrix) -> list[list[Point]]:
    """The corners of each part of a path; none where it has curves, since it is then a drawing."""
    count = raw.FPDFPath_CountSegments(path)
    if count > _MAX_PATH:
        return []
    x, y = c_float(), c_float()
    parts: list[list[Point]] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            return []
        if kind == raw.FPDF_SEGMENT_MOVETO or not parts:
            parts.append([])
        raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        parts[-1].append(_moved(matrix, x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            parts[-1].append(parts[-1][0])
    return parts


def _moved(matrix: Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _box(ends: tuple[Point, Point]) -> Box:
    (x, y), (u, v) = ends
    return Box(left=min(x, u), right=max(x, u), bottom=min(y, v), top=max(y, v))
