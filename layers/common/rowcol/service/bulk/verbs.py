"""The verbs that batches know: the single commands' plans, and what they read, by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowcol.domain.bill import Bill
from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.permission import Permission
from rowcol.domain.posting import standing
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import valid_id
from rowcol.service import allocations
from rowcol.service.bulk import records_to_make
from rowcol.service.bulk.decision_verbs import APPROVE, DECIDE
from rowcol.service.bulk.payment_claims import payment_claims
from rowcol.service.bulk.tray_verbs import TRAY_VERBS
from rowcol.service.bulk.verb import Verb, Verbs, payments_of
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.asking import find
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.confirm import confirm
from rowcol.service.payment_commands.delete import delete
from rowcol.service.payment_commands.reset_to_draft import reset_to_draft
from rowcol.service.plan_accept import ACCEPT


def post(environment: Environment, change: Change, payment_id: str) -> Payment | Refusal:
    """Make sure that it is posted: a draft is confirmed, a posted one is fine as it is."""
    found = find(change, payment_id)
    if not isinstance(found, Refusal) and found.payment.posting is Posting.POSTED:
        return found.payment
    return confirm(environment, change, payment_id)


def _nameless(_item: str) -> str | None:
    """Records have no id before they are made."""
    return None


def _known(change: Change, items: Sequence[str]) -> Iterator[Payment]:
    payments_of(change, items)
    for item in items:
        payment = change.get(Payment, item) if valid_id(item) else None
        if payment is not None:
            yield payment


def _with_targets(change: Change, items: Sequence[str]) -> None:
    allocations.load_allocated(change, list(_known(change, items)))


def _with_entries(change: Change, items: Sequence[str]) -> None:
    """What a reset reads: entries to mirror, and the targets to give back to."""
    payments = list(_known(change, items))
    allocations.load_allocated(change, payments)
    entries = {ref.id for payment in payments for ref in standing(payment).values()}
    change.load(JournalEntry, sorted(entries))


def _with_bills(change: Change, items: Sequence[str]) -> None:
    bills = {payment.bill_id for payment in _known(change, items) if payment.bill_id is not None}
    change.load(Bill, sorted(bills))


def _reserve(change: Change, payment: Payment) -> Refusal | None:
    """Take what a draft is going to pay, so that no other payment uses it up meanwhile."""
    if not _is_to_allocate(payment):
        return None
    problem = allocations.allocation_problem(change, payment)
    if problem is None:
        allocations.allocate(change, payment)
    return problem


def _give_back(change: Change, payment: Payment) -> None:
    if _is_to_allocate(payment):
        allocations.give_back(change, payment)


def _is_to_allocate(payment: Payment) -> bool:
    return payment.posting is Posting.DRAFT and not payment.commands_rail


# As the single commands' routes ask for; a test compares.
_KEPT = payment_claims()
_ALLOCATING = payment_claims(_reserve, _give_back)
CONFIRM = Verb("confirm", Permission.POST, confirm, _with_targets, claims=_ALLOCATING)
POST = Verb("post", Permission.POST, post, _with_targets, claims=_ALLOCATING)
RESET_TO_DRAFT = Verb(
    "reset-to-draft", Permission.POST, reset_to_draft, _with_entries, claims=_KEPT
)
DELETE = Verb("delete", Permission.RECORD, delete, claims=_KEPT)
CANCEL = Verb("cancel", Permission.DECIDE, cancel, _with_bills, claims=_KEPT)
IMPORT = Verb(
    "import",
    Permission.RECORD,
    records_to_make.make,
    records_to_make.read_targets,
    named=_nameless,
    line=records_to_make.line_of,
)
_OF_PAYMENTS = (CONFIRM, POST, RESET_TO_DRAFT, DELETE, CANCEL, IMPORT)
_OTHERS = (DECIDE, APPROVE, ACCEPT, *TRAY_VERBS.values())
VERBS: Verbs = {verb.name: verb for verb in (*_OF_PAYMENTS, *_OTHERS)}
