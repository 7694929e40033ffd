"""What the guardrail changes of reserves at a release is stored, and counted for the account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rowcol.domain.client import AcceptedBalance, AccountCash, GuardrailSettings, PayingAccount
from rowcol.domain.facts import BalanceSource
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Role
from rowcol.service.change import Change
from rowcol.service.custody import GO, STOPPED, recheck
from rowcol.service.decisions.override import approve_override, ask_override
from rowcol.service.reserves import uncover
from rowcol.service.sync.balance import refresh_balance
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.payment_desk import BILL, PaymentDesk


def recheck_of(desk: PaymentDesk, name: str) -> str:
    return recheck(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)


def reserve_agrees(desk: PaymentDesk) -> bool:
    """Whether the head's totals are those of the only reserve."""
    head, held = desk.books.head("USD"), desk.bill().open_reserve
    assert held is not None
    totals = (head.covered_total.minor, head.uncovered_total.minor)
    return totals == ((held.amount.minor, 0) if held.covered else (0, held.amount.minor))


def test_an_override_that_is_over_uncovers_bill_and_head_alike() -> None:
    desk = PaymentDesk(guardrail=GuardrailSettings(floor=usd("9500")))
    for name in ("anna", "ben", "boris"):
        desk.join(name, Role.RELEASER)
    desk.stage()
    refresh_balance(desk.environment, SCOPE, live=True)
    desk.act(lambda change: ask_override(desk.environment, change, BILL, "the rent"), "anna")
    override = desk.bill().override
    assert override is not None
    desk.act(lambda change: approve_override(desk.environment, change, BILL, override.id), "ben")
    name = desk.decide()
    desk.clock.pause((override.until - desk.clock.now()).total_seconds())
    assert recheck_of(desk, name) == STOPPED
    assert reserve_agrees(desk)
    held = desk.bill().open_reserve
    assert held is not None
    assert not held.covered


class TwoAccounts(PaymentDesk):
    """1,000.00 in the account that Ramp pays from, 9,000.00 in another; 1,250.00 to be paid."""

    def __init__(self) -> None:
        super().__init__(
            guardrail=GuardrailSettings(floor=usd("100")),
            operating_account_ids=("operating-1", "operating-2"),
            paying_accounts=(
                PayingAccount("source-1", "operating-1"),
                PayingAccount("source-2", "operating-2"),
            ),
        )

    def has(self, first: str) -> None:
        """So much is in the paying account; just seen."""

        def plan(change: Change) -> bool:
            cash = (
                AccountCash("operating-1", usd(first)),
                AccountCash("operating-2", usd("9000")),
            )
            pool, now = cash[0].cash + cash[1].cash, change.now
            balance = AcceptedBalance(pool, cash, BalanceSource.LIVE, now, now)
            change.head = replace(change.head, balance=balance)
            change.state("balance.accepted", balance=balance)
            return True

        self.work(plan)

    def uncovered(self) -> None:
        """The bill's reserve is uncovered, and cash would cover it again."""

        def plan(change: Change) -> bool:
            lowered = uncover(change, self.bill())
            change.put(lowered)
            change.state("reserve.uncovered", bill=lowered)
            return True

        self.work(plan)


def test_a_reserve_covered_at_release_counts_for_its_account() -> None:
    desk = TwoAccounts()
    desk.has("1000")
    desk.stage()
    name = desk.decide()
    desk.uncovered()
    assert recheck_of(desk, name) == STOPPED
    hold = desk.payment(name).hold
    assert hold is not None
    assert hold.kind == Code.GUARDRAIL_ACCOUNT
    assert reserve_agrees(desk)


def paid_from(desk: PaymentDesk, source: str) -> None:
    """Somebody chooses another account of the client in Ramp."""
    assert desk.ramp.bill.payment is not None
    other = replace(desk.ramp.bill.payment, source_account_id=source)
    desk.ramp.bill = replace(desk.ramp.bill, payment=other)


@pytest.mark.parametrize("first", ["1000", "3000"])
def test_the_account_that_ramp_pays_from_is_the_one_measured(first: str) -> None:
    """It was decided when the other account was to pay."""
    desk = TwoAccounts()
    desk.has(first)
    paid_from(desk, "source-2")
    desk.refresh()
    desk.stage()
    name = desk.decide()
    assert desk.payment(name).expectation.bank_account_id == "operating-2"
    paid_from(desk, "source-1")
    desk.has(first)
    assert recheck_of(desk, name) == (GO if first == "3000" else STOPPED)
    payment = desk.payment(name)
    held = payment.hold
    assert (held.kind if held else None) == (None if first == "3000" else Code.GUARDRAIL_ACCOUNT)
    assert reserve_agrees(desk)
    if first == "3000":
        assert payment.expectation.bank_account_id == "operating-1"


def test_an_account_that_nobody_knows_is_not_measured_by_another() -> None:
    desk = TwoAccounts()
    desk.has("3000")
    desk.stage()
    name = desk.decide()
    paid_from(desk, "source-of-somebody")
    assert recheck_of(desk, name) == STOPPED
    hold = desk.payment(name).hold
    assert hold is not None
    assert hold.kind == Code.BALANCE_UNKNOWN


def test_it_counts_once() -> None:
    desk = TwoAccounts()
    desk.has("1250")
    desk.stage()
    name = desk.decide()
    desk.uncovered()
    assert recheck_of(desk, name) == GO
    assert reserve_agrees(desk)
