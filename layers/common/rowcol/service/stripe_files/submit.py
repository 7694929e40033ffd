"""Take one of Stripe's files in and say what is in it: nothing reaches the books."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.money import Money, total
from rowcol.domain.receivables.composition import composed, rows_of
from rowcol.domain.receivables.file_reading import (
    DecimalQuestion,
    Layout,
    StripeOutcome,
    StripeReading,
)
from rowcol.domain.receivables.objects import Entry, entry_of, payout_of
from rowcol.domain.receivables.stripe_file import (
    BAD_ROWS_KEPT,
    PAYOUTS_SHOWN,
    WARNINGS_KEPT,
    FilePayout,
    FileProblem,
    StripeFile,
    StripeFileSeen,
    shown_stripe_file,
)
from rowcol.domain.receivables.told import ObjectKind, StripeObject, Told, heard, object_id, unheard
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.domain.statements.file import UPLOADED_WITHIN, FileState, Rejection
from rowcol.domain.statements.masking import masked
from rowcol.domain.statements.parts import AppliedFile, applied_id
from rowcol.domain.statements.reading import Problem, ProblemCode, Rejected
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.statements.files import Uploading, Who, asked_once, awaiting, too_large
from rowcol.service.statements.look import desk_of
from rowcol.service.statements.ports import NoStatementDesk
from rowcol.service.statements.submit import NAME_CHARACTERS_MAX, rejected
from rowcol.service.store import Books

PREFIX = "stf_"
# By which the books know that a file is held: the account of all of Stripe's files.
ACCOUNT = "stripe"
NO_FILE = Refusal(Code.NOT_FOUND, "no such file of Stripe's")
_NO_CLIENT = Refusal(Code.NOT_FOUND, "no such client")


@dataclass(frozen=True, slots=True)
class NewStripeFile:
    """A file as it comes in. `decimal`: how amounts are written, if that was asked."""

    name: str
    decimal: str | None = None


def preview(
    environment: Environment, scope: Scope, who: Who, new: NewStripeFile, content: bytes
) -> StripeFile | Refusal:
    """Keep a file and say what is in it; one that asks something waits for another sending.

    Refused: `import_unreadable` with the reason, line and first bad rows; `not_found`,
    `idempotency_key_reused`, `forbidden`. Raises FilesUnavailable.
    """
    books = environment.store.books(scope)
    if books.get(Client, scope.client) is None:
        return _NO_CLIENT
    if books.command(who.asked.key) is not None:
        return ask_once(environment, scope, who, lambda _: NO_FILE)
    outcome = read(environment, content, new.decimal)
    if isinstance(outcome, Rejected):
        refused = replace(rejected(outcome), remedy="export the report again, as CSV")
        return ask_once(environment, scope, who, lambda _: refused)
    digest = hashlib.sha256(content).hexdigest()
    file_id = who.id_of(PREFIX)
    empty = StripeFile(
        file_id, 0, FileState.PREVIEWED, _named(new.name), f"{file_id}-{digest[:32]}",
        len(content), environment.now(), who.actor.id, digest, decimal=new.decimal,
    )  # fmt: skip
    file = looked_at(books, empty, outcome)
    if file.state is FileState.PREVIEWED:
        desk_of(environment).files.keep(scope, file.object_name, content)
    return ask_once(environment, scope, who, lambda change: keep(change, file))


def await_upload(
    environment: Environment, scope: Scope, who: Who, new: NewStripeFile, size_bytes: int
) -> Uploading[StripeFile] | Refusal:
    """Await a file that is too large for a request; the link is good for a short time.

    Refused as `preview`, and `too_many_items` for more bytes than a report has.
    """
    if environment.store.books(scope).get(Client, scope.client) is None:
        return _NO_CLIENT
    refused = too_large(size_bytes, "export fewer months at once")
    if refused is not None:
        return refused
    file_id, now = who.id_of(PREFIX), environment.now()
    file = StripeFile(
        file_id, 0, FileState.UPLOADING, _named(new.name), file_id, size_bytes, now,
        who.actor.id, decimal=new.decimal, due=now + UPLOADED_WITHIN,
    )  # fmt: skip
    found = ask_once(environment, scope, who, lambda change: keep(change, file))
    return awaiting(environment, scope, found)


def _named(name: str) -> str:
    return name.strip()[:NAME_CHARACTERS_MAX]


def keep(change: Change, file: StripeFile) -> StripeFile:
    """Keep what was seen of a file, or that it is awaited."""
    change.put(file)
    is_awaited = file.state is FileState.UPLOADING
    change.state(
        "stripe_file.awaited" if is_awaited else "stripe_file.previewed",
        stripe_file=shown_stripe_file(file),
    )
    return file


def looked_at(books: Books, file: StripeFile, outcome: StripeOutcome) -> StripeFile:
    """The file with what was seen in it: previewed, asking or rejected. Nothing is written."""
    if isinstance(outcome, Rejected):
        told = Rejection(outcome.code, masked(outcome.message), outcome.line)
        return replace(file, rejection=told).waiting(FileState.REJECTED)
    if isinstance(outcome, DecimalQuestion):
        return replace(file, question=outcome).waiting(FileState.ASKING)
    seen = _seen(books, outcome, file.sha256 or "")
    return replace(file, seen=seen).waiting(FileState.PREVIEWED)


def read(environment: Environment, content: bytes, decimal: str | None) -> StripeOutcome:
    """A file's outcome by the reader that was wired. Raises NoStatementDesk without one."""
    reader = desk_of(environment).read_stripe
    if reader is None:
        raise NoStatementDesk("no reader of Stripe's files")
    return reader(content, decimal)


