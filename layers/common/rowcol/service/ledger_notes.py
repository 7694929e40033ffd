"""The audit note of a proved payment: asked with the verdict, written later, never in its way.

Off until an admin of the client switches it on. Read before it is repeated, and the request id is
the same in every attempt, so that one verdict is one note.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.client import Client
from rowcol.domain.hygiene.problem import LEDGER_SITE
from rowcol.domain.ledger_note import (
    LedgerNote,
    NoteState,
    note_request_id,
    note_text,
    reference_of,
)
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity
from rowcol.domain.verdict import Outcome
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN
from rowcol.service.note_facts import NoteStep, subject_of, tell_note, tell_unanswered
from rowcol.service.ports import (
    ConnectionBroken,
    LedgerRail,
    LedgerRefused,
    LedgerWriteUncertain,
    RailError,
    RailUnavailable,
)
from rowcol.service.tray import close_item, open_item

Step = Callable[[Change, LedgerNote], str]
ITEM = "ledger_note_refused"
TRIES_MAX = 5
# Put off by five minutes, an hour, then a day each: about a month.
WAITS_MAX = 30
AGAIN = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
# The ledger's clock may be behind ours.
CLOCK_LEEWAY = timedelta(minutes=10)
_SENDABLE_AGAIN = frozenset({"stale", "duplicate"})
CONFIRMED, LATER, NOTHING, REFUSED, SEND, WITHDRAWN = (
    "confirmed", "later", "nothing", "refused", "send", "withdrawn",
)  # fmt: skip

# What in the ledger a note is about: the kind of entity, its id there.
Target = tuple[str, str]


def set_ledger_notes(change: Change, version: int, *, enabled: bool) -> Client | Refusal:
    """Switch the notes of a client on or off; what is asked and not sent yet follows it.

    `version`: that of the client's settings as seen. Refused: `version_mismatch`.
    """
    before = change.client
    if before.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the client's settings changed since they were read",
            {"asked": version, "found": before.version},
        )
    change.client = replace(before, ledger_notes=enabled)
    change.put(change.client)
    change.state("ledger_notes.changed", enabled=enabled)
    return change.client


def ask_note(change: Change, payment: Payment) -> None:
    """Have a verified payment's verdict noted in the ledger, if the client wants that: once."""
    realm, verdict = change.client.ledger_realm_id, payment.verdict
    if not change.client.ledger_notes or realm is None or verdict is None:
        return
    target = _target(payment)
    if verdict.outcome is not Outcome.VERIFIED or target is None or payment.bill_id is None:
        return
    request_id = note_request_id(realm, target[1], f"{payment.id}:{verdict.outcome.value}")
    name = f"note-{request_id}"
    if change.get(LedgerNote, name) is not None:
        return
    note = LedgerNote(
        name,
        0,
        payment.id,
        payment.bill_id,
        realm,
        *target,
        note_text(payment, request_id),
        request_id,
        NoteState.ASKED,
        change.now,
        due=change.now + START_WITHIN,
    )
    change.put(note)
    tell_note(change, note, NoteStep.ASKED)


def _target(payment: Payment) -> Target | None:
    """The payment in the ledger, else its bill."""
    if payment.ledger is None:
        return None
    for booked in payment.ledger.payments:
        if not booked.voided and not booked.deleted:
            return "BillPayment", booked.payment_id
    return ("Bill", payment.ledger.bill.bill_id) if payment.ledger.bill is not None else None


def carry_note(environment: Environment, scope: Scope, name: str) -> str:
    """One step of a note: "confirmed", "refused", "withdrawn", "later", or "nothing" to do."""
    note = environment.store.books(scope).get(LedgerNote, name)
    if note is None or note.state is not NoteState.ASKED:
        return NOTHING
    if note.due is not None and note.due > environment.now():
        return NOTHING
    try:
        ledger = environment.rails.ledger(scope.firm, scope.client)
        if note.sent_at is not None and (found := _found(ledger, note)) is not None:
            return _write(environment, scope, note, lambda c, n: _confirm(c, n, found))
        if _write(environment, scope, note, _ready) != SEND:
            return NOTHING
        return _send(environment, scope, ledger, name)
    except RailError as error:
        detail = error.detail
        return _write(environment, scope, note, lambda c, n: _later(c, n, detail))


def _found(ledger: LedgerRail, note: LedgerNote) -> str | None:
    first = note.first_sent_at or note.asked_at
    return ledger.find_note(reference_of(note.request_id), first - CLOCK_LEEWAY)


