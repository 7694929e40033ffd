"""A payment: what we asked, what the rail reports, what the three sides prove: separate facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.allocation import Allocation
from rowcol.domain.bill import RailCommand, WishState
from rowcol.domain.cancelling import CancelAsked
from rowcol.domain.facts import RailBill
from rowcol.domain.journal import JournalRef
from rowcol.domain.lifecycle import FINAL, By, Status, Trigger, guard_holds, move
from rowcol.domain.limits import CountedDays
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.chosen import ChosenRoute
from rowcol.domain.shown import Evidence
from rowcol.domain.verdict import CashFact, Expectation, LedgerFact, Proved, Verdict


class PaymentType(StrEnum):
    """What kind of payment it is. Only vendor payments are ever commanded to a rail."""

    VENDOR_PAYMENT = "vendor_payment"
    CUSTOMER_PAYMENT = "customer_payment"
    REFUND = "refund"
    TRANSFER = "transfer"
    FEE = "fee"


class Origin(StrEnum):
    """Where it comes from. A record tells what happened off-rail and never commands a rail."""

    DECISION = "decision"
    RECURRENCE = "recurrence"
    RECORD = "record"


class Posting(StrEnum):
    """Whether the payment stands in RowCol's control journal."""

    DRAFT = "draft"
    POSTED = "posted"


class Verification(StrEnum):
    """What the proof says so far."""

    AWAITING = "awaiting"
    VERIFIED = "verified"
    MISMATCH = "mismatch"


class Step(StrEnum):
    """Where the custody execution stands. A new execution starts again at this step."""

    REFRESH_BALANCE = "refresh_balance"
    RECHECK = "recheck"
    EXECUTE = "execute"
    AWAIT_RAIL = "await_rail"
    VERIFY = "verify"
    AWAIT_PROOF = "await_proof"
    STOPPED = "stopped"
    DONE = "done"


IDLE_STEPS = frozenset({Step.STOPPED, Step.DONE})


@dataclass(frozen=True, slots=True)
class Custody:
    """The disposable execution: `attempt` fences older ones; `token` resumes a waiting one.

    `token_step`: the step at which it waits. `fresh_facts`: some came since the last judgement.
    """

    step: Step
    attempt: int
    token: str | None = None
    token_step: Step | None = None
    fresh_facts: bool = False

    @property
    def wants_resume(self) -> bool:
        """Whether a waiting execution has something to go on with."""
        return self.token is not None and (self.step is not self.token_step or self.fresh_facts)

    @property
    def is_idle(self) -> bool:
        """Whether no execution should be running."""
        return self.step in IDLE_STEPS


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a payment does not move. `kind` is one of `domain/holds.py`; `by`: who put it there."""

    kind: str
    detail: str
    since: datetime
    asked_again_count: int = 0
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A changed date: what we asked, what the rail confirmed, from which side it came."""

    at: datetime
    by: str
    asked: date | None
    confirmed: date | None
    state: WishState


