"""What a prompt holds within its budget, and what an answer costs."""

import asyncio
import json

import pytest
from fakes import FakeModel
from hypothesis import given
from hypothesis import strategies as st

from answer.models.claim_stream import DraftCitation
from answer.models.draft import DraftFailed, ModelDrafter
from answer.models.economy import Economy, total
from answer.proof.prove import prove
from core.ports import Message, ModelDelta
from core.settings import ModelSettings
from core.types import Claim, Question, Usage

NOTICE = "This page is provided for information only and may change at any time."


def words(text):
    return len(text.split())


def build(shown):
    return [Message(role="user", content="\n".join(["ask", *(item.hit.chunk.text for item in shown)]))]


def packed(evidence, values, budget):
    """The numbers in the prompt. The bare prompt costs 1 word and 6 around it; a passage its words, 1 of title, 16."""
    return Economy(count=words, input_tokens=budget).packed("refund?", evidence, values, build).shown


def test_within_the_budget_every_passage_is_shown_whatever_its_value(show):
    assert packed(show("a b", "c d"), {}, 100) == (1, 2)


def test_beyond_the_budget_those_with_the_most_value_per_token_are_shown(show):
    evidence = show(" ".join("abcdefghijklmnopqrst" * 2), "x y z", "u v w")
    # 57, 20 and 20 tokens; 7 stand around them: 47 leave room for the two short ones.
    assert packed(evidence, {1: 0.6, 2: 0.9, 3: 0.5}, 47) == (2, 3)


def test_of_passages_that_cost_the_same_the_better_ones_are_shown(show):
    evidence = show(*(" ".join(f"{letter}{n}" for n in range(60)) for letter in "abc"))
    # 77 tokens each; 7 stand around them, and 163 leave room for two. Without fences three are 7 + 180.
    assert packed(evidence, {1: 0.2, 2: 0.9, 3: 0.5}, 163) == (2, 3)


def test_a_value_of_a_passage_that_no_model_may_read_leaves_none_of_the_others_out(show):
    economy = Economy(count=words, input_tokens=100, worth=0.1)
    assert economy.packed("refund?", show("a b", "c d"), {1: 0.02, 2: 0.05, 3: 0.9}, build).shown == (2,)


def test_a_notice_goes_into_the_prompt_with_a_passage_that_is_shown(show):
    evidence = show(f"{'Long words. ' * 30} {NOTICE}", f"Storage is 2 TB. {NOTICE}")
    economy = Economy(count=words, input_tokens=70)
    prompt = economy.packed("refund?", evidence, {1: 0.1, 2: 0.9}, build)
    assert prompt.shown == (2,)
    assert NOTICE in prompt.messages[0].content


def test_the_most_valuable_passage_is_shown_though_others_are_cheaper(show):
    evidence = show("x y z", " ".join("abcdefghijklmnopqrst"))
    assert packed(evidence, {1: 0.5, 2: 0.9}, 29) == (2,)


def test_a_passage_that_is_larger_than_the_budget_is_shown_alone(show):
    assert packed(show(" ".join("abcdefghijklmnopqrst" * 9), "x"), {1: 0.9, 2: 0.8}, 50) == (1,)


def test_a_passage_that_hardly_answers_is_left_out_though_there_is_room(show):
    economy = Economy(count=words, worth=0.1)
    assert economy.packed("?", show("a", "b", "c"), {1: 0.5, 2: 0.09, 3: 0.1}, build).shown == (1, 3)
    assert economy.packed("?", show("a", "b"), {1: 0.02, 2: 0.05}, build).shown == (2,)


def test_a_passage_that_nobody_weighed_is_shown(show):
    economy = Economy(count=words, worth=0.1)
    assert economy.packed("?", show("a", "b"), {1: 0.5}, build).shown == (1, 2)
    assert economy.packed("?", show("a", "b"), {}, build).shown == (1, 2)


def test_passages_keep_their_order_and_numbers(show):
    assert packed(show("退款", "x y", "long " * 90), {1: 0.1, 2: 0.9}, 60) == (1, 2)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.data())
