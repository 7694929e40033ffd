"""The audit note: asked with the verdict, written once, never in the verdict's way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from rowcol.domain.evidence import LedgerFact, Outcome, Verdict
from rowcol.domain.ledger_note import (
    NOTE_CHARACTERS_MAX,
    LedgerNote,
    NoteState,
    note_request_id,
    note_text,
    reference_of,
)
from rowcol.domain.payment import Payment
from rowcol.service.change import Change
from rowcol.service.ledger_notes import (
    AGAIN,
    TRIES_MAX,
    WAITS_MAX,
    ask_note,
    carry_note,
    set_ledger_notes,
)
from rowcol.service.ports import (
    ConnectionBroken,
    LedgerRefused,
    LedgerWriteUncertain,
    RailThrottled,
    RailUnavailable,
)
from tests.support.desk import SCOPE
from tests.support.domain.builders import READ, ledger_payment
from tests.support.payment_desk import PaymentDesk

REALM = "9341454321098765"


@dataclass
class Books:
    """A ledger that takes notes; `answers`: how the next calls go."""

    answers: list[str] = field(default_factory=list)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    looked: int = 0

    def attach_note(self, entity: str, entity_id: str, note: str, request_id: str) -> str:
        self.sent.append(request_id)
        answer = self.answers.pop(0) if self.answers else "take"
        match answer:
            case "closed":
                raise LedgerRefused("fault 5010", "period_closed")
            case "stale":
                raise LedgerRefused("fault 5010", "stale")
            case "vanished":
                raise LedgerWriteUncertain("qbo", "no answer")
            case "throttled":
                raise RailThrottled("qbo", "slow", 60)
            case "down":
                raise RailUnavailable("qbo", "down")
            case "broken":
                raise ConnectionBroken("qbo", "revoked", "revoked")
        made, _ = self.notes.setdefault(request_id, (f"{5000 + len(self.notes)}", note))
        if answer == "lost":
            raise LedgerWriteUncertain("qbo", "no answer")
        return made

    def find_note(self, text: str, since: datetime) -> str | None:
        self.looked += 1
        if self.answers and self.answers[0] == "blind":
            self.answers.pop(0)
            return None
        return next((key for key, note in self.notes.values() if note.endswith(text)), None)


class Notes(PaymentDesk):
    """A verified payment of a client whose ledger has it."""

    def __init__(self, *, enabled: bool = True) -> None:
        super().__init__(ledger_realm_id=REALM, ledger_notes=enabled)
        self.writing = Books()
        self.name = self.taken()
        ledger: Any = self.writing
        self.qbo = ledger
        self.verify()

    def verify(self) -> None:
        """The verdict is recorded, as the last step of the custody does it."""

        def plan(change: Change) -> bool:
            payment = change.get(Payment, self.name)
            assert payment is not None
            verdict = Verdict(Outcome.VERIFIED, change.now, evidence=("ramp:bill:bill-1",))
            fact = LedgerFact(None, (ledger_payment(),), READ)
            payment = replace(payment, verdict=verdict, ledger=fact)
            change.put(payment)
            change.state("custody.recorded", payment=payment)
            ask_note(change, payment)
            return True

        self.work(plan)

    def note(self) -> LedgerNote:
        [found] = [one for one in self.store.items.values() if isinstance(one, LedgerNote)]
        return found

    def carry(self, hours: float = 0.1) -> str:
        self.clock.pause(hours * 3600)
        return carry_note(self.environment, SCOPE, self.note().id)


def test_a_verified_payment_is_noted_once() -> None:
    desk = Notes()
    assert desk.note().state is NoteState.ASKED
    assert desk.writing.sent == []
    assert desk.carry() == "confirmed"
    note = desk.note()
    assert (note.state, note.target, note.ledger_id) == (NoteState.CONFIRMED, "BillPayment", "5000")
    assert desk.writing.looked == 1, "read back"
    desk.verify()
    assert desk.carry() == "nothing"
    assert len(desk.writing.sent) == 1
    told = [name for name in desk.types() if name.startswith("ledger_note.")]
    assert told == ["ledger_note.asked", "ledger_note.sent", "ledger_note.confirmed"]


def test_it_is_off_until_an_admin_switches_it_on() -> None:
    desk = Notes(enabled=False)
    assert not any(isinstance(one, LedgerNote) for one in desk.store.items.values())
    desk.act(lambda change: set_ledger_notes(change, desk.client().version, enabled=True), "ada")
    desk.verify()
    assert desk.carry() == "confirmed"
    assert "ledger_notes.changed" in desk.types()


def test_what_was_asked_is_not_written_after_it_was_switched_off() -> None:
    desk = Notes()
    desk.act(lambda change: set_ledger_notes(change, desk.client().version, enabled=False), "ada")
    desk.carry()
    assert desk.note().state is NoteState.WITHDRAWN
    assert desk.writing.sent == []


@pytest.mark.parametrize("first", ["lost", "vanished"])
def test_no_answer_is_looked_for_before_it_is_sent_again(first: str) -> None:
    desk = Notes()
    desk.writing.answers = [first]
    assert desk.carry() == "later"
    assert desk.carry() == "confirmed"
    assert len(desk.writing.notes) == 1
    assert set(desk.writing.sent) == {desk.note().request_id}
    assert len(desk.writing.sent) == (1 if first == "lost" else 2)


def test_a_note_that_is_not_found_yet_waits() -> None:
    desk = Notes()
    desk.writing.answers = ["take", "blind"]
    assert desk.carry() == "later"
    assert desk.carry() == "confirmed"
    assert len(desk.writing.sent) == 1


@pytest.mark.parametrize("trouble", ["down", "throttled", "broken"])
def test_what_was_not_sent_is_sent_later(trouble: str) -> None:
    desk = Notes()
    desk.writing.answers = [trouble]
    assert desk.carry() == "later"
    assert desk.note().tries == 0
    assert desk.carry() == "confirmed"


def test_stale_is_looked_for_and_sent_again_and_closed_is_told() -> None:
    desk = Notes()
    desk.writing.answers = ["stale"]
    assert desk.carry() == "later"
    assert desk.carry() == "confirmed"
    other = Notes()
    other.writing.answers = ["closed"]
    assert other.carry() == "refused"
    assert other.note().code == "period_closed"
    assert "ledger_note_refused" in other.items()
    assert other.carry() == "nothing"


def test_it_ends_after_some_tries_and_the_verdict_stands() -> None:
    desk = Notes()
    desk.writing.answers = ["vanished"] * 20
    for _ in range(TRIES_MAX):
        assert desk.carry(25) == "later"
    assert desk.carry(25) == "nothing"
    assert desk.note().state is NoteState.REFUSED
    verdict = desk.payment(desk.name).verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.VERIFIED


def test_a_ledger_that_stays_away_is_not_asked_for_ever() -> None:
    desk = Notes()
    desk.writing.answers = ["broken"] * 99
    for _ in range(WAITS_MAX):
        assert desk.carry(25) == "later"
    assert desk.carry(25) == "refused"


def test_it_is_put_off_longer_each_time() -> None:
    desk = Notes()
    desk.writing.answers = ["down"] * 4
    for pause in (*AGAIN, AGAIN[-1]):
        desk.clock.pause(86_400)
        before = desk.clock.now()
        carry_note(desk.environment, SCOPE, desk.note().id)
        due = desk.note().due
        assert due is not None
        assert due - before == pause


def test_the_sweep_writes_it() -> None:
    desk = Notes()
    carry_note(desk.environment, SCOPE, desk.note().id)
    assert desk.writing.sent == [], "not before its time"


def test_the_text_is_bounded_and_tells_of_no_person() -> None:
    desk = Notes()
    payment = desk.payment(desk.name)
    assert payment.verdict is not None
    request_id = note_request_id(REALM, "1822", "x")
    long = replace(payment, verdict=replace(payment.verdict, evidence=("e" * 500,) * 50))
    text = note_text(long, request_id)
    assert len(text) <= NOTE_CHARACTERS_MAX
    assert text.endswith(reference_of(request_id))
    assert len(request_id) <= 36
    for secret in ("anna", "boris", "vendor-account", payment.created_by):
        assert secret not in note_text(payment, request_id)


def test_a_request_id_is_of_realm_target_and_event() -> None:
    ids = {note_request_id(*parts) for parts in (("1", "2", "3"), ("1", "2", "4"), ("9", "2", "3"))}
    assert len(ids) == 3
