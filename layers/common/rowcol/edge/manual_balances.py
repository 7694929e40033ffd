"""Routes by which people enter a balance that the bank cannot be asked for, and agree to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AwareDatetime, Field

from rowcol.domain.client import AccountCash, Client
from rowcol.domain.manual_balance import ManualBalance, ManualBalances, Statement
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.amounts import MINOR_MAX
from rowcol.edge.caller import NOT_FOUND, OVERRIDE
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.change import Change
from rowcol.service.manual_balances import ENTERS, Entered, approve, enter, reject, shown

TAG = "Console"
_PATH = "/clients/{client}/balances/manual"
_ONE = f"{_PATH}/{{manual}}"
ACCOUNTS_MAX = 50


class CashBody(Body):
    """What one operating account showed, in `minor` units; below zero when it is overdrawn."""

    account_id: Annotated[str, Field(min_length=1, max_length=64)]
    minor: Annotated[int, Field(ge=-MINOR_MAX, le=MINOR_MAX)]
    currency: Annotated[str, Field(min_length=3, max_length=3)]


class StatementBody(Body):
    """Where it was read. `file_sha256`: of the file, where there is one; the file stays outside."""

    reference: Annotated[str, Field(max_length=200)]
    file_sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None


class ManualBalanceBody(Body):
    """Every operating account once. `as_of`: when the bank showed it."""

    accounts: Annotated[list[CashBody], Field(min_length=1, max_length=ACCOUNTS_MAX)]
    statement: StatementBody
    as_of: AwareDatetime


@dataclass(frozen=True, slots=True)
class ManualBalancesShown:
    """The one that waits for a second person, and those decided lately, the newest first."""

    waiting: ManualBalance | None
    recent: tuple[ManualBalance, ...]


def _show(client: str) -> Callable[[ManualBalances], Shown]:
    def show(known: ManualBalances) -> Shown:
        body = ManualBalancesShown(known.waiting, known.recent)
        return Shown(body, {"Location": f"/clients/{client}/balances/manual"})

    return show


def _enter(call: Call) -> Reply | Refusal:
    client = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if client is None:
        return NOT_FOUND
    entered = _entered(call.body_as(ManualBalanceBody), client.currency)
    if isinstance(entered, Refusal):
        return entered
    return write(
        call,
        lambda change: enter(call.environment, change, entered),
        _show(call.scope.client),
        {"manual_balance": entered},
        201,
    )


def _entered(body: ManualBalanceBody, currency: str) -> Entered | Refusal:
    cash: list[AccountCash] = []
    for account in body.accounts:
        if account.currency != currency:
            return Refusal(
                Code.CURRENCY_MISMATCH,
                f"the client's books are in {currency}",
                {"found": account.currency, "expected": currency},
            )
        cash.append(AccountCash(account.account_id, Money(account.minor, currency)))
    statement = Statement(body.statement.reference.strip(), body.statement.file_sha256)
    return Entered(tuple(cash), statement, body.as_of)


def _approve(call: Call) -> Reply | Refusal:
    manual = call.path["manual"]
    return write(
        call,
        lambda change: approve(call.environment, change, manual),
        _show(call.scope.client),
        {"manual_balance": manual, "decision": "approve"},
    )


def _reject(call: Call) -> Reply | Refusal:
    manual = call.path["manual"]

    def plan(change: Change) -> ManualBalances | Refusal:
        return reject(change, manual)

    asked = {"manual_balance": manual, "decision": "reject"}
    return write(call, plan, _show(call.scope.client), asked)


def _list(read: OfClient) -> Reply:
    known = shown(read.books)
    return Reply(ManualBalancesShown(known.waiting, known.recent))


_ENTERING = frozenset(
    {
        Code.LIVE_BALANCE_POSSIBLE, Code.EVIDENCE_REQUIRED, Code.UNKNOWN_VALUE, Code.DATE_FUTURE,
        Code.BALANCE_STALE, Code.BALANCE_NEWER, Code.BALANCE_UNKNOWN, Code.CURRENCY_MISMATCH,
    }
)  # fmt: skip
_APPROVING = (_ENTERING - {Code.EVIDENCE_REQUIRED, Code.DATE_FUTURE}) | {
    Code.NO_PENDING_CHANGE,
    Code.SAME_PERSON,
    Code.SECOND_PERSON_REQUIRED,
    Code.STEP_UP_REQUIRED,
    Code.FORBIDDEN,
}
_EXAMPLE = {
    "accounts": [{"account_id": "acc_operating", "minor": 4_812_055, "currency": "USD"}],
    "statement": {"reference": "online banking, 2026-11-20 09:40, page 1", "file_sha256": None},
    "as_of": "2026-11-20T14:40:00Z",
}

COMMANDS: Operations = table(
    (
        Operation(
            "POST", _PATH, "enterManualBalance",
            "Enter a balance that the bank cannot be asked for", TAG, _enter, ENTERS,
            {201: ManualBalancesShown}, body=ManualBalanceBody, headers=LOCATION,
            refusals=_ENTERING, example=_EXAMPLE,
        ),
        Operation(
            "POST", f"{_ONE}/approve", "approveManualBalance",
            "Another person's yes: guards count on it until its bank day ends", TAG, _approve,
            OVERRIDE, {200: ManualBalancesShown}, headers=LOCATION, refusals=_APPROVING,
        ),
        Operation(
            "POST", f"{_ONE}/reject", "rejectManualBalance", "A no, or taking it back", TAG,
            _reject, ENTERS, {200: ManualBalancesShown}, headers=LOCATION,
            refusals=frozenset({Code.NO_PENDING_CHANGE}),
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/balances/manual", "listManualBalances",
                "Balances that people entered: the one that waits, and those decided lately", TAG,
                ManualBalancesShown,
            ),
            _list,
        ),
    )
)  # fmt: skip