def test_a_prompt_is_never_above_its_budget_but_for_one_passage(sizes, data):
    from fakes import a_document, paragraphs_of

    from core.types import Evidence, Hit, Stage

    evidence = [
        Evidence(
            number=n,
            hit=Hit(
                chunk=paragraphs_of(a_document(f"{n}.md", " ".join(f"w{n}x{i}" for i in range(size))))[0],
                score=1.0,
                stage=Stage.FUSED,
            ),
        )
        for n, size in enumerate(sizes, start=1)
    ]
    values = {n: data.draw(st.floats(0, 1)) for n in range(1, len(sizes) + 1)}
    budget = data.draw(st.integers(30, 300))
    economy = Economy(count=words, input_tokens=budget)
    prompt = economy.packed("refund?", evidence, values, build)
    assert prompt.shown
    assert len(prompt.shown) == 1 or sum(words(m.content) + 6 for m in prompt.messages) <= budget


def test_what_the_server_counted_is_priced_by_the_million():
    economy = Economy(input_price=2.0, output_price=8.0)
    spent = economy.usage([], "", Usage(input_tokens=1_000, output_tokens=500))
    assert spent == Usage(input_tokens=1_000, output_tokens=500, cost=pytest.approx(0.006))


def test_without_a_servers_count_it_is_estimated_and_says_so():
    economy = Economy(count=words, input_price=1.0, output_price=1.0)
    spent = economy.usage([Message(role="user", content="one two")], "three", None)
    assert spent == Usage(input_tokens=8, output_tokens=1, estimated=True, cost=pytest.approx(9e-6))


def test_without_prices_no_cost_is_told():
    assert Economy(input_price=1.0).usage([], "x", None).cost is None


def test_an_answer_costs_all_its_requests():
    first = Usage(input_tokens=10, output_tokens=1, cost=0.5)
    second = Usage(input_tokens=5, output_tokens=2, estimated=True, cost=0.25)
    assert total([first, second]) == Usage(input_tokens=15, output_tokens=3, estimated=True, cost=0.75)
    assert total([first, Usage(input_tokens=1)]).cost is None
    assert total([]) == Usage()


def test_the_settings_name_budget_and_prices():
    economy = Economy.of(ModelSettings(input_tokens=2_000, passage_worth=0.2, input_price=1.5, output_price=3.0))
    assert (economy.input_tokens, economy.worth) == (2_000, 0.2)
    assert (economy.input_price, economy.output_price) == (1.5, 3.0)


class CountingModel(FakeModel):
    """Says what it was given, then what it counted."""

    async def stream(self, messages):
        async for delta in super().stream(messages):
            yield delta
        yield ModelDelta(usage=Usage(input_tokens=321, output_tokens=12))


SAID = json.dumps({"claims": [], "insufficient": True})


def exchange_of(model, evidence, economy=None):
    async def drafted():
        drafter = ModelDrafter(model, economy=economy)
        return [draft async for draft in drafter.drafts(Question(text="refund?", kb="kb"), "refund?", evidence)]

    return asyncio.run(drafted())[0].exchange


def test_the_servers_own_count_is_kept(show):
    exchange = exchange_of(CountingModel([SAID]), show("A refund takes 30 days."))
    assert exchange.usage == Usage(input_tokens=321, output_tokens=12)


def test_a_server_that_counts_nothing_is_counted_here(show):
    exchange = exchange_of(FakeModel([SAID]), show("A refund takes 30 days."))
    assert exchange.usage.estimated
    assert exchange.usage.input_tokens > 200


def test_a_notice_that_left_the_prompt_can_still_be_quoted(show):
    evidence = show(f"A refund takes 30 days. {NOTICE}", f"Storage is 2 TB. {NOTICE}")
    model = FakeModel([SAID])
    exchange_of(model, evidence)
    (messages,) = model.asked
    assert messages[1].content.count(NOTICE) == 1
    from answer.models.claim_stream import DraftClaim

    verdict = prove(DraftClaim(NOTICE, (DraftCitation(2, NOTICE),)), evidence)
    assert isinstance(verdict, Claim)


def test_what_a_cut_answer_read_is_counted_and_a_dead_server_costs_nothing(show):
    exchanges = []

    async def drafted(model):
        async for draft in ModelDrafter(model).drafts(Question(text="r?", kb="kb"), "r?", show("A refund.")):
            exchanges.extend([draft.exchange] if draft.exchange else [])

    with pytest.raises(DraftFailed):
        asyncio.run(drafted(FakeModel(['{"claims": ['], None)))
    with pytest.raises(DraftFailed):
        asyncio.run(drafted(FakeModel([], None)))
    assert exchanges[0].usage.input_tokens > 0
    assert exchanges[1].usage is None
