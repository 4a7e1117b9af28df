from collections.abc import Callable
from typing import Any

from ingest.parsers.pdf.furniture import squeeze

Make = Callable[..., Any]
BODY = "Body text that is long enough to be the usual size of all."


def test_type_size_outline_and_weight_make_headings(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    def body(top: float) -> list[Any]:
        lines = [
            "Body text that is long enough to be the usual",
            "size of all type on the page and that goes",
            "on for three.",
        ]
        return [run_at(line, 50, top - 12 * number) for number, line in enumerate(lines)]

    page = page_of_runs(
        run_at("Handbook", 50, 700, size=20),
        *(run_at("Billing", 50, 660, size=14), *body(640)),
        *(run_at("Note", 50, 590, bold=True), *body(570)),
        *(run_at("附录", 50, 520), *body(500)),
    )
    found = read_all([page], {squeeze("附 录"): 2})
    assert [kind for kind, _ in found] == ["h1", "h2", "paragraph", "h3", "paragraph", "h2", "paragraph"]


def test_a_title_above_the_outline_moves_its_levels_down(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("手册", 50, 700, size=24),
        run_at("Billing", 50, 660, size=16),
        run_at("Refunds", 50, 640, size=13),
        run_at(BODY, 50, 620),
        run_at("Security", 50, 590, size=16),
        run_at(BODY, 50, 570),
    )
    found = read_all([page], {"billing": 1, "security": 1, "refunds": 2})
    assert [kind for kind, text in found if text != BODY] == ["h1", "h2", "h3", "h2"]


def test_a_sentence_in_large_type_is_no_heading(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    page = page_of_runs(
        run_at("We answer within a day.", 50, 700, size=14), run_at(BODY, 50, 660), run_at(BODY, 50, 640)
    )
    assert read_all([page])[0] == ("paragraph", "We answer within a day.")


def test_larger_type_never_has_a_deeper_level(run_at: Make, page_of_runs: Make, read_all: Make) -> None:
    sizes = (24, 18, 16, 13)
    runs = [run_at(f"Chapter {size}", 50, 700 - 40 * n, size=size) for n, size in enumerate(sizes)]
    found = read_all(
        [page_of_runs(*runs, run_at(BODY, 50, 500), run_at(BODY, 50, 470))], {"chapter16": 1, "chapter13": 3}
    )
    levels = [int(kind[1]) for kind, _ in found if kind.startswith("h")]
    assert levels == sorted(levels)
