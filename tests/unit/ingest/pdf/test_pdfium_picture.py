import hashlib
from io import BytesIO

import pytest
from PIL import Image

from core.errors import NotFound, ParseError
from ingest.page_match import Words
from ingest.parsers.pdf.pdfium_picture import PageOrder, draw_page


@pytest.fixture
def order(make_pdf):
    """Of two pages of 612 by 792 points; ``changes`` are those to the order for the first."""
    path = make_pdf([[(50, 600, 10, "Refunds take 30 days."), (50, 580, 20, "退款三十天")], [(50, 600, 10, "Second")]])
    content_hash = hashlib.sha256(path.read_bytes()).hexdigest()

    def order(*words, **changes):
        given = {"path": path, "content_hash": content_hash, "page": 1, "width": 500, "words": words}
        return PageOrder(**given | changes)

    return order


def size(picture):
    with Image.open(BytesIO(picture.png)) as image:
        return image.size


def test_a_page_is_drawn_as_wide_as_asked_and_tells_how_many_there_are(order):
    picture = draw_page(order())
    assert size(picture)[0] == pytest.approx(500, abs=1)
    assert picture.pages == 2
    assert picture.boxes == []


def test_words_are_told_where_they_stand(order):
    (english,), (chinese,) = (draw_page(order(Words(text=text))).boxes for text in ("take 30", "退款"))

    # Text begins 50 points from the left; the smaller line stands above the larger one.
    assert chinese[0] == pytest.approx(50 / 612, abs=0.02)
    assert english[0] > chinese[0]
    assert english[1] < chinese[1]
    assert chinese[3] > english[3]
    assert all(0 <= share <= 1 for box in (english, chinese) for share in box)


def test_ink_is_where_a_box_says(order):
    picture = draw_page(order(Words(text="30 days")))
    ((left, top, wide, high),) = picture.boxes
    with Image.open(BytesIO(picture.png)) as image:
        across, down = image.size
        inside = image.convert("L").crop(
            (int(left * across), int(top * down), int((left + wide) * across), int((top + high) * down))
        )
    assert inside.getextrema()[0] < 128


def test_words_of_two_lines_are_two_boxes_and_absent_words_none(order):
    assert len(draw_page(order(Words(text="30 days. 退款三"))).boxes) == 2
    assert draw_page(order(Words(text="90 days"))).boxes == []


def test_another_file_another_page_and_no_file_are_told(order, tmp_path):
    with pytest.raises(NotFound, match="has 2 pages; there is no page 3"):
        draw_page(order(page=3))
    with pytest.raises(NotFound, match="has changed since it was read"):
        draw_page(order(content_hash="0" * 64))
    with pytest.raises(NotFound, match="cannot be read"):
        draw_page(order(path=tmp_path / "gone.pdf"))
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 broken")
    with pytest.raises(ParseError, match="page 1 cannot be drawn"):
        draw_page(order(path=broken, content_hash=hashlib.sha256(b"%PDF-1.4 broken").hexdigest()))