def ask_once(
    environment: Environment,
    scope: Scope,
    who: Who,
    plan: Callable[[Change], StripeFile | Refusal],
) -> StripeFile | Refusal:
    """Run a command once per key; asked again, the file is shown as it is by then."""
    return asked_once(environment, scope, who, StripeFile, NO_FILE, plan)


def _seen(books: Books, reading: StripeReading, digest: str) -> StripeFileSeen:
    words = _by_object(word for row in reading.rows for word in row.told)
    known = books.get_many(StripeObject, words)
    standing = [one for one in known.values() if not one.is_gone]
    payouts = _payouts(words, known)
    warnings = list(reading.warnings)
    if reading.layout is Layout.PAYOUT_RECONCILIATION:
        warnings += [_mismatch(one) for one in payouts if one.unexplained and one.unexplained.minor]
    note = books.get(AppliedFile, applied_id(digest, ACCOUNT))
    return StripeFileSeen(
        reading.layout,
        len(reading.rows),
        reading.first_on,
        reading.last_on,
        reading.totals,
        len(words) - len(standing),
        len(standing),
        tuple(payouts[:PAYOUTS_SHOWN]),
        len(payouts),
        tuple(map(FileProblem.of, reading.bad_rows[:BAD_ROWS_KEPT])),
        reading.bad_row_count,
        tuple(map(FileProblem.of, warnings[:WARNINGS_KEPT])),
        len(warnings),
        tuple(map(FileProblem.of, reading.notes)),
        note.file_id if note is not None else None,
    )


def _mismatch(payout: FilePayout) -> Problem:
    message = f"rows make {payout.net}, Stripe paid {payout.amount}"
    return Problem(ProblemCode.PAYOUT_SUM_MISMATCH, message, None, payout.stripe_id)


def _by_object(words: Iterable[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for word in words:
        found.setdefault(object_id(word.kind, word.stripe_id), []).append(word)
    return found


def _payouts(words: dict[str, list[Told]], known: dict[str, StripeObject]) -> list[FilePayout]:
    """Payouts that entries of the file belong to; what does not add up comes first."""
    entries: dict[str, list[Entry]] = {}
    amounts: dict[str, Money | None] = {}
    for name, told in words.items():
        first = told[0]
        if first.kind is ObjectKind.ENTRY:
            entry = entry_of(heard(unheard(first.kind, first.stripe_id), told, "preview"))
            if entry is not None and entry.payout_id is not None:
                entries.setdefault(entry.payout_id, []).append(entry)
        elif first.kind is ObjectKind.PAYOUT:
            base = known.get(name) or unheard(first.kind, first.stripe_id)
            payout = payout_of(heard(base, told, "preview"))
            amounts[first.stripe_id] = payout.amount if payout is not None else None
    found = [_payout(name, own, amounts.get(name)) for name, own in entries.items()]
    found.sort(key=lambda one: (not (one.unexplained and one.unexplained.minor), one.stripe_id))
    return found


def _payout(name: str, entries: list[Entry], amount: Money | None) -> FilePayout:
    currency = amount.currency if amount is not None else entries[0].gross.currency
    made_of = composed(amount, currency, rows_of(entries, ()))
    net = total((row.net for row in rows_of(entries, ()) if row.net.currency == currency), currency)
    return FilePayout(name, made_of.sums.count, net, amount, made_of.unexplained)
