"""Any list in any mode: results in input order, counters add up, the single command's codes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.batch_items import ItemOutcome
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.bulk.submit import cut_ids
from rowcol.service.change import Change
from rowcol.service.payment_commands.confirm import confirm
from rowcol.service.payment_commands.reset_to_draft import reset_to_draft
from tests.support.bulk_records import Records, of_bill
from tests.support.domain.builders import usd

PLANS = {"confirm": confirm, "reset-to-draft": reset_to_draft}
# Positions of the desk's payments, or texts that are ids of nothing.
ITEMS = st.lists(
    st.one_of(st.integers(0, 59), st.sampled_from(["pay_none", "a/b", "", "-", "x" * 70, "ü"])),
    min_size=1,
    max_size=90,
)


def a_desk() -> tuple[Records, list[str]]:
    """Sixty drafts: twenty want ten dollars of a bill of 125.00, ten of the rest are posted."""
    desk = Records()
    bill = desk.read(amount=usd("125.00"))
    names = desk.drafts(20, allocations=of_bill(bill, "10.00")) + desk.drafts(40)
    desk.do("confirm", names[50:])
    return desk, names


def alone(desk: Records, verb: str, item: str, seen: set[str]) -> Code | None:
    """What the single command says of one item after those before it."""
    if not valid_id(item):
        return Code.NOT_FOUND
    if item in seen:
        return Code.DUPLICATE_ITEM
    seen.add(item)

    def plan(change: Change) -> object:
        return PLANS[verb](desk.environment, change, item)

    answer = desk.act(plan)
    return answer.code if isinstance(answer, Refusal) else None


@given(ITEMS, st.sampled_from(sorted(PLANS)), st.sampled_from(list(Mode)))
@settings(max_examples=30, deadline=None)
def test_a_batch_says_what_single_commands_would(
    places: list[int | str], verb: str, mode: Mode
) -> None:
    desk, names = a_desk()
    other, _ = a_desk()
    items = cut_ids([names[each] if isinstance(each, int) else each for each in places])
    batch = desk.do(verb, list(items), mode)
    results = desk.results(batch.id)
    assert batch.is_over
    assert [each.index for each in results] == list(range(len(items)))
    assert [each.id for each in results] == list(items)
    outcomes = [each.outcome for each in results]
    assert batch.ok == outcomes.count(ItemOutcome.OK)
    assert batch.failed == len(items) - batch.ok
    assert batch.submitted == batch.ok + batch.failed + batch.pending

    seen: set[str] = set()
    wanted = [alone(other, verb, item, seen) for item in items]
    if mode is Mode.ALL_OR_NOTHING and any(code is not None for code in wanted):
        assert batch.state is BatchState.FAILED
        wanted = [code or Code.ITEM_FAILED for code in wanted]
        other, _ = a_desk()
    assert [each.code for each in results] == wanted
    assert [desk.payment(name).posting for name in names] == [
        other.payment(name).posting for name in names
    ]
    assert desk.numbers(names) == other.numbers(names)
    assert {desk.payment(name).batch_id for name in names} == {None}
