import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ingest.page_match import Words, find_words


def found(page, *wanted):
    return ["".join(page[offset] for offset in offsets) for offsets in find_words(page, wanted)]


def test_spaces_hyphens_marks_and_widths_do_not_matter():
    page = "Annual plans: pay-\nment within 30\u00a0days. 退款　ｗｉｔｈｉｎ\n七 天"

    assert found(page, Words(text="payment within 30 days.")) == ["paymentwithin30days."]
    assert found(page, Words(text="退款 within 七天")) == ["退款ｗｉｔｈｉｎ七天"]


def test_marks_around_a_piece_are_taken_along_where_both_have_them():
    page = "It costs ( ¥99 ), or 99.9 %. 也不能购买硬件。 End"

    assert found(page, Words(text="(¥99),")) == ["(¥99),"]
    assert found(page, Words(text="[99.9 %. ")) == ["999%."]
    assert found(page, Words(text="硬件。")) == ["硬件。"]
    assert found(page, Words(text="硬件！")) == ["硬件"]
    assert found("99", Words(text="¥99%")) == ["99"]


def test_of_several_alike_the_one_behind_as_many_is_meant():
    page = "Yes. No. Yes. Maybe. Yes."
    places = [
        offsets[0]
        for before in ("", "Yes. No.", "Yes. Yes.", "Yes " * 9)
        for offsets in find_words(page, [Words(text="Yes", before=before)])
    ]
    assert places == [0, 9, 21, 21]


def test_a_table_row_whose_cells_stand_apart_is_found_cell_by_cell():
    page = "Team Business\n9 EUR 14 EUR"
    assert found(page, Words(text="| Team | 9 EUR |\n| Business | 14 EUR |")) == ["Team", "9EUR", "Business", "14EUR"]


def test_what_is_not_there_is_not_found_and_marks_alone_are_nothing():
    assert found("Refunds take 14 days.", Words(text="Refunds take 30 days.")) == []
    assert found("Refunds - - -", Words(text="- -")) == []
    assert found("", Words(text="退款")) == []


@given(st.text(max_size=60), st.integers(0, 60), st.integers(1, 20))
def test_every_piece_of_a_page_is_found_in_it_letter_for_letter(page, start, length):
    piece = page[start : start + length]
    wanted = [c for c in piece if any(each.isalnum() for each in unicodedata.normalize("NFKC", c).casefold())]

    hits = find_words(page, [Words(text=piece, before=page[:start])])

    assert bool(hits) == bool(wanted)
    for offsets in hits:
        assert offsets == sorted(set(offsets))
        assert all(0 <= offset < len(page) for offset in offsets)
    if hits:
        shown = unicodedata.normalize("NFKC", "".join(page[o] for o in hits[0])).casefold()
        assert [c for c in shown if c.isalnum()] == [
            c for each in wanted for c in unicodedata.normalize("NFKC", each).casefold() if c.isalnum()
        ]
