"""Stripe's layouts as data: by which columns a file is known, and which column says what.

Columns can be chosen and put in any order by whoever ran a report, so they are bound by name; what
is not named here is left alone (stripe contract, section 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rowcol.domain.receivables.file_reading import Layout


@dataclass(frozen=True, slots=True)
class Columns:
    """A file that has all `needed` columns is of the layout. `money`: columns that hold amounts."""

    layout: Layout
    needed: frozenset[str]
    money: tuple[str, ...]


LAYOUTS: Sequence[Columns] = (
    Columns(
        Layout.PAYOUTS,
        frozenset({"payout_id", "currency", "gross", "fee", "net", "reporting_category"}),
        ("gross", "fee", "net"),
    ),
    Columns(
        # A balance change report has the same columns; rows without a payout make it one.
        Layout.PAYOUT_RECONCILIATION,
        frozenset({
            "balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category",
        }),
        ("gross", "fee", "net", "customer_facing_amount"),
    ),
    Columns(
        Layout.BALANCE_HISTORY,
        frozenset({"id", "type", "source", "amount", "fee", "net", "currency", "created (utc)"}),
        ("amount", "fee", "net"),
    ),
    Columns(
        Layout.DASHBOARD_PAYOUTS,
        frozenset({"id", "amount", "currency", "arrival date (utc)", "status"}),
        ("amount",),
    ),
    Columns(
        Layout.DASHBOARD_PAYMENTS,
        frozenset({"id", "amount", "amount refunded", "currency", "status"}),
        ("amount", "amount refunded", "converted amount", "converted amount refunded", "fee"),
    ),
)  # fmt: skip


def layout_of(header: Sequence[str]) -> Columns | None:
    """The layout that a header row has all columns of; None for none. Words are lower case."""
    words = set(header)
    return next((one for one in LAYOUTS if one.needed <= words), None)


@dataclass(frozen=True, slots=True)
class Cells:
    """One row's cells by column, stripped; a column that the file lacks is empty."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    def first(self, *columns: str) -> str:
        """The first of these columns that says something."""
        return next((self[column] for column in columns if self[column]), "")

    def metadata(self, key: str) -> str:
        """A key of the payment's metadata, in a report's or the Dashboard's way of naming it."""
        return self.first(f"payment_metadata[{key}]", f"{key} (metadata)")
