from hypothesis import given
from hypothesis import strategies as st

from ingest.sketch import THRESHOLD, Similar, sketch

ENGLISH = " ".join(f"Step {n}: open page {n * 7} and press the button named {n * 13}." for n in range(40))
CHINESE = "".join(f"第{n}步，打开第{n * 7}页，按下名为{n * 13}的按钮。" for n in range(40))


def similar_to(*texts: str) -> Similar:
    similar = Similar()
    for number, text in enumerate(texts):
        similar.add(number, sketch(text))
    return similar


def test_texts_that_are_only_written_otherwise_have_one_hash() -> None:
    one, other = sketch("退款需要 14 天，ABC。\n\nSee  Below"), sketch("退款需要14天,ＡＢＣ。see below")
    assert one == other
    assert sketch("退款需要 15 天，ABC。").words_hash != sketch("退款需要 14 天，ABC。").words_hash


def test_an_edited_copy_is_found_in_both_languages() -> None:
    for text, edited in ((ENGLISH, ENGLISH.replace("page 77", "page 78")), (CHINESE, CHINESE.replace("77", "78"))):
        found = similar_to("Something else entirely.", text).find(sketch(edited))
        assert [number for number, _ in found] == [1]
        assert 0.9 <= found[0][1] < 1


def test_the_most_similar_text_comes_first_and_others_not_at_all() -> None:
    half = ENGLISH[: len(ENGLISH) // 2]
    slightly, more = ENGLISH.replace("page 77", "page 78"), ENGLISH.replace("Step 1", "Point 1")
    found = similar_to(more, half, slightly, CHINESE).find(sketch(ENGLISH))
    assert next(number for number, _ in found) == 2
    assert not {1, 3} & {number for number, _ in found}


def test_a_text_shorter_than_a_sequence_and_one_without_words_can_be_sketched() -> None:
    assert similar_to("Hello there").find(sketch("hello THERE")) == [(0, 1.0)]
    assert similar_to("***").find(sketch("三天")) == []


@given(st.text())
def test_a_sketch_has_one_size_and_finds_itself(text: str) -> None:
    made = sketch(text)
    assert (len(made.words_hash), len(made.signature)) == (64, 512)
    assert similar_to(text).find(made) == [(0, 1.0)]
    assert THRESHOLD < 1
