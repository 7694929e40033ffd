"""The one table of tray kinds: every kind that any code opens. Code, docs and tests read it.

To add a kind: put a row into a table below; or, for a family of many, make a module beside this one
with a tuple of TrayKind and name it in `_TABLES`. Then call `open_item(change, subject, kind,
title, ...)` and `close_item(change, subject, kind, because)` (service/tray.py). Leave `severity`
out and the row's own is taken; hand over `party_id`, `party` and `amount` where the subject is
neither `payment-<id>` nor `bill-<id>`, so that rules can match by them. A kind is never renamed:
its name is part of ids. tests/unit/domain/test_tray_kinds.py fails for a call whose kind has no row
here.
"""

from __future__ import annotations

from collections.abc import Mapping

from rowcol.domain.cash_matching.kinds import CASH_MATCHING_KINDS
from rowcol.domain.hygiene.kinds import HYGIENE_KINDS
from rowcol.domain.receivables.kinds import RECEIVABLES_KINDS
from rowcol.domain.tray import Severity
from rowcol.domain.tray_kind import Accept, Family, TrayKind

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
QUARANTINED, UNAPPLIED, DEAD_LETTER = "quarantined_event", "unapplied_event", "dead_letter"
_LIFT = ("liftPayment", "reschedulePayment", "cancelPayment")


def _differs(
    kind: str, severity: Severity, words: str, remedy: str, accept: Accept = Accept.APPROVER
) -> TrayKind:
    return TrayKind(kind, Family.DISCREPANCY, severity, words, remedy, accept)


