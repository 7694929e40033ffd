"""The buffer that bank lines give: taken over with each balance, and then a guard."""

from __future__ import annotations

from datetime import date

from rowcol.domain.client import Burn, GuardrailSettings
from rowcol.domain.facts import AccountBalance, BalanceReading, BalanceSource, ReadInterval
from rowcol.domain.guardrail import buffer
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.spending import Spending
from rowcol.service.balances import accept_balance
from rowcol.service.spending import SPENDING
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import usd


def balance_of(desk: Desk, dollars: str) -> None:
    desk.clock.pause(60)
    cash, now = usd(dollars), desk.clock.now()
    account = AccountBalance("operating-1", "1", "Checking", "depository", "checking", cash, cash)
    reading = BalanceReading((account,), BalanceSource.LIVE, now, ReadInterval(now, now))
    assert accept_balance(desk.environment, SCOPE, reading) == "accepted"


def covered_after(days: int, cash: str) -> bool:
    desk = Desk(operating_account_ids=("operating-1",), guardrail=GuardrailSettings())
    spent = Spending(SPENDING, 0, date(2026, 11, 20), days, usd("6000"), usd("2000"))
    assert desk.books.save(spent)
    balance_of(desk, cash)
    assert desk.books.head("USD").burn == Burn(usd("6000"), days)
    desk.read(payment=None)
    staged = desk.act(lambda change: stage(desk.environment, change, "bill-1"))
    assert isinstance(staged, Outcome)
    held = staged.bill.open_reserve
    assert held is not None
    return held.covered


def test_fourteen_days_of_average_debits_stay() -> None:
    # 14 x 6,000 / 60 = 1,400 beside the bill of 1,250.
    assert covered_after(60, "2650.00")
    assert not covered_after(60, "2649.99")


def test_too_short_a_history_covers_nothing() -> None:
    assert not covered_after(29, "90000")
    desk = Desk(operating_account_ids=("operating-1",), guardrail=GuardrailSettings())
    found = buffer(desk.client(), desk.books.head("USD").burn)
    assert isinstance(found, Refusal)
    assert found.code is Code.BUFFER_UNKNOWN
