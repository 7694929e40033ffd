"""What the queue says to people: what is to be done, and what would help."""

from __future__ import annotations

from rowcol.domain.holds import rule_of
from rowcol.domain.queue import Queued, QueueKind
from rowcol.domain.refusal import Code

_TITLES: dict[QueueKind, str] = {
    QueueKind.SECOND_PERSON: "A second person is to approve the payment to {party}",
    QueueKind.TO_RELEASE: "The payment to {party} waits in Ramp for its release",
    QueueKind.HELD: "The payment to {party} is on hold: {words}",
    QueueKind.TO_DECIDE: "Decide on the bill of {party}",
    QueueKind.TO_STAGE: "Nobody has taken up the bill of {party}",
    QueueKind.TO_APPROVE: "The bill of {party} waits in Ramp for its approval",
    QueueKind.CONNECTION: "{words}",
    QueueKind.TRAY: "{words}",
}
_TITLES_BY_CODE: dict[str, str] = {
    "override": "The guardrail is to be overridden for {party}: {words}",
    "overdue": "The delay of the bill of {party} is over",
    Code.BILL_INCOMPLETE: "The bill of {party} lacks something in Ramp",
    Code.CAPABILITY_MISSING: "The bill of {party} is decided in Ramp: no dates are set from here",
    Code.BILL_NOT_OPEN: "The bill of {party} is staged, and nothing is to be paid in Ramp",
    Code.BILL_NOT_APPROVED: "The bill of {party} is staged, and waits again for approval in Ramp",
}
_REMEDIES: dict[str, str] = {
    Code.BILL_INCOMPLETE: "complete vendor, due date and amount in Ramp",
    Code.BILL_NOT_OPEN: "take the staging back",
    Code.BILL_NOT_APPROVED: "approve it in Ramp, or take the staging back",
    Code.CAPABILITY_MISSING: "set its payment date in Ramp; RowCol follows once Ramp reports it",
    Code.BALANCE_UNKNOWN: "refresh the balance, or repair the bank's connection",
    Code.BALANCE_STALE: "refresh the balance, or repair the bank's connection",
    "connection_broken": "a person signs in again at the rail",
    "connection_ends": "somebody of the client connects again before that day",
    "connection_accounts": "choose the bank's accounts anew, in Link's update mode",
    "connection_degraded": "look at the rail's status page; RowCol goes on trying",
    "connection_quota": "wait for the rail's next period, or have its tier raised",
    "connection_quota_low": "have the rail's tier raised before the rest is spent",
    "override": "another person approves it with a second factor, before the bank day ends",
}
_KIND_REMEDIES: dict[QueueKind, str] = {
    QueueKind.TO_RELEASE: "release it in Ramp",
    QueueKind.TO_APPROVE: "approve it in Ramp",
}


def title_of(queued: Queued) -> str:
    """One sentence for a list."""
    held = queued.kind is QueueKind.HELD
    text = _TITLES[queued.kind] if held else _TITLES_BY_CODE.get(queued.code, _TITLES[queued.kind])
    return text.format(party=queued.party or "an unnamed vendor", words=queued.words or queued.code)


def remedy_of(queued: Queued) -> str | None:
    """What would end it, where that is not plain from what it is."""
    if queued.kind is QueueKind.HELD:
        return rule_of(queued.code).remedy
    return _REMEDIES.get(queued.code) or _KIND_REMEDIES.get(queued.kind)
