"""A bill that Ramp approved, with the decision taken on it and the money reserved for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.claim import Claim
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.money import Money
from rowcol.domain.override import Override
from rowcol.domain.payable import Payable
from rowcol.domain.requirements import Requirements
from rowcol.domain.reserve import Reserve
from rowcol.domain.scope import SYSTEM


class DecisionAction(StrEnum):
    """What an advisor can decide about a bill."""

    PAY_NOW = "pay_now"
    SCHEDULE = "schedule"
    DELAY = "delay"


class DecisionState(StrEnum):
    """Life of a decision (design section 5)."""

    STAGED = "staged"
    CHECKING = "checking"
    QUEUED = "queued"
    AWAITING_SECOND_PERSON = "awaiting_second_person"
    RELEASED = "released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERDUE = "overdue"


ENDED_DECISIONS = frozenset(
    {DecisionState.RELEASED, DecisionState.REFUSED, DecisionState.WITHDRAWN}
)


class WishState(StrEnum):
    """Whether what we asked of the rail is only asked, or the rail confirmed it."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay until a date, for a reason; `rail`: whether Ramp's own date is cleared."""

    until: date
    reason: str
    rail: WishState


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one bill: who staged, decided and approved it separates the duties.

    The `…_hands` are the people who answer for them (Actor.hands); None in decisions older than
    machines, where they are the same. `requirements`: of the rules when it was staged.
    `approved_by`: the second person; `refused_because`: what that person said against it.
    `replaces`: the decision that this one changed. `amount`: what was agreed to pay.
    `staged_for`, `decided_for`: the bill as it was then; None in decisions older than they are.
    """

    id: str
    state: DecisionState
    staged_by: str
    staged_at: datetime
    action: DecisionAction | None = None
    pay_on: date | None = None
    delay: Delay | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    payment_id: str | None = None
    code: str | None = None
    requirements: Requirements = field(default_factory=Requirements)
    staged_hands: str | None = None
    decided_hands: str | None = None
    approved_by: str | None = None
    approved_hands: str | None = None
    approved_at: datetime | None = None
    authenticated_at: datetime | None = None
    refused_because: str | None = None
    replaces: str | None = None
    amount: Money | None = None
    staged_for: Payable | None = None
    decided_for: Payable | None = None

    @property
    def hands(self) -> frozenset[str]:
        """The people who took part in it so far, each once. RowCol staging by rule is nobody."""
        decided = self.decided_hands or self.decided_by
        approved = self.approved_hands or self.approved_by
        every = (self.staged_hands or self.staged_by, decided, approved)
        return frozenset(person for person in every if person is not None and person != SYSTEM.id)

    @property
    def agreed(self) -> frozenset[str]:
        """Those of `hands` who agreed to what is decided: not who staged the bill as another."""
        staged, decided = self.staged_for, self.decided_for
        if staged is None or decided is None or not staged.differs(decided):
            return self.hands
        return replace(self, staged_hands=SYSTEM.id).hands


@dataclass(frozen=True, slots=True)
class RailCommand:
    """Write-ahead of a rail command on a bill: what we wish, when it was sent, how it ended."""

    id: str
    wish: str
    sent_at: datetime
    day: date | None = None
    result: str | None = None
    detail: str | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Sent without a recorded result: the rail must be re-read before anything else."""
        return self.result is None


@dataclass(frozen=True, slots=True)
class Bill:
    """The aggregate: `rail` is Ramp's last applied reading; decision and reserve are ours.

    `live_payment_id` is the guard "at most one live payment per bill"; `payment_ids` its history.
    `debit_seen_at`: when the bank showed the debit of a bill that Ramp paid, undecided here.
    `vendor_account_id_approved` is the vendor account seen when the bill was first approved.
    `override`: the guardrail's, asked for or approved for this bill. `claim`: a batch is about to
    decide it. `undone`: the batch that had decided it and could not, which the tray tells.
    `approved_seen_at`: since when it is seen approved; a later staging rule does not stage it.
    `tray_kinds`: the kinds of its live tray items, so that a reading looks for no others.
    """

    id: str
    version: int
    rail: RailBill
    decision: Decision | None = None
    reserve: Reserve | None = None
    live_payment_id: str | None = None
    payment_ids: tuple[str, ...] = ()
    vendor_account_id_approved: str | None = None
    command: RailCommand | None = None
    regress_seen_at: datetime | None = None
    debit_seen_at: datetime | None = None
    due: datetime | None = None
    override: Override | None = None
    claim: Claim | None = None
    undone: str | None = None
    approved_seen_at: datetime | None = None
    tray_kinds: tuple[str, ...] = ()

    kind = "bill"

    @property
    def amount(self) -> Money:
        """What the bill owes, by its last applied reading."""
        return self.rail.amount

    @property
    def is_open(self) -> bool:
        """Approved, unpaid, not archived on the rail; a state that nobody knows may be paid."""
        return self.rail.approved and not self.is_closed and self.rail.state != RailState.UNKNOWN

    @property
    def is_closed(self) -> bool:
        """Whether nothing is to be paid of it any more: paid, archived or rejected there."""
        return self.rail.archived or self.rail.state in CLOSED_STATES

    @property
    def open_reserve(self) -> Reserve | None:
        """The reserve when it still holds money."""
        return self.reserve if self.reserve is not None and self.reserve.is_open else None

    @property
    def list_key(self) -> str | None:
        """Sort key among the client's bills: those holding money, then live ones, then the rest."""
        if (reserve := self.open_reserve) is not None:
            return f"held#{reserve.needed_on.isoformat()}#{self.id}"
        done = self.is_closed and self.live_payment_id is None
        return f"{'done' if done else 'live'}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep must look at this bill again."""
        return self.due


CLOSED_STATES = frozenset({RailState.PAID, RailState.ARCHIVED, RailState.REJECTED})
