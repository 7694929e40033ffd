"""What a payout is made of: charges less fees, refunds and disputes, to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rowcol.domain.money import Money, total
from rowcol.domain.receivables.amounts import Part
from rowcol.domain.receivables.objects import Charge, Entry


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One thing that a payout holds. `entry_id` None: only an export of payments tells of it."""

    id: str
    entry_id: str | None
    part: Part
    category: str
    gross: Money
    fee: Money
    charge_id: str | None
    description: str

    @property
    def net(self) -> Money:
        """What it adds to the payout."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class PayoutSums:
    """Rows of one currency added up: gross by part, what Stripe keeps of them, and what is left.

    charges + refunds + disputes + adjustments + billed - fees = net; refunds and disputes are
    negative. `fees`: of single rows (a charge's, a dispute's), `billed`: what Stripe bills apart.
    """

    charges: Money
    refunds: Money
    disputes: Money
    adjustments: Money
    billed: Money
    fees: Money
    net: Money
    count: int


@dataclass(frozen=True, slots=True)
class Composition:
    """A payout and its rows. `unexplained`: its amount less their net; None without an amount.

    `other_currencies`: how many rows were left alone, for nothing is added across currencies.
    """

    sums: PayoutSums
    unexplained: Money | None
    other_currencies: int

    @property
    def is_explained(self) -> bool:
        """Whether rows make the amount, to the minor unit."""
        return self.unexplained is not None and self.unexplained.minor == 0


def rows_of(entries: Iterable[Entry], charges: Iterable[Charge]) -> tuple[PayoutRow, ...]:
    """Rows of a payout, in time: its entries, and charges of it whose entry is not known.

    An export of payments names the payout of a charge and its fee, but no entry; once the entry
    comes, the charge stands for nothing.
    """
    found: list[tuple[str, PayoutRow]] = []
    covered: set[str] = set()
    for entry in entries:
        if entry.part is Part.PAYOUTS:
            continue
        covered |= {entry.id, entry.source_id or ""}
        row = PayoutRow(
            entry.source_id or entry.id,
            entry.id,
            entry.part,
            entry.category,
            entry.gross,
            entry.fee,
            entry.charge_id,
            entry.description,
        )
        found.append((f"{entry.created_at.isoformat()} {entry.id}", row))
    for charge in charges:
        known = {charge.id, charge.entry_id or charge.id} & covered
        if known or charge.settled is None or charge.fee is None or not charge.is_paid:
            continue
        row = PayoutRow(
            charge.id, None, Part.CHARGES, "charge", charge.settled, charge.fee, charge.id, ""
        )
        found.append((f"{charge.created_at.isoformat()} {charge.id}", row))
    return tuple(row for _, row in sorted(found, key=lambda pair: pair[0]))


def sums_of(rows: Iterable[PayoutRow], currency: str) -> PayoutSums:
    """Rows of one currency added up; others are left alone."""
    own = [row for row in rows if row.gross.currency == currency]

    def gross(part: Part) -> Money:
        return total((row.gross for row in own if row.part is part), currency)

    return PayoutSums(
        gross(Part.CHARGES),
        gross(Part.REFUNDS),
        gross(Part.DISPUTES),
        gross(Part.ADJUSTMENTS),
        gross(Part.FEES),
        total((row.fee for row in own), currency),
        total((row.net for row in own), currency),
        len(own),
    )


def composed(amount: Money | None, currency: str, rows: tuple[PayoutRow, ...]) -> Composition:
    """What a payout of `amount` is made of, and what of it nobody has explained."""
    sums = sums_of(rows, currency)
    left = amount - sums.net if amount is not None else None
    return Composition(sums, left, len(rows) - sums.count)
