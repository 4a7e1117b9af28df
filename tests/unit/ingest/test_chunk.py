import string
from collections.abc import Callable, Sequence
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.sentences import split_sentences
from core.settings import IngestSettings
from core.text import count_tokens
from core.types import BlockKind, Chunk, ChunkKind, Document
from ingest.chunk import chunk_document

H, P, T, C, L = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.TABLE,
    BlockKind.CODE,
    BlockKind.LIST_ITEM,
)
MakeDocument = Callable[..., Document]
SMALL = IngestSettings(chunk_tokens=20, overlap_sentences=1)
NO_OVERLAP = IngestSettings(chunk_tokens=20, overlap_sentences=0)


def texts(chunks: list[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks]


def sentence(word: str, count: int = 8) -> str:
    # A capital, because a small letter after a full stop begins no sentence.
    return " ".join([word] * count).capitalize() + "."


def test_whole_sentences_fill_a_passage_and_the_last_one_is_repeated(document_of: MakeDocument) -> None:
    # Nine tokens each: two fit into twenty, three do not; nine are more than a third of the budget for the overlap.
    long = [sentence(word) for word in ("alpha", "beta", "gamma")]
    parts = texts(chunk_document(document_of([(P, " ".join(long), 0)]), SMALL))
    assert parts in ([long[0], " ".join(long[1:])], [" ".join(long[:2]), long[2]])
    # Six tokens each: three fit, and the last one of a passage opens the next.
    short = [sentence(word, 5) for word in ("one", "two", "six", "ten")]
    first, second = texts(chunk_document(document_of([(P, " ".join(short), 0)]), SMALL))
    assert second.startswith(first.split(". ")[-1])
    assert {first, second} <= {" ".join(short[start:end]) for start in range(4) for end in range(start + 2, 5)}


def test_passages_never_cross_a_heading_and_know_their_path(document_of: MakeDocument) -> None:
    document = document_of(
        [
            (H, "Guide", 1),
            (P, sentence("alpha"), 0),
            (H, "Refunds", 2),
            (P, sentence("beta"), 0),
            (H, "Cards", 2),
            (P, sentence("gamma"), 0),
        ]
    )
    chunks = chunk_document(document, NO_OVERLAP)
    assert [(chunk.heading_path, chunk.text) for chunk in chunks] == [
        (("Guide",), sentence("alpha")),
        (("Guide", "Refunds"), sentence("beta")),
        (("Guide", "Cards"), sentence("gamma")),
    ]
    assert chunks[1].context == "Guide > Refunds"


def test_a_question_with_a_short_answer_is_one_passage_with_its_question(document_of: MakeDocument) -> None:
    document = document_of(
        [(H, "FAQ", 1), (H, "How long?", 2), (P, "Three days.", 0), (H, "多久到账？", 2), (P, "三天。", 0)]
    )
    chunks = chunk_document(document, SMALL)
    assert [(chunk.kind, chunk.heading_path, chunk.text, chunk.language) for chunk in chunks] == [
        (ChunkKind.FAQ, ("FAQ",), "How long?\n\nThree days.", "en"),
        (ChunkKind.FAQ, ("FAQ",), "多久到账？\n\n三天。", "zh"),
    ]


def test_a_question_with_a_long_answer_keeps_it_as_heading(document_of: MakeDocument) -> None:
    document = document_of([(H, "How long?", 2), (P, f"{sentence('alpha', 15)} {sentence('beta', 15)}", 0)])
    chunks = chunk_document(document, NO_OVERLAP)
    assert [chunk.kind for chunk in chunks] == [ChunkKind.PROSE, ChunkKind.PROSE]
    assert chunks[0].heading_path == ("How long?",)


def test_a_section_too_short_to_stand_alone_joins_the_next_sibling(document_of: MakeDocument) -> None:
    document = document_of(
        [(H, "Plans", 1), (H, "Solo", 2), (P, "One seat.", 0), (H, "Team", 2), (P, "Up to ten seats.", 0)]
    )
    (chunk,) = chunk_document(document, IngestSettings(chunk_tokens=60))
    assert chunk.text == "Solo\n\nOne seat.\n\nTeam\n\nUp to ten seats."
    assert chunk.heading_path == ("Plans",)


def test_a_table_is_whole_where_it_fits_and_else_parted_by_rows(document_of: MakeDocument) -> None:
    rows = ["| Code | Meaning |", "| --- | --- |", *(f"| TM-{n} | 错误{n} |" for n in range(3))]
    document = document_of([(H, "Codes", 1), (T, "\n".join(rows), 0)])
    (whole,) = chunk_document(document, IngestSettings(chunk_tokens=100))
    assert (whole.text, whole.kind) == ("\n".join(rows), ChunkKind.TABLE)
    parts = chunk_document(document, IngestSettings(chunk_tokens=24))
    assert "\n".join(texts(parts)) == "\n".join(rows)
    assert [part.heading_path for part in parts] == [
        ("Codes",),
        *[("Codes", "Code | Meaning")] * (len(parts) - 1),
    ]
    assert len(parts) > 1


def test_a_parted_table_shares_no_passage_with_the_text_around_it(document_of: MakeDocument) -> None:
    rows = ["| a | b |", "| --- | --- |", "| 1 | 2 |", "| 3 | 4 |"]
    document = document_of([(P, "Before.", 0), (T, "\n".join(rows), 0), (P, "After.", 0)])
    parts = texts(chunk_document(document, SMALL))
    assert parts[0] == "Before."
    assert parts[-1] == "After."
    assert "\n".join(parts[1:-1]) == "\n".join(rows)


def test_code_is_whole_where_it_fits_and_else_parted_at_lines(document_of: MakeDocument) -> None:
    code = "first line here\n    second line here\nthird line here"
    document = document_of([(P, "Run this:", 0), (C, code, 0)])
    (whole,) = chunk_document(document, SMALL)
    assert (whole.text, whole.kind) == (f"Run this:\n\n{code}", ChunkKind.CODE)
    long = document_of([(C, "\n".join(sentence(word) for word in ("alpha", "beta", "gamma")), 0)])
    parts = texts(chunk_document(long, NO_OVERLAP))
    assert "\n".join(parts) == "\n".join(sentence(word) for word in ("alpha", "beta", "gamma"))
    assert len(parts) == 2


def test_headings_and_marks_alone_give_no_passage(document_of: MakeDocument) -> None:
    document = document_of([(H, "Title", 1), (P, "* * *", 0), (H, "Part", 2), (P, "words", 0)])
    assert texts(chunk_document(document, SMALL)) == ["words"]


def test_a_document_of_headings_only_is_still_found(document_of: MakeDocument) -> None:
    document = document_of([(H, "谢谢", 1), (H, "Contact us", 1)])
    assert texts(chunk_document(document, SMALL)) == ["谢谢\n\nContact us"]


def test_equal_passages_have_distinct_ids_that_stay(document_of: MakeDocument) -> None:
    document = document_of([(H, "A", 1), (P, sentence("same"), 0), (H, "A", 1), (P, sentence("same"), 0)])
    first, second = chunk_document(document, SMALL)
    assert first.id != second.id
    assert [chunk.id for chunk in chunk_document(document, SMALL)] == [first.id, second.id]


def test_ids_depend_on_knowledge_base_and_source(document_of: MakeDocument) -> None:
    drafts = [(P, "words", 0)]
    ids = {chunk_document(document_of(drafts, source=source), SMALL)[0].id for source in ("a.md", "b.md")}
    assert len(ids) == 2


def test_an_edit_of_one_paragraph_changes_one_or_two_ids(document_of: MakeDocument) -> None:
    drafts = []
    for number in range(12):
        drafts += [(H, f"Part {number}", 2), (P, sentence(f"word{number}") + " " + sentence(f"more{number}"), 0)]
    before = {chunk.id for chunk in chunk_document(document_of(drafts), SMALL)}
    drafts[7] = (P, "Another text entirely, of another length, in part three.", 0)
    after = {chunk.id for chunk in chunk_document(document_of(drafts), SMALL)}
    assert len(before - after) in {1, 2}
    assert len(after - before) in {1, 2}


def test_a_row_above_the_cap_is_parted_too(document_of: MakeDocument) -> None:
    cell = ", ".join(f"部件{n} part {n}" for n in range(1_600))
    document = document_of([(H, "Codes", 1), (T, f"| a | b |\n| --- | --- |\n| 1 | {cell} |\n| 2 | x |", 0)])
    parts = chunk_document(document, IngestSettings())
    assert count_tokens(cell) > 9_000
    assert max(count_tokens(part.text) for part in parts) <= 180
    assert "".join("".join(texts(parts)).split()) == "".join(document.text.removeprefix("Codes").split())
    assert {part.heading_path for part in parts[1:]} == {("Codes", "a | b")}


def test_a_list_stays_with_the_line_that_leads_into_it(document_of: MakeDocument) -> None:
    steps = [(L, f"{number}. {sentence('step', 4)}", 0) for number in range(1, 9)]
    document = document_of([(P, sentence("before", 9), 0), (P, "重置方法如下：", 0), *steps])
    parts = chunk_document(document, IngestSettings(chunk_tokens=40, overlap_sentences=0))
    (start,) = [part for part in parts if "重置方法如下：" in part.text]
    assert not start.text.endswith("：")
    later = parts[parts.index(start) + 1 :]
    assert later
    assert {part.heading_path for part in later} == {("重置方法如下：",)}


def test_the_budget_is_counted_as_the_embedder_counts(document_of: MakeDocument) -> None:
    calls: list[int] = []

    def characters(given: Sequence[str]) -> list[int]:
        calls.append(len(given))
        return [len(text) for text in given]

    document = document_of([(H, "Guide", 1), (P, "退款需要三天。请联系客服。发票另寄。", 0)])
    parts = chunk_document(document, IngestSettings(chunk_tokens=20, overlap_sentences=0), characters)
    assert [part.token_count for part in parts] == [18]
    assert calls == [4]
    one, other = chunk_document(
        document_of([(P, "退款需要三天。请联系客服。发票另寄到公司。", 0)]), NO_OVERLAP, characters
    )
    assert one.token_count + other.token_count == 21


WORDS = st.text(string.ascii_lowercase + "退款工作日内到账", min_size=1, max_size=12)
SENTENCE = st.lists(WORDS, min_size=1, max_size=25).map(lambda words: " ".join(words) + ".")
CHINESE = st.text("退款工作日内到账，", min_size=1, max_size=30).map(lambda words: words + "。")
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=5).map(" ".join)
TABLE = st.lists(WORDS, min_size=1, max_size=12).map(
    lambda cells: "\n".join(["| k | v |", "| --- | --- |", *(f"| {cell} | x |" for cell in cells)])
)
DRAFT = st.one_of(
    st.tuples(st.just(H), WORDS, st.integers(1, 3)),
    st.tuples(st.sampled_from([P, L]), PARAGRAPH, st.just(0)),
    st.tuples(st.just(T), TABLE, st.just(0)),
    st.tuples(st.just(C), st.lists(WORDS, min_size=1, max_size=20).map("\n".join), st.just(0)),
)
LOOSE = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LOOSE
@given(st.lists(DRAFT, min_size=1, max_size=15), st.integers(20, 60), st.integers(0, 2))
def test_passages_are_exact_fit_the_budget_and_lose_nothing(
    document_of: MakeDocument, drafts: list[tuple[BlockKind, str, int]], budget: int, overlap: int
) -> None:
    document = document_of(drafts)
    chunks = chunk_document(document, IngestSettings(chunk_tokens=budget, overlap_sentences=overlap))
    covered = bytearray(len(document.text))
    for chunk in chunks:
        assert document.text[chunk.span.start : chunk.span.end] == chunk.text
        assert chunk.text == chunk.text.strip()
        assert chunk.token_count == count_tokens(chunk.text) <= budget
        covered[chunk.span.start : chunk.span.end] = b"\1" * len(chunk.span)
    for block in document.blocks:
        if block.kind is H:
            continue
        missed = [i for i in range(block.span.start, block.span.end) if not covered[i] and document.text[i].strip()]
        assert not missed
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(a.span.start < b.span.start for a, b in pairwise(chunks))


