"""Imported lines prove payments as the feed's do; what rests on them is not undone unseen."""

from __future__ import annotations

from datetime import timedelta

from rowcol.domain.link import Link
from rowcol.domain.payment import Payment, Verification
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import key_of
from rowcol.domain.statements.file import FileState, StatementFile
from rowcol.service.cash_matches.release import release_line
from tests.support.desk import SCOPE
from tests.support.records import THURSDAY, RecordDesk
from tests.support.statement_desk import ImportDesk
from tests.support.statement_files import Entry, chase

ACCOUNT = "operating-1"
LINES = [
    Entry(THURSDAY - timedelta(2), -4_242, "GAS STATION"),
    Entry(THURSDAY, -10_000, "CHECK ACME SUPPLIES"),
    Entry(THURSDAY + timedelta(1), -7_700, "PHONE"),
]


class MatchedDesk(ImportDesk, RecordDesk):
    """A client who has posted a record, of which a statement shows the line."""

    def __init__(self) -> None:
        super().__init__(operating_account_ids=(ACCOUNT,))
        self.record = self.posted()
        self.imported = self.take(chase(LINES), ACCOUNT)

    @property
    def shown(self) -> Payment:
        found = self.books.get(Payment, self.record.id)
        assert found is not None
        return found

    @property
    def claimed(self) -> list[str]:
        links = self.books.get_many(Link, [key_of("bank", line.line_id) for line in self.lines()])
        return [link.bill_id for link in links.values() if link.is_claimed]


def test_an_imported_line_verifies_a_record() -> None:
    desk = MatchedDesk()
    assert desk.imported.state is FileState.APPLIED
    assert desk.shown.verification is Verification.VERIFIED
    assert desk.claimed == [desk.record.id]


def test_a_matched_line_keeps_the_import_and_is_named() -> None:
    desk = MatchedDesk()
    refused = desk.undo(desk.imported.id)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.numbers["lines"]) == (Code.IN_USE, 1)
    named = refused.numbers["first"]
    assert isinstance(named, tuple)
    first = named[0]
    assert (first.claimed_by, first.amount.minor) == (desk.record.id, 10_000)
    assert len(desk.lines()) == 3
    assert desk.file(desk.imported.id).state is FileState.APPLIED


def test_matches_made_without_a_person_can_be_freed_with_their_lines() -> None:
    desk = MatchedDesk()
    undone = desk.undo(desk.imported.id, free_matches=True)
    assert isinstance(undone, StatementFile)
    assert (undone.state, undone.kept_back) == (FileState.UNDONE, 0)
    assert desk.lines() == []
    assert (desk.shown.verification, desk.shown.cash) == (Verification.AWAITING, None)
    again = desk.take(chase(LINES), ACCOUNT)
    assert again.state is FileState.APPLIED
    assert desk.shown.verification is Verification.VERIFIED


def test_once_the_match_is_taken_back_the_import_can_be_undone() -> None:
    desk = MatchedDesk()
    line = next(each for each in desk.lines() if each.amount.minor == 10_000)
    desk.act(lambda change: release_line(change, key_of("", line.line_id), "wrong file"))
    undone = desk.undo(desk.imported.id)
    assert isinstance(undone, StatementFile)
    assert undone.state is FileState.UNDONE


def test_a_line_that_another_import_holds_too_keeps_no_import() -> None:
    desk = MatchedDesk()
    other = desk.take(chase(LINES, opening=9), ACCOUNT)
    undone = desk.undo(desk.imported.id)
    assert isinstance(undone, StatementFile)
    assert undone.state is FileState.UNDONE
    assert len(desk.lines()) == 3
    assert isinstance(desk.undo(other.id), Refusal)


def test_a_match_that_comes_while_an_import_is_undone_keeps_its_line() -> None:
    desk = MatchedDesk()
    line = next(each for each in desk.lines() if each.amount.minor == 10_000)
    link = desk.books.get(Link, key_of("bank", line.line_id))
    assert link is not None
    desk.act(lambda change: release_line(change, key_of("", line.line_id), "looked at again"))

    def claims(call: str) -> None:
        """Somebody takes the line as soon as undoing has begun."""
        if call == "commit:after" and desk.file(desk.imported.id).state is FileState.UNDOING:
            desk.store.on_call = lambda _call: None
            freed = desk.books.get(Link, link.id)
            assert freed is not None
            assert desk.books.save(Link(link.id, freed.version, "somebody"))

    desk.store.on_call = claims
    undone = desk.undo(desk.imported.id)
    assert isinstance(undone, StatementFile)
    assert (undone.state, undone.kept_back, undone.removed) == (FileState.APPLIED, 1, 2)
    assert [each.line_id for each in desk.lines()] == [line.line_id]
    assert desk.books.scope == SCOPE
