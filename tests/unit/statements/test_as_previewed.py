"""What is applied is what was looked at, whatever else was saved, answered or changed meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from rowcol.domain.date_order import DateOrder
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Refusal
from rowcol.domain.statements.file import AccountAnswer, Answers, FileState, StatementFile
from rowcol.domain.statements.mapping import SavedColumns
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.profile import Sign
from rowcol.service.change import transact
from rowcol.service.due_work import sweep_due
from rowcol.service.statements import command, submit
from rowcol.service.statements.accounts import NEW_ACCOUNT
from rowcol.service.statements.files import Uploading
from rowcol.service.statements.mappings import remove_mapping, save_mapping
from rowcol.service.statements.run import carry_on
from tests.support.desk import SCOPE
from tests.support.statement_desk import ImportDesk
from tests.support.statement_files import Entry, chase, ofx

START = date(2026, 10, 1)
MONTH = [Entry(START + timedelta(at), -100 - at, f"SHOP {at}") for at in range(20)]
ROWS = b"Date,Description,Amount\n10/13/2026,RENT,-20.00\n10/14/2026,SALES,50.00\n"
TURNED = SavedColumns(
    {"date": Role.DATE, "description": Role.DESCRIPTION, "amount": Role.AMOUNT},
    date_order=DateOrder.MONTH_FIRST,
    sign=Sign.INVERTED,
)


def save(desk: ImportDesk, columns: SavedColumns, name: str = "our bank") -> str:
    saved = transact(
        desk.store,
        desk.environment.surroundings,
        SCOPE,
        desk.person,
        lambda change: save_mapping(change, name, columns),
    )
    assert not isinstance(saved, Refusal)
    return saved.id  # type: ignore[union-attr]  # a mapping: nothing was asked by a key


def answered(desk: ImportDesk, name: str, account: str | None, place: int = 0) -> StatementFile:
    file = desk.file(name)
    answers = replace(file.answers, accounts=(AccountAnswer(place, account),))
    found = submit.answer(desk.environment, SCOPE, desk.who((name, account)), name, answers)
    assert isinstance(found, StatementFile), found
    return found


def test_a_mapping_that_is_saved_after_the_preview_changes_nothing_of_it() -> None:
    desk = ImportDesk()
    file = desk.preview(ROWS)
    save(desk, TURNED)
    assert desk.apply(file.id).state is FileState.APPLIED
    assert [-line.amount.minor for line in desk.lines()] == [-2000, 5000]


def test_a_mapping_that_is_forgotten_after_the_preview_still_reads_its_file() -> None:
    desk = ImportDesk()
    identity = save(desk, TURNED)
    file = desk.preview(ROWS)
    assert file.seen is not None
    assert file.seen.dialect == "our bank"
    transact(
        desk.store,
        desk.environment.surroundings,
        SCOPE,
        desk.person,
        lambda change: remove_mapping(change, identity),
    )
    assert desk.apply(file.id).state is FileState.APPLIED
    assert [-line.amount.minor for line in desk.lines()] == [2000, -5000]


def test_an_answer_on_the_account_leaves_the_columns_as_they_were_read() -> None:
    desk = ImportDesk()
    file = desk.preview(ROWS, account=None)
    save(desk, TURNED)
    told = answered(desk, file.id, "checking")
    assert told.seen is not None
    assert [row.amount.minor for row in told.seen.first_rows] == [-2000, 5000]


@pytest.mark.parametrize("account", [None, "checking"])
def test_lines_go_to_the_account_that_the_preview_named(account: str | None) -> None:
    desk = ImportDesk(other_account_ids=("savings",))
    desk.apply(answered(desk, desk.preview(ofx(MONTH[:2]), account=None).id, "checking").id)
    waiting = desk.preview(ofx(MONTH), account=account)
    assert waiting.bank_account_ids == ("checking",)
    # Another file of the same number is said to be of savings, and applied before.
    other = answered(desk, desk.preview(ofx(MONTH[:3]), account=None).id, "savings")
    desk.apply(other.id)
    file = desk.apply(waiting.id)
    assert (file.state, file.added, file.known) == (FileState.APPLIED, len(MONTH) - 2, 2)
    of_savings = [line for line in desk.lines() if line.account_id == "savings"]
    assert len(of_savings) == 3


def test_files_of_one_new_account_that_are_previewed_together_are_of_one_account() -> None:
    desk = ImportDesk()
    names = []
    for part in (MONTH[:12], MONTH):
        file = desk.preview(ofx(part), account=None)
        names.append(answered(desk, file.id, NEW_ACCOUNT).id)
    files = [desk.apply(name) for name in names]
    assert files[0].bank_account_ids == files[1].bank_account_ids
    assert len(desk.lines()) == len({each.text for each in MONTH})


def test_a_new_account_beside_a_known_one_of_the_same_number_is_another() -> None:
    desk = ImportDesk()
    first = desk.apply(answered(desk, desk.preview(ofx(MONTH), account=None).id, NEW_ACCOUNT).id)
    again = answered(desk, desk.preview(ofx(MONTH[:5]), account=None).id, NEW_ACCOUNT)
    second = desk.apply(again.id)
    assert first.bank_account_ids != second.bank_account_ids


def test_a_file_of_more_accounts_than_can_be_asked_about_is_refused() -> None:
    header = "Account Number,Date,Description,Amount\n"
    rows = "".join(f"{1000 + at},10/{13 + at % 15}/2026,A,-1.00\n" for at in range(400))
    refused = ImportDesk().send((header + rows).encode(), None)
    assert isinstance(refused, Refusal)
    assert refused.numbers["problem"] == "too_many_rows"


def test_many_accounts_are_asked_about_bit_by_bit() -> None:
    """Each question names all accounts of the client: the file must stay one item."""
    names = tuple(f"account-{at:018d}" for at in range(100))
    desk = ImportDesk(other_account_ids=names)
    header = "Account Number,Date,Description,Amount\n"
    rows = "".join(f"{1000 + at},10/13/2026,{'A' * 1900},-1.00\n" for at in range(100))
    file = desk.preview((header + rows).encode(), None)
    assert len(file.asks) == 20
    assert len(json.dumps(to_plain(file), default=str)) < 350_000
    left = tuple(AccountAnswer(at, None) for at in range(99))
    found = submit.answer(desk.environment, SCOPE, desk.who(2), file.id, Answers(accounts=left))
    assert isinstance(found, StatementFile)
    assert [ask.account for ask in found.asks] == [99]


def test_bytes_that_are_lost_half_way_give_back_what_was_brought() -> None:
    desk = ImportDesk()
    long = [Entry(START + timedelta(at % 25), -100 - at, f"SHOP {at}") for at in range(300)]
    file = desk.preview(chase(long))
    command.apply(desk.environment, SCOPE, desk.who(file.id), file.id, desk.clock.now())
    begun = desk.file(file.id)
    calls = 0

    def on_call(call: str) -> None:
        nonlocal calls
        calls += call == "commit:after"
        if calls >= 2:
            desk.clock.pause(1)

    desk.store.on_call = on_call
    carry_on(desk.environment, SCOPE, file.id, desk.clock.now() + timedelta(seconds=1))
    desk.store.on_call = lambda _call: None
    assert 0 < desk.file(file.id).lines_done < len(long)
    desk.files.contents[(SCOPE.firm, SCOPE.client, begun.object_name)] = b"another file"
    found = carry_on(desk.environment, SCOPE, file.id, None)
    assert found.state is FileState.UNDONE
    assert found.rejection is not None
    assert desk.lines() == []
    # And the next file is not kept waiting.
    assert desk.take(chase(MONTH)).state is FileState.APPLIED


def test_an_upload_whose_notice_was_lost_is_read_before_it_is_forgotten() -> None:
    desk = ImportDesk()
    new = submit.NewFile("x.csv", Answers(bank_account_id="checking"))
    content = chase(MONTH)
    uploading = submit.await_upload(desk.environment, SCOPE, desk.who(1), new, len(content))
    assert isinstance(uploading, Uploading)
    name = uploading.file.id
    desk.files.contents[(SCOPE.firm, SCOPE.client, uploading.file.object_name)] = content
    desk.clock.pause(3_601)
    sweep_due(desk.environment)
    assert desk.called == [name]
    assert carry_on(desk.environment, SCOPE, name, None).state is FileState.PREVIEWED


def test_an_upload_that_never_came_is_forgotten() -> None:
    desk = ImportDesk()
    new = submit.NewFile("x.csv", Answers())
    uploading = submit.await_upload(desk.environment, SCOPE, desk.who(1), new, 10)
    assert isinstance(uploading, Uploading)
    for _ in range(3):
        desk.clock.pause(3_601)
        sweep_due(desk.environment)
        while desk.called:
            carry_on(desk.environment, SCOPE, desk.called.pop(), None)
    assert desk.file(uploading.file.id).state is FileState.DELETED
