"""A person called a vendor back: kept as evidence, and what waited for it goes on, checked again.

The call counts for the account that was asked about and only while that is the vendor's: the
vendor's version is a condition of the write, so that an account which changes meanwhile is not
covered by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.bill import Bill
from rowcol.domain.holds import CALLED_BACK
from rowcol.domain.lifecycle import By
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.domain.tray import Severity
from rowcol.domain.vendor import CallBack, NumberSource, Vendor
from rowcol.domain.vendor_learning import account_shown, called, still_awaiting
from rowcol.service.change import Change
from rowcol.service.consequences import free_room
from rowcol.service.environment import Environment
from rowcol.service.fraud import hands_on
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.tray import close_item, open_item
from rowcol.service.wishes import RAMP_LINK

# What one lifted payment may add to a write: payment, bill, tray item, vendor, and their facts.
ITEMS_PER_LIFT = 12
DENIED = "account_denied"


@dataclass(frozen=True, slots=True)
class CalledBack:
    """What the person says of the call. `account_id`: the account that the vendor was asked about.

    `confirmed`: whether the vendor knows it.
    """

    vendor_id: str
    account_id: str | None
    confirmed: bool
    number_from: NumberSource
    spoken_to: str
    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StillHeld:
    """A payment that the call did not let go, and why: the code and words of the refusal."""

    payment_id: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CallBackKept:
    """The call as it is kept, the payments that go on, and those that do not."""

    call_back: CallBack
    lifted: tuple[str, ...]
    still_held: tuple[StillHeld, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    payment: Payment
    bill: Bill


def call_back(environment: Environment, change: Change, said: CalledBack) -> CallBackKept | Refusal:
    """Keep a call and lift what waited for it, as far as one write holds.

    Refused: `not_found`, `second_person_required` (a machine), `same_person` (a hand in a payment
    that waits), `bank_details_changed` (the account is not, or no longer, the vendor's),
    `evidence_required` (no reference).
    """
    vendor = change.get(Vendor, said.vendor_id)
    if vendor is None:
        return Refusal(Code.NOT_FOUND, "no such vendor")
    waiting = _waiting(change, vendor)
    refused = _not_the_caller(change, waiting) or _another_account(vendor, waiting, said)
    if refused is not None:
        return refused
    if not said.reference.strip():
        return Refusal(
            Code.EVIDENCE_REQUIRED,
            "a call needs a reference: where it can be found again",
            {"accepted": [EvidenceKind.CALL_BACK.value], "given": None},
        )
    about = [one for one in waiting if account_shown(one.bill.rail) == said.account_id]
    kept = CallBack(
        environment.surroundings.ids.new("call"),
        change.actor.id,
        change.actor.hands,
        change.now,
        said.account_id,
        said.reference.strip(),
        said.note.strip(),
        said.number_from,
        said.spoken_to.strip(),
        said.confirmed,
        tuple(one.payment.id for one in about),
    )
    vendor = still_awaiting(vendor, [one.payment.id for one in waiting])
    change.put(called(vendor, kept))
    change.state("vendor.called_back", vendor=vendor.named, call_back=kept)
    if not said.confirmed:
        _tell_denied(change, vendor, kept)
        held = (_still_held(one, Code.CALL_BACK_REQUIRED, "the vendor denied it") for one in about)
        return CallBackKept(kept, (), tuple(held))
    close_item(change, vendor.id, DENIED, "the vendor confirms the account")
    return _let_go(environment, change, vendor.id, kept, about)


def _tell_denied(change: Change, vendor: Vendor, kept: CallBack) -> None:
    open_item(
        change,
        vendor.id,
        DENIED,
        f"{vendor.name} was called and does not know the account it is to be paid on",
        expected="an account that the vendor confirms",
        found=f"account {kept.account_id}",
        severity=Severity.HIGH,
        link=RAMP_LINK,
    )


def _let_go(
    environment: Environment,
    change: Change,
    vendor_id: str,
    kept: CallBack,
    about: list[_Waiting],
) -> CallBackKept:
    lifted: list[str] = []
    held: list[StillHeld] = []
    wish = Lift(By.PERSON, Given(EvidenceKind.CALL_BACK, kept.reference, kept.note))
    for one in about:
        if free_room(change, command=True) < ITEMS_PER_LIFT:
            words = "one write holds no more: lift it by itself, the call stands"
            held.append(_still_held(one, Code.TOO_MANY_ITEMS, words))
            continue
        before = change.savepoint()
        refused = lift(environment, change, one.payment.id, wish)
        if isinstance(refused, Refusal):
            change.roll_back(before)
            held.append(_still_held(one, refused.code, refused.detail))
        else:
            lifted.append(one.payment.id)
    vendor = change.get(Vendor, vendor_id)
    assert vendor is not None  # the call was kept with it
    waiting = [name for name in vendor.waiting_ids if name not in lifted]
    change.put(still_awaiting(vendor, waiting))
    return CallBackKept(kept, tuple(lifted), tuple(held))


def _waiting(change: Change, vendor: Vendor) -> list[_Waiting]:
    """Payments of the vendor that are held for a call; some that were may have gone on since."""
    change.load(Payment, vendor.waiting_ids)
    found = (change.get(Payment, name) for name in vendor.waiting_ids)
    payments = [
        one
        for one in found
        if one is not None and one.bill_id and one.hold is not None and one.hold.kind in CALLED_BACK
    ]
    change.load(Bill, [one.rail_bill_id for one in payments])
    pairs = ((one, change.get(Bill, one.rail_bill_id)) for one in payments)
    return [_Waiting(payment, bill) for payment, bill in pairs if bill is not None]


def _not_the_caller(change: Change, waiting: list[_Waiting]) -> Refusal | None:
    if change.actor.kind is not ActorKind.PERSON:
        return Refusal(
            Code.SECOND_PERSON_REQUIRED,
            "a machine calls nobody back",
            remedy="a person who had no hand in the payments calls the vendor",
        )
    own = [
        one.payment.id for one in waiting if change.actor.hands in hands_on(one.bill, one.payment)
    ]
    if not own:
        return None
    return Refusal(
        Code.SAME_PERSON,
        "who had a hand in staging or deciding what waits cannot be the one to call back",
        {"payments": own},
        remedy="another person calls the vendor on a number known before",
    )


def _another_account(vendor: Vendor, waiting: list[_Waiting], said: CalledBack) -> Refusal | None:
    """The account must be what is to be paid: that of what waits, or the vendor's last one."""
    shown = {account_shown(one.bill.rail) for one in waiting}
    last = vendor.account.id if vendor.account is not None else None
    if said.account_id in (shown or {last}):
        return None
    return Refusal(
        Code.BANK_DETAILS_CHANGED,
        "this is not the account that is to be paid: it changed, or was another",
        {"asked_about": said.account_id, "accounts": sorted(one or "" for one in shown or {last})},
        remedy="call the vendor about the account shown now",
    )


def _still_held(one: _Waiting, code: Code, detail: str) -> StillHeld:
    return StillHeld(one.payment.id, code.value, detail)
