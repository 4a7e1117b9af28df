"""Random documents, changes and filters on real indexes, against a list that is searched one by one."""

import itertools
from dataclasses import dataclass
from datetime import date

import pytest
from filter_home import FilterHome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.types import Condition, Filter

PRODUCTS = {
    "tidemark": ("Tidemark", "TIDEMARK", "Ｔｉｄｅｍａｒｋ"),
    "invoice": ("发票", "發票"),
    "gate g3": ("Gate G3", "gate  g3"),
}
FOLDERS = ("en", "zh", "zh/发票")
DAYS = [date(2024, 1, 1), date(2024, 6, 30), date(2025, 1, 1)]
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Known:
    source: str
    product: str
    passages: int
    first: date | None
    last: date | None


written = st.tuples(
    st.sampled_from(FOLDERS),
    st.integers(0, 3),
    st.sampled_from(["md", "txt"]),
    st.sampled_from(sorted(PRODUCTS)),
    st.integers(0, 2),
    st.integers(1, 6),
    st.sampled_from([None, *DAYS]),
    st.sampled_from([None, *DAYS]),
)
changes = st.lists(st.tuples(st.sampled_from(["put", "put", "put", "delete", "move"]), written), min_size=4, max_size=9)
questions = st.lists(
    st.tuples(
        st.lists(st.sampled_from(sorted(PRODUCTS)), min_size=1, max_size=2),
        st.booleans(),
        st.sampled_from([None, *FOLDERS]),
        st.sampled_from([None, *DAYS]),
        st.integers(1, 8),
    ),
    min_size=2,
    max_size=4,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = FilterHome(tmp_path_factory.mktemp("home"), candidates=2)
    yield home
    home.close()


def change(home, kb, known, what, values):
    folder, number, ending, product, variant, count, first, last = values
    source = f"{folder}/{number}.{ending}"
    if what == "put":
        text = "\n\n".join(f"退款 refund rule {next(NUMBERS)} of {source}." for _ in range(count))
        spelt = PRODUCTS[product][variant % len(PRODUCTS[product])]
        home.put(source, text, kb=kb, valid_from=first, valid_until=last, product=spelt)
        known[source] = Known(source, product, count, first, last)
    elif what == "delete" and source in known:
        home.catalog.delete_sources(kb, [source])
        del known[source]
    elif what == "move" and source in known and (moved := f"moved/{next(NUMBERS)}.{ending}"):
        home.catalog.move_sources(kb, {source: moved})
        old = known.pop(source)
        known[moved] = Known(moved, old.product, old.passages, old.first, old.last)


def left(known, products, negated, folder, day):
    """What the model keeps, looking at one document after the other."""
    for each in known.values():
        fits = (each.product in products) is not negated
        inside = folder is None or each.source.startswith(f"{folder}/")
        valid = day is None or ((each.first is None or each.first <= day) and (each.last is None or each.last >= day))
        if fits and inside and valid:
            yield each


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(first=changes, asked=questions, second=changes)
def test_what_comes_back_is_what_a_look_at_each_document_leaves_and_k_where_there_are_k(home, first, asked, second):
    kb, known = f"kb{next(NUMBERS)}", {}
    home.catalog.ensure_kb(kb)
    for batch in (first, second):
        for what, values in batch:
            change(home, kb, known, what, values)
        for products, negated, folder, day, k in asked:
            check(home, kb, known, (products, negated, folder, day), k)


def check(home, kb, known, question, k):
    products, negated, folder, day = question
    present = {each.product for each in known.values()}
    values = tuple(PRODUCTS[product][0] for product in products if product in present)
    is_there = folder is None or any(source.startswith(f"{folder}/") for source in known)
    if not values or not is_there:
        return  # an error says so; it has tests of its own
    conditions = [Condition(name="product", values=values, negated=negated)]
    conditions += [Condition(name="source", values=(f"{folder}/*",))] if folder else []
    filter = Filter(conditions=tuple(conditions), as_of=day)
    expected = list(left(known, {each for each in products if each in present}, negated, folder, day))
    total = sum(each.passages for each in expected)
    for stage in ("lexical", "dense", "hybrid"):
        result = home.search(filter, kb=kb, k=k, stage=stage)
        assert result.passages_left == total
        assert len(result.hits) == min(k, total)
        assert {hit.chunk.source for hit in result.hits} <= {each.source for each in expected}
    everything = home.search(filter, kb=kb, k=100, stage="dense")
    assert {hit.chunk.source for hit in everything.hits} == {each.source for each in expected}