def _send(environment: Environment, scope: Scope, ledger: LedgerRail, name: str) -> str:
    """Sent once; what is shown in the answer is looked for once more before it counts."""
    note = environment.store.books(scope).get(LedgerNote, name)
    if note is None or note.sent_at is None:
        return NOTHING
    try:
        made = ledger.attach_note(note.target, note.target_id, note.text, note.request_id)
    except LedgerRefused as refused:
        reason, detail = refused.reason, refused.detail
        if reason in _SENDABLE_AGAIN:
            return _write(environment, scope, note, lambda c, n: _later(c, n, detail))
        return _write(environment, scope, note, lambda c, n: _refuse(c, n, reason, detail))
    except LedgerWriteUncertain as odd:
        detail = odd.detail
        return _write(environment, scope, note, lambda c, n: _later(c, n, detail))
    except (RailUnavailable, ConnectionBroken) as error:
        detail = error.detail
        return _write(environment, scope, note, lambda c, n: _not_sent(c, n, detail))
    if _found(ledger, note) != made:
        words = "taken, and not to be found yet"
        return _write(environment, scope, note, lambda c, n: _later(c, n, words))
    return _write(environment, scope, note, lambda c, n: _confirm(c, n, made))


def _write(environment: Environment, scope: Scope, note: LedgerNote, step: Step) -> str:
    """Run a step on the note, while it waits for the ledger."""

    def plan(change: Change) -> str:
        current = change.get(LedgerNote, note.id)
        if current is None or current.state is not NoteState.ASKED:
            return NOTHING
        return step(change, current)

    outcome = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    assert isinstance(outcome, str)  # the plan answers in words and has no command
    return outcome


def _ready(change: Change, note: LedgerNote) -> str:
    """Write ahead; or end what the client does not want any more, or what never succeeds."""
    if note.due is not None and note.due > change.now:
        return NOTHING  # somebody else has just sent it
    if not change.client.ledger_notes or change.client.ledger_realm_id != note.realm:
        gone = _put_ended(change, note, NoteState.WITHDRAWN, "not_wanted")
        tell_note(change, gone, NoteStep.WITHDRAWN)
        return WITHDRAWN
    if note.tries >= TRIES_MAX:
        return _refuse(change, note, "no_answer", f"not there after {TRIES_MAX} tries")
    sent = replace(
        note,
        sent_at=change.now,
        first_sent_at=note.first_sent_at or change.now,
        tries=note.tries + 1,
        due=change.now + AGAIN[min(note.tries, len(AGAIN) - 1)],
    )
    change.put(sent)
    tell_note(change, sent, NoteStep.SENT)
    return SEND


def _confirm(change: Change, note: LedgerNote, ledger_id: str) -> str:
    done = _put_ended(change, replace(note, ledger_id=ledger_id), NoteState.CONFIRMED, None)
    tell_note(change, done, NoteStep.CONFIRMED)
    close_item(change, subject_of(note), ITEM, "the note is in the ledger")
    return CONFIRMED


def _not_sent(change: Change, note: LedgerNote, detail: str) -> str:
    """Nothing left our side: the write-ahead is taken back, the first one ever stays known."""
    return _later(change, replace(note, sent_at=None, tries=note.tries - 1), detail)


def _later(change: Change, note: LedgerNote, detail: str) -> str:
    if note.waits >= WAITS_MAX:
        return _refuse(change, note, "no_answer", detail)
    pause = AGAIN[min(note.waits, len(AGAIN) - 1)]
    kept = replace(note, waits=note.waits + 1, due=change.now + pause)
    change.put(kept)
    tell_unanswered(change, kept, detail[:200])
    return LATER


def _refuse(change: Change, note: LedgerNote, code: str, detail: str) -> str:
    ended = _put_ended(change, note, NoteState.REFUSED, code)
    tell_note(change, ended, NoteStep.REFUSED)
    closed = " The period is closed there." if code == "period_closed" else ""
    open_item(
        change,
        subject_of(note),
        ITEM,
        f"QuickBooks did not take the audit note of {_what(note)}.{closed}",
        expected="a note",
        found=f"{code}: {detail}"[:200],
        severity=Severity.LOW,
        link=LEDGER_SITE,
    )
    return REFUSED


def _what(note: LedgerNote) -> str:
    return "a received invoice" if note.invoice_id is not None else "a verified payment"


def _put_ended(change: Change, note: LedgerNote, state: NoteState, code: str | None) -> LedgerNote:
    ended = replace(note, state=state, ended_at=change.now, due=None, code=code)
    change.put(ended)
    return ended
