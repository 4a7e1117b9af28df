import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.models.claim_stream import ClaimStream, DraftCitation, DraftClaim, DraftEnd

TWO_CLAIMS = (
    '{"claims": [{"text": "Refunds take 14 days.", "citations": [{"evidence": 2, "quote": "within 14 days"}]}, '
    '{"text": "运费不退。", "citations": [{"evidence": 3, "quote": "运费不退"}, '
    '{"evidence": 1, "quote": "no {fee}"}]}], "insufficient": false}'
)
REFUNDS = DraftClaim("Refunds take 14 days.", (DraftCitation(2, "within 14 days"),))
POSTAGE = DraftClaim("运费不退。", (DraftCitation(3, "运费不退"), DraftCitation(1, "no {fee}")))


def read(text: str, *, size: int = 5, complete: bool = True) -> tuple[list[DraftClaim], DraftEnd]:
    stream = ClaimStream()
    claims = [claim for start in range(0, len(text), size) for claim in stream.feed(text[start : start + size])]
    end = stream.finish(complete=complete)
    return [*claims, *end.claims], end


def cited(text: str, *numbers: int) -> DraftClaim:
    return DraftClaim(text, tuple(DraftCitation(number) for number in numbers))


def test_claims_in_both_languages_are_read_from_json_in_order() -> None:
    assert read(TWO_CLAIMS) == ([REFUNDS, POSTAGE], DraftEnd())


def test_a_claim_is_given_with_its_closing_brace_and_not_before() -> None:
    stream = ClaimStream()
    brace = TWO_CLAIMS.index("}]}") + 2
    assert stream.feed(TWO_CLAIMS[:brace]) == []
    assert stream.feed(TWO_CLAIMS[brace]) == [REFUNDS]


def test_braces_and_quotation_marks_inside_strings_end_nothing() -> None:
    text = r'{"claims": [{"text": "Set \"a\": {1]} \\", "citations": []}]}'
    assert read(text) == ([DraftClaim('Set "a": {1]} \\', ())], DraftEnd())


@pytest.mark.parametrize(
    "wrapped",
    [
        f"```json\n{TWO_CLAIMS}\n```",
        f"Here is the answer.\n\n{TWO_CLAIMS}\nHope that helps [1].",
        f'<think>Say {{"claims": [{{"text": "no", "citations": []}}]}} [1].\n</think>\n{TWO_CLAIMS}',
        f"<thinking>想一想[1]。</thinking>{TWO_CLAIMS}",
        f"I should look at passage two.\n</think>{TWO_CLAIMS}",
        TWO_CLAIMS.replace('{"claims"', '{\n\n  "claims"'),
    ],
)
def test_fences_prose_and_thinking_around_the_json_are_left_out(wrapped: str) -> None:
    assert read(wrapped) == ([REFUNDS, POSTAGE], DraftEnd())


def test_sentences_before_a_closing_think_tag_were_only_thought() -> None:
    assert read("Perhaps it is free.\n</think>It is fast. [1]")[0] == [cited("It is fast.", 1)]


def test_raw_line_breaks_inside_json_strings_are_read_as_small_models_mean_them() -> None:
    assert read('{"claims": [{"text": "One\ntwo", "citations": []}]}')[0] == [DraftClaim("One\ntwo", ())]


@pytest.mark.parametrize("text", ['{"claims": [], "insufficient": true}', '{"insufficient":true}', '{"claims": []}'])
def test_json_without_claims_says_insufficient(text: str) -> None:
    assert read(text) == ([], DraftEnd(insufficient=True))


def test_a_partial_answer_keeps_its_claims_beside_the_word_insufficient() -> None:
    assert read(TWO_CLAIMS.replace("false", "true")) == ([REFUNDS, POSTAGE], DraftEnd(insufficient=True))