_DISCREPANCIES = (
    _differs(
        "missing", MEDIUM, "one side does not show the payment though its time is over",
        "find it on that side, or enter it in QuickBooks; RowCol looks again by itself",
    ),
    _differs(
        "late", MEDIUM, "one side shows the payment later than it should",
        "nothing, if the date is right; ask the bank or the vendor if it is not",
    ),
    TrayKind(
        "amount", Family.DISCREPANCY, HIGH, "the amounts do not agree",
        "correct the entry in QuickBooks, or find out what the bank took",
        Accept.ANOTHER, blocks_staging=True,
    ),
    _differs(
        "date", LOW, "the dates do not agree", "correct the date of the entry in QuickBooks",
        Accept.PREPARER,
    ),
    _differs(
        "currency", HIGH, "the currencies do not agree",
        "correct the entry, or pay it outside RowCol", Accept.ANOTHER,
    ),
    _differs(
        "vendor", MEDIUM, "the payment is booked for another vendor",
        "correct the vendor of the entry in QuickBooks",
    ),
    _differs(
        "account", MEDIUM, "the payment is booked from another account",
        "correct the account of the entry in QuickBooks",
    ),
    _differs(
        "duplicate", HIGH, "it seems to be paid or booked twice",
        "void the second entry, or have the second payment returned", Accept.ANOTHER,
    ),
    _differs(
        "partial", MEDIUM, "one side shows a part of the amount only",
        "book or pay the rest, or correct the entry",
    ),
    _differs(
        "reversed_or_returned", HIGH, "the bank gave the money back",
        "ask the vendor for the right account, then pay again; mirror the entry in QuickBooks",
        Accept.ANOTHER,
    ),
    _differs(
        "paid_outside", HIGH, "the bill is paid, and not by this payment",
        "cancel the payment here, or have the other one returned", Accept.ANOTHER,
    ),
    _differs(
        "ledger_edited", MEDIUM, "the entry in QuickBooks was changed after it was verified",
        "restore the entry, or say why it is right",
    ),
    _differs(
        "ledger_deleted_or_voided", HIGH, "the entry in QuickBooks is gone",
        "enter it again in QuickBooks", Accept.ANOTHER,
    ),
    _differs(
        "rail_failed", HIGH, "Ramp reports that the payment failed",
        "find out whether money left; then reject it or pay again", Accept.ANOTHER,
    ),
    _differs(
        "unexpected_rail_state", HIGH, "Ramp shows a state that does not follow from ours",
        "look at the bill in Ramp, and say here what happened", Accept.ANOTHER,
    ),
    TrayKind(
        "unknown_rail_state", Family.DISCREPANCY, MEDIUM, "Ramp shows a state RowCol does not know",
        "look at the bill in Ramp; tell whoever runs RowCol", Accept.ANOTHER, blocks_staging=True,
    ),
)  # fmt: skip
_PAYMENTS = (
    TrayKind(
        "held", Family.HELD_PAYMENT, HIGH, "a payment does not move",
        "end what holds it and lift it, choose another day, or cancel it",
        Accept.ANOTHER, offers=_LIFT,
    ),
    TrayKind(
        "awaiting_release", Family.RAIL_ORDER, MEDIUM, "Ramp waits for its own release",
        "release the payment in Ramp",
    ),
    TrayKind(
        "asked_too_late", Family.RAIL_ORDER, HIGH, "Ramp took the money before it could be stopped",
        "ask the vendor to send it back, or let it be as it is", Accept.ANOTHER, by_facts=False,
    ),
    TrayKind(
        "money_awaited", Family.CASH, MEDIUM, "money is to come back and has not",
        "watch for the credit, or confirm with evidence that it is back", Accept.NOBODY,
        offers=("reversePayment",),
    ),
    TrayKind(
        "stale_check", Family.CASH, MEDIUM, "a check is out for too long",
        "ask the vendor; stop the check and issue it again", offers=("reissuePayment",),
    ),
    TrayKind(
        "over_allocated", Family.DISCREPANCY, MEDIUM, "more is paid than was asked for",
        "reset a payment to draft, or have the surplus credited", Accept.ANOTHER,
        offers=("resetPayment",),
    ),
    TrayKind(
        "custody_failed", Family.SYSTEM, HIGH, "a step of the payment's proof failed for good",
        "mend the cause; RowCol begins again by itself", Accept.ANOTHER, by_facts=False,
    ),
    TrayKind(
        "ledger_note_refused", Family.RAIL_ORDER, LOW, "QuickBooks did not take the audit note",
        "open the period, or let it be without a note", Accept.PREPARER,
    ),
)  # fmt: skip
_BILLS = (
    TrayKind(
        "rail_date", Family.RAIL_ORDER, HIGH, "Ramp is going to pay on another day than was asked",
        "set or take off the date in Ramp", Accept.ANOTHER, offers=("decide",),
    ),
    TrayKind(
        "clear_refused", Family.RAIL_ORDER, HIGH, "Ramp does not take its date off a bill",
        "take the date off in Ramp", Accept.ANOTHER,
    ),
    TrayKind(
        "order_refused", Family.RAIL_ORDER, HIGH, "Ramp did not do what was asked of a bill",
        "do it in Ramp, or ask again", Accept.APPROVER, by_facts=False, offers=("readBillOrder",),
    ),
    TrayKind(
        "archive_waiting", Family.APPROVAL, MEDIUM, "a bill is to be archived in Ramp",
        "another person approves it, or it is withdrawn", Accept.NOBODY,
        offers=("approveArchive", "withdrawArchive"),
    ),
    TrayKind(
        "reserve_uncovered", Family.CASH, MEDIUM, "cash no longer covers a bill that was staged",
        "bring cash in, pay later, or take the bill back", offers=("refreshBalance", "decide"),
    ),
    TrayKind(
        "batch_undone", Family.RAIL_ORDER, HIGH, "a batch promised a decision and did not make it",
        "decide on the bill alone", Accept.APPROVER, offers=("decide",),
    ),
    TrayKind(
        "account_denied", Family.DISCREPANCY, HIGH, "the vendor does not know the account",
        "have the account corrected in Ramp, then call back again", Accept.NOBODY,
        offers=("callVendorBack",),
    ),
)  # fmt: skip