class NoBill(Exception):
    """A payment without a bill was to be dealt with on the rail: a defect of the caller."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment under our id: of one bill through Ramp, or a record of what happened elsewhere.

    A bill has at most one rail payment that is live. `bill_id` is None for records, and for an
    occurrence of a recurrence until it attaches to the vendor's bill. `pay_on` is the asked
    release date of a rail payment and the day a record's money moved. `number` is given once, when
    it is first posted, and kept. `batch_id`: a batch has claimed it and alone may change it.
    `counted`: the days of limits it counts on, where zones do not agree on its date. `uncounted`:
    made before limits were counted, so that it never is. `created_hands`: who answers for the
    machine that made it; None where a person did. `proved`: what the ledger held when all sides
    last agreed. `mismatched_at`: when they first did not, whatever became of it.
    """

    id: str
    version: int
    bill_id: str | None
    counterparty_id: str | None
    counterparty_name: str
    invoice_number: str | None
    amount: Money
    status: Status
    custody: Custody
    expectation: Expectation
    created_at: datetime
    created_by: str
    decision_id: str | None
    pay_on: date
    type: PaymentType = PaymentType.VENDOR_PAYMENT
    origin: Origin = Origin.DECISION
    posting: Posting = Posting.DRAFT
    verification: Verification = Verification.AWAITING
    hold: Hold | None = None
    changes: tuple[Change, ...] = ()
    command: RailCommand | None = None
    rail: RailBill | None = None
    rail_error_at: datetime | None = None
    ledger: LedgerFact | None = None
    cash: CashFact | None = None
    verdict: Verdict | None = None
    watch_until: date | None = None
    due: datetime | None = None
    override: str | None = None
    recorded_attempt: int = 0
    number: str | None = None
    allocations: tuple[Allocation, ...] = ()
    journal: tuple[JournalRef, ...] = ()
    method: str | None = None
    reference: str | None = None
    memo: str | None = None
    to_account_id: str | None = None
    cancel_asked: CancelAsked | None = None
    evidence: tuple[Evidence, ...] = ()
    replaces: str | None = None
    replaced_by: str | None = None
    recurrence_id: str | None = None
    occurrence_on: date | None = None
    batch_id: str | None = None
    deleted_at: datetime | None = None
    awaiting_release_since: datetime | None = None
    route: ChosenRoute | None = None
    counted: CountedDays | None = None
    uncounted: bool = False
    created_hands: str | None = None
    proved: Proved | None = None
    mismatched_at: datetime | None = None

    kind = "payment"

    @property
    def maker(self) -> str:
        """The person who made it, or answers for the machine that did."""
        return self.created_hands or self.created_by

    @property
    def commands_rail(self) -> bool:
        """Whether RowCol may ask a rail to carry it out: never for records."""
        return self.origin is not Origin.RECORD

    @property
    def rail_bill_id(self) -> str:
        """The bill it pays on the rail. Raises NoBill when it has none (yet)."""
        if self.bill_id is None:
            raise NoBill(self.id)
        return self.bill_id

    @property
    def date_accepted(self) -> bool:
        """Whether the rail took a date of ours, which it may carry still."""
        return self.command is not None and self.command.result == "accepted"

    @property
    def wants_cancelling(self) -> bool:
        """Whether a person cancelled it and the rail has neither confirmed nor refused yet."""
        return self.cancel_asked is not None and self.cancel_asked.state is WishState.ASKED

    @property
    def paid_by(self) -> str | None:
        """The payment method: as the rail reports it, or as it was recorded."""
        reported = self.rail.payment.method if self.rail and self.rail.payment else None
        return reported or self.method

    @property
    def is_live(self) -> bool:
        """Whether it blocks another payment of the same bill."""
        return self.status not in FINAL

    @property
    def list_key(self) -> str | None:
        """Sort key among the client's payments: unproved, watched for a return, the rest.

        Records have no custody: posted ones are apart while their bank line is looked for.
        """
        if self.deleted_at is not None:
            return None
        looked_for = self.watch_until is not None and self.posting is Posting.POSTED
        if not self.commands_rail and looked_for:
            return f"record#{self.id}"
        if self.status in FINAL or not self.commands_rail:
            return f"done#{self.id}"
        if self.status is Status.DONE and self.verification is Verification.VERIFIED:
            return f"{'watch' if self.watch_until else 'done'}#{self.id}"
        return f"live#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at this payment again."""
        return self.due


@dataclass(frozen=True, slots=True)
class Moved:
    """The result of a trigger: the payment after it, and from where it came."""

    payment: Payment
    source: Status
    trigger: Trigger


class HoldWithoutReason(Exception):
    """A payment was to be put on hold without saying why: a defect of the caller."""


def moved(payment: Payment, trigger: Trigger, by: By, hold: Hold | None = None) -> Moved | Refusal:
    """Apply a trigger by the table. A refusal names status and trigger; nothing is changed then.

    `wrong_state`: no such row, or its guard does not hold; `forbidden`: somebody else's trigger.
    Raises HoldWithoutReason when a move to a hold is given none.
    """
    row = move(payment.status, trigger)
    if row is None or not guard_holds(
        row.guard,
        hold=payment.hold.kind if payment.hold else None,
        rail_error=payment.rail_error_at is not None,
        method=payment.paid_by,
    ):
        return Refusal(
            Code.WRONG_STATE,
            f"a payment that is {payment.status.value} cannot take {trigger.value}",
            {"status": payment.status.value, "trigger": trigger.value},
        )
    if not row.allows(by):
        return Refusal(
            Code.FORBIDDEN,
            f"{trigger.value} is pulled by {row.by.value}, not by {by.value}",
            {"trigger": trigger.value, "by": by.value},
        )
    if row.target in HELD and hold is None:
        raise HoldWithoutReason(f"{trigger.value} needs a hold's kind")
    kept = hold if row.target in HELD else None
    return Moved(replace(payment, status=row.target, hold=kept), payment.status, trigger)


HELD = frozenset({Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD})