def test_the_word_insufficient_inside_a_claim_decides_nothing() -> None:
    text = r'{"claims": [{"text": "\"insufficient\": true", "citations": []}], "insufficient": false}'
    assert not read(text)[1].insufficient


def test_broken_json_keeps_what_was_complete_and_is_reported() -> None:
    claims, end = read(TWO_CLAIMS.replace("}]}, {", "}]},, {"))
    assert claims == [REFUNDS, POSTAGE]
    assert end.problem == "the JSON object is broken or ends early"


def test_json_that_ends_early_is_reported_without_its_half_claim() -> None:
    claims, end = read(TWO_CLAIMS[:-60], complete=False)
    assert claims == [REFUNDS]
    assert end.problem == "the JSON object is broken or ends early"


@pytest.mark.parametrize(
    "flawed",
    [
        '{"text": "A claim without citations"}',
        '{"text": " ", "citations": []}',
        '{"text": "x", "citations": [{"evidence": "one", "quote": "x"}]}',
        '{"text": "half an emoji \\ud83d", "citations": []}',
        "[" * 20_000 + "]" * 20_000,
    ],
)
def test_a_claim_against_the_schema_is_counted_and_not_given(flawed: str) -> None:
    claims, end = read(TWO_CLAIMS.replace('"}]}, {', f'"}}]}}, {flawed}, {{'), size=1_000)
    assert claims == [REFUNDS, POSTAGE]
    assert end.problem == "claims that do not follow the schema: 1"


def test_an_object_without_claims_is_a_problem() -> None:
    assert read('{"insufficient": false}')[1].problem == "the JSON object holds no claims"


def test_marks_after_before_and_inside_sentences_become_evidence_numbers() -> None:
    claims, end = read("You can reset it [1]. Then wait 30 days.[2][3] Press [4] save. Done [1, 2]")
    assert claims == [
        cited("You can reset it.", 1),
        cited("Then wait 30 days.", 2, 3),
        cited("Press save.", 4),
        cited("Done", 1, 2),
    ]
    assert end.problem == ""


def test_a_mark_between_two_sentences_without_spaces_parts_them() -> None:
    assert read("Wait.[1]Then save.[2]")[0] == [cited("Wait.", 1), cited("Then save.", 2)]


def test_full_width_marks_are_read_in_chinese() -> None:
    claims, _ = read("可以重置密码。【1】然后等待30天［２］。最后登录[3][3]。")
    assert claims == [cited("可以重置密码。", 1), cited("然后等待30天。", 2), cited("最后登录。", 3)]


def test_a_marked_sentence_is_given_as_soon_as_the_next_one_begins() -> None:
    stream = ClaimStream()
    assert stream.feed("Refunds take 14 days. [2] ") == []
    assert stream.feed("P") == [cited("Refunds take 14 days.", 2)]


def test_each_line_is_a_claim_without_its_list_sign_and_bold_marks() -> None:
    claims, _ = read("1. Open **Settings** [1]\n- 点击保存 [2]\n2、 Version 3.5 is out [3]\n")
    assert claims == [cited("Open Settings", 1), cited("点击保存", 2), cited("Version 3.5 is out", 3)]


def test_an_unmarked_sentence_before_a_marked_one_is_a_claim_without_citations() -> None:
    assert read("It is free.\nIt is fast. [1]\n")[0] == [cited("It is free."), cited("It is fast.", 1)]


def test_text_without_any_mark_is_given_at_the_end_and_reported() -> None:
    assert read("It is free.") == (
        [cited("It is free.")],
        DraftEnd(claims=(cited("It is free."),), problem="no statement cites evidence"),
    )


@pytest.mark.parametrize("text", ["INSUFFICIENT", "Insufficient evidence.\n", "证据不足。"])
def test_the_single_word_insufficient_is_no_claim(text: str) -> None:
    assert read(text) == ([], DraftEnd(insufficient=True))