def _connection(kind: str, severity: Severity, words: str, remedy: str) -> TrayKind:
    return TrayKind(
        kind, Family.CONNECTION, severity, words, remedy, Accept.NOBODY, offers=("listConnections",)
    )


_CONNECTIONS = (
    _connection(
        "connection_broken", HIGH, "a rail does not let RowCol in", "connect it again",
    ),
    _connection(
        "connection_ends", MEDIUM, "a consent is about to end", "connect it again before it ends",
    ),
    TrayKind(
        "connection_accounts", Family.CONNECTION, MEDIUM, "accounts at the bank have changed",
        "choose the accounts again", Accept.APPROVER, offers=("listConnections",),
    ),
    _connection(
        "connection_degraded", MEDIUM, "a rail does not answer reliably",
        "look at the rail's status page; RowCol goes on trying",
    ),
    _connection(
        "connection_quota", HIGH, "a rail's calls are used up",
        "wait for the next period, or have the tier raised",
    ),
    _connection(
        "connection_quota_low", MEDIUM, "most of a rail's calls of the month are spent",
        "have the tier raised, or expect that from 90 % on only what cannot wait is read",
    ),
    TrayKind(
        "webhook_subscription", Family.CONNECTION, HIGH, "Ramp does not send its events",
        "subscribe again, or delete what is left over in Ramp", Accept.APPROVER,
        offers=("subscribeRampWebhook",),
    ),
    TrayKind(
        "balance_unknown", Family.CASH, HIGH, "no balance can be read",
        "refresh the balance, or repair the bank's connection", Accept.NOBODY,
        offers=("refreshBalance",),
    ),
    TrayKind(
        "manual_balance_waits", Family.APPROVAL, HIGH, "a balance was typed in",
        "another person approves or rejects it", Accept.NOBODY,
        offers=("approveManualBalance", "rejectManualBalance"),
    ),
)  # fmt: skip
_SYSTEM = (
    TrayKind(
        "projection_failed", Family.SYSTEM, HIGH, "lists lack a part of the log",
        "have the views rebuilt", Accept.NOBODY,
    ),
    TrayKind(
        "digest_not_sent", Family.SYSTEM, MEDIUM, "somebody's daily mail did not arrive",
        "they set their address anew (PUT /digest/settings), or the sender is verified at SES",
        Accept.APPROVER,
    ),
    TrayKind(
        QUARANTINED, Family.EVENT, MEDIUM, "an event of a rail could not be used",
        "replay it once its cause is mended, or say that it does not matter",
        Accept.APPROVER, by_facts=False, offers=("replayEvents",),
    ),
    TrayKind(
        UNAPPLIED, Family.DEAD_LETTER, HIGH, "an event of a rail is not applied, try after try",
        "mend the cause; it is tried again by itself, or replay it", Accept.NOBODY,
        offers=("replayEvents",),
    ),
    TrayKind(
        DEAD_LETTER, Family.DEAD_LETTER, HIGH, "work was given up after all its tries",
        "mend the cause, then replay it", Accept.APPROVER, by_facts=False,
        offers=("replayEvents",),
    ),
)  # fmt: skip
_TABLES: tuple[tuple[TrayKind, ...], ...] = (
    _DISCREPANCIES,
    _PAYMENTS,
    _BILLS,
    _CONNECTIONS,
    _SYSTEM,
    HYGIENE_KINDS,
    RECEIVABLES_KINDS,
    CASH_MATCHING_KINDS,
)
KINDS: Mapping[str, TrayKind] = {row.kind: row for table in _TABLES for row in table}


def kind_of(name: str) -> TrayKind:
    """The row of a kind. One of another version of this code is severe, and nobody accepts it."""
    return KINDS.get(name) or TrayKind(
        name, Family.SYSTEM, HIGH, "this version does not know the kind", "", Accept.NOBODY
    )
