"""Take one of Stripe's files in and say what is in it: nothing reaches the books."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from rowcol.domain.client import Client
from rowcol.domain.money import Money, total
from rowcol.domain.plain import to_plain
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
from rowcol.domain.statements.file import KEPT, FileState
from rowcol.domain.statements.parts import AppliedFile, applied_id
from rowcol.domain.statements.reading import Problem, ProblemCode, Rejected
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.statements.asking import Who
from rowcol.service.statements.look import desk_of
from rowcol.service.statements.ports import NoStatementDesk
from rowcol.service.statements.submit import rejected
from rowcol.service.store import Books, Command

ID_CHARACTERS = 26
PREFIX = "stf_"
# By which the books know that a file is held: the account of all of Stripe's files.
ACCOUNT = "stripe"
NO_FILE = Refusal(Code.NOT_FOUND, "no such file of Stripe's")
Plan = Callable[[Change], StripeFile | Refusal]


def preview(
    environment: Environment,
    scope: Scope,
    who: Who,
    name: str,
    content: bytes,
    decimal: str | None,
) -> StripeFile | Refusal:
    """Keep a file and say what is in it; one that asks something waits for another sending.

    Refused: `import_unreadable` with the reason, line and first bad rows; `not_found`,
    `idempotency_key_reused`, `forbidden`. Raises FilesUnavailable.
    """
    books = environment.store.books(scope)
    if books.get(Client, scope.client) is None:
        return Refusal(Code.NOT_FOUND, "no such client")
    if books.command(who.asked.key) is not None:
        return ask_once(environment, scope, who, lambda _: NO_FILE)
    outcome = read(environment, content, decimal)
    if isinstance(outcome, Rejected):
        refused = replace(rejected(outcome), remedy="export the report again, as CSV")
        return ask_once(environment, scope, who, lambda _: refused)
    digest = hashlib.sha256(content).hexdigest()
    file_id = f"{PREFIX}{who.asked.key[:ID_CHARACTERS]}"
    now = environment.now()
    file = StripeFile(
        file_id, 0, FileState.PREVIEWED, name.strip()[:200], f"{file_id}-{digest[:32]}",
        len(content), digest, now, who.actor.id, decimal, due=now + KEPT,
    )  # fmt: skip
    if isinstance(outcome, DecimalQuestion):
        file = replace(file, state=FileState.ASKING, question=outcome)
    else:
        file = replace(file, seen=_seen(books, outcome, digest))
        desk_of(environment).files.keep(scope, file.object_name, content)

    def plan(change: Change) -> StripeFile:
        change.put(file)
        change.state("stripe_file.previewed", stripe_file=shown_stripe_file(file))
        return file

    return ask_once(environment, scope, who, plan)


def read(environment: Environment, content: bytes, decimal: str | None) -> StripeOutcome:
    """A file's outcome by the reader that was wired. Raises NoStatementDesk without one."""
    reader = desk_of(environment).read_stripe
    if reader is None:
        raise NoStatementDesk("no reader of Stripe's files")
    return reader(content, decimal)


def ask_once(environment: Environment, scope: Scope, who: Who, plan: Plan) -> StripeFile | Refusal:
    """Run a command once per key; asked again, the file is shown as it is by then."""
    result = transact(
        environment.store, environment.surroundings, scope, who.actor, plan,
        asked=who.asked, answer=_answer, checks=who.checks,
    )  # fmt: skip
    if not isinstance(result, Command):
        return result
    refused = result.answer.get("refusal")
    if isinstance(refused, dict):
        code, numbers = Code(refused["code"]), refused["numbers"]
        return Refusal(code, refused["detail"], numbers, refused["remedy"])
    name = str(result.answer["stripe_file"])
    return environment.store.books(scope).get(StripeFile, name) or NO_FILE


def _answer(result: StripeFile | Refusal) -> dict[str, object]:
    if isinstance(result, StripeFile):
        return {"stripe_file": result.id}
    return {"refusal": to_plain(result)}


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