def test_the_unfinished_last_sentence_of_a_cut_stream_is_no_claim() -> None:
    text = "Refunds take 14 days. [2]\nPostage is [3]"
    assert read(text, complete=False)[0] == [cited("Refunds take 14 days.", 2)]
    assert read(text, complete=True)[0] == [cited("Refunds take 14 days.", 2), cited("Postage is", 3)]


def test_an_empty_completion_is_a_problem() -> None:
    assert read("\n") == ([], DraftEnd(problem="the completion is empty"))


def test_thinking_that_never_ends_gives_no_claim() -> None:
    assert read("<think>It is free. [1]\nIt is fast. [2]\n") == ([], DraftEnd(problem="a <think> block never ends"))


def test_half_an_emoji_never_reaches_a_claim() -> None:
    assert read("Fine \ud83d. [1]")[0] == [cited("Fine .", 1)]


def test_only_the_first_characters_are_read() -> None:
    stream = ClaimStream(max_chars=20)
    assert stream.feed("Free. [1]\nFast. [2]\n") == [cited("Free.", 1), cited("Fast.", 2)]
    assert stream.feed("Good. [3]\n") == []
    assert stream.finish(complete=True).problem == "the completion is longer than the characters that are read"


@pytest.mark.parametrize(
    "flood",
    ["[1] a", "[1]", "{", '{"', "{\n", "<think", "1. ", "[1].", "]", "。", '"'],
)
@pytest.mark.parametrize("start", ["", "Free [1]" + "." * 1_500, "Free [1]." + " " * 1_500])
def test_a_model_that_repeats_itself_is_stopped_quickly(flood: str, start: str) -> None:
    started = time.process_time()
    assert read(start + flood * 60_000, size=10_000)[1].problem
    assert time.process_time() - started < 2


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: bool(text.strip()))
citations = st.builds(DraftCitation, st.integers(1, 99), texts)
drafts = st.builds(DraftClaim, texts, st.lists(citations, max_size=3).map(tuple))


def as_json(claims: list[DraftClaim], *, ascii_only: bool) -> str:
    listed = [
        {"text": claim.text, "citations": [{"evidence": one.evidence, "quote": one.quote} for one in claim.citations]}
        for claim in claims
    ]
    return json.dumps({"claims": listed, "insufficient": False}, ensure_ascii=ascii_only)


@given(st.lists(drafts, min_size=1, max_size=4), st.booleans())
def test_whatever_claims_hold_json_brings_them_back(claims: list[DraftClaim], ascii_only: bool) -> None:
    assert read(as_json(claims, ascii_only=ascii_only)) == (claims, DraftEnd())


@given(st.lists(drafts, min_size=1, max_size=3), st.data())
def test_every_beginning_of_the_json_gives_the_first_claims(claims: list[DraftClaim], data: st.DataObject) -> None:
    text = as_json(claims, ascii_only=False)
    beginning = text[: data.draw(st.integers(0, len(text)))]
    given_claims, _ = read(beginning, complete=False)
    assert given_claims == claims[: len(given_claims)]


pieces = st.sampled_from(
    ["[1]", "【2】", "［３］", ".", "。", " ", "\n", "{", '"claims"', ":", "[", "]", "}", '"', "\\", "<think>",
     "</think>", "```", "- ", "3. ", "e.g.", "退款", "Refund", "\ud83d", "INSUFFICIENT", TWO_CLAIMS]
)  # fmt: skip
scribbles = st.lists(pieces, max_size=25).map("".join)


@given(scribbles, st.lists(st.integers(0, 400), max_size=10), st.booleans())
def test_the_cuts_between_deltas_change_nothing(text: str, cuts: list[int], complete: bool) -> None:
    stream = ClaimStream()
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    claims = [claim for start, end in pairwise(edges) for claim in stream.feed(text[start:end])]
    end = stream.finish(complete=complete)
    assert ([*claims, *end.claims], end) == read(text, size=max(1, len(text)), complete=complete)