@LOOSE
@given(
    st.lists(st.one_of(SENTENCE, CHINESE), min_size=1, max_size=40),
    st.lists(st.integers(0, 39), max_size=8),
    st.integers(20, 60),
    st.integers(0, 2),
)
def test_no_passage_begins_or_ends_inside_a_sentence_that_fits(
    document_of: MakeDocument, parts: list[str], breaks: list[int], budget: int, overlap: int
) -> None:
    paragraphs = [" ".join(parts[start:end]) for start, end in pairwise(sorted({0, *breaks, len(parts)}))]
    document = document_of([(P, paragraph, 0) for paragraph in paragraphs if paragraph])
    chunks = chunk_document(document, IngestSettings(chunk_tokens=budget, overlap_sentences=overlap))
    for span in split_sentences(document.text):
        if count_tokens(span.of(document.text)) <= budget:
            assert not [chunk for chunk in chunks if span.start < chunk.span.start < span.end]
            assert not [chunk for chunk in chunks if span.start < chunk.span.end < span.end]


@LOOSE
@given(st.lists(st.tuples(WORDS, PARAGRAPH), min_size=3, max_size=8, unique_by=lambda part: part[0]), st.data())
def test_sections_that_are_not_edited_keep_their_ids(
    document_of: MakeDocument, parts: list[tuple[str, str]], data: st.DataObject
) -> None:
    edited = data.draw(st.integers(0, len(parts) - 1))

    def ids(body: Callable[[int, str], str]) -> dict[tuple[str, ...], list[str]]:
        drafts = []
        for number, (heading, paragraph) in enumerate(parts):
            # Long enough to stand alone, so that no section joins another.
            drafts += [(H, heading, 2), (P, sentence("padding", 12) + " " + body(number, paragraph), 0)]
        grouped: dict[tuple[str, ...], list[str]] = {}
        for chunk in chunk_document(document_of(drafts), SMALL):
            grouped.setdefault(chunk.heading_path, []).append(chunk.id)
        return grouped

    before = ids(lambda _number, text: text)
    after = ids(lambda number, text: "Something else." if number == edited else text)
    for number, (heading, _text) in enumerate(parts):
        if number != edited:
            assert before[(heading,)] == after[(heading,)]
