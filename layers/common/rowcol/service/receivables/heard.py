"""What follows from new words on objects of Stripe's: one way for webhooks and for files.

Every step may be repeated and looks only at what is stored, so that a crash between two of them is
made good by whoever comes again: the event that is not marked as applied, the import that is not
finished.
"""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.receivables.told import Field, ObjectKind, StripeObject, Told
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.receivables.charges import follow_charges, rematch_charges
from rowcol.service.receivables.given_back import follow_given_back
from rowcol.service.receivables.keep import Kept, hear
from rowcol.service.receivables.payouts import follow_payouts, match_payouts


def take_words(environment: Environment, scope: Scope, told: Iterable[Told], claim: str) -> Kept:
    """Keep words and follow what they are about."""
    kept = hear(environment.store.books(scope), told, claim)
    follow(environment, scope, kept)
    return kept


def match_receivables(environment: Environment, scope: Scope) -> int:
    """After new bank lines: payouts that they show, charges whose invoice came late."""
    moved = match_payouts(environment, scope)
    return moved + rematch_charges(environment, scope)


def follow(environment: Environment, scope: Scope, kept: Kept) -> None:
    """Bring charges, what they gave back, and payouts up to date with what is stored of them.

    Unchanged ones too: whoever stored them may have died before this.
    """
    follow_customers(environment, scope, kept)
    payouts: set[str] = set()
    for known in (*kept.objects.values(), *kept.before.values()):
        if known.type is ObjectKind.PAYOUT:
            payouts.add(known.stripe_id)
        payouts |= _named(known, known.told.get(Field.PAYOUT))
    follow_payouts(environment, scope, sorted(payouts))


def follow_customers(environment: Environment, scope: Scope, kept: Kept) -> None:
    """The same without payouts: half of the rows of one would be a false alarm."""
    charges: set[str] = set()
    backs: set[str] = set()
    for known in (*kept.objects.values(), *kept.before.values()):
        charge_id = known.told.get(Field.CHARGE)
        if known.type is ObjectKind.CHARGE:
            charges.add(known.stripe_id)
        if known.type in (ObjectKind.REFUND, ObjectKind.DISPUTE):
            backs.add(known.id)
        if known.type is ObjectKind.INVOICE and charge_id:
            charges.add(charge_id)
    charges |= follow_given_back(environment, scope, backs)
    follow_charges(environment, scope, sorted(charges))


def _named(known: StripeObject, payout_id: str | None) -> set[str]:
    moves = known.type in (ObjectKind.ENTRY, ObjectKind.CHARGE)
    return {payout_id} if moves and payout_id else set()
