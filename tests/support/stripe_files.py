"""Stripe's files made by hand from the contract: one month of a client, in every layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rowcol.domain.statements.identity import major_text


@dataclass(frozen=True)
class Sale:
    """A row of the balance: a charge, refund, dispute or fee, in cents. `payout` None: not yet."""

    name: str
    category: str
    gross: int
    fee: int
    payout: str | None
    at: str = "2026-11-10 12:00:00"
    invoice: str = ""
    charge: str = ""
    currency: str = "usd"
    caused_by: str = ""

    @property
    def source(self) -> str:
        """Stripe's id of what caused it."""
        if self.caused_by:
            return self.caused_by
        prefix = {"charge": "ch", "refund": "re", "dispute": "du"}.get(self.category, "")
        return f"{prefix}_{self.name}" if prefix else ""


@dataclass(frozen=True)
class Paid:
    """A payout, in cents."""

    name: str
    minor: int
    arrives: str
    status: str = "paid"


SALES = (
    Sale("a", "charge", 30_000, 900, "po_1", invoice="INV-2041"),
    Sale("b", "charge", 12_000, 378, "po_1", invoice="INV-2042"),
    Sale("c", "refund", -2_000, 0, "po_1", charge="ch_b"),
    Sale("d", "charge", 50_000, 1_480, "po_2", "2026-11-12 03:59:58", "INV-2043"),
    Sale("e", "dispute", -30_000, 1_500, "po_2", "2026-11-12 09:00:00", charge="ch_a"),
    Sale("f", "fee", -1_240, 0, "po_2", "2026-11-12 10:00:00"),
    Sale("g", "charge", 64_010, 1_886, None, "2026-11-17 19:44:10", "INV-2052"),
)
PAID = (Paid("po_1", 38_722, "2026-11-13"), Paid("po_2", 15_780, "2026-11-17"))


def table(rows: Iterable[Mapping[str, str]], delimiter: str = ",") -> bytes:
    """Rows as a CSV file with a header."""
    every = list(rows)
    lines = [delimiter.join(every[0])]
    lines += [delimiter.join(row.values()) for row in every]
    return "\n".join(lines).encode()


def amount(minor: int, currency: str = "usd", point: str = ".") -> str:
    """As Stripe's files write it."""
    return major_text(minor, currency.upper()).replace(".", point)


def _entry(sale: Sale, point: str) -> dict[str, str]:
    return {
        "balance_transaction_id": f"txn_{sale.name}",
        "created_utc": sale.at,
        "available_on_utc": "2026-11-12 00:00:00",
        "currency": sale.currency,
        "gross": amount(sale.gross, sale.currency, point),
        "fee": amount(sale.fee, sale.currency, point),
        "net": amount(sale.gross - sale.fee, sale.currency, point),
        "reporting_category": sale.category,
        "source_id": sale.source,
        "description": f"Payment for Invoice {sale.invoice}" if sale.invoice else "Usage Fee",
        "charge_id": sale.charge or (sale.source if sale.category == "charge" else ""),
        "automatic_payout_id": sale.payout or "",
    }


def reconciliation(sales: Sequence[Sale] = SALES, point: str = ".") -> bytes:
    """Payout reconciliation: rows of payouts alone."""
    delimiter = ";" if point == "," else ","
    return table((_entry(sale, point) for sale in sales if sale.payout), delimiter)


def balance_change(sales: Sequence[Sale] = SALES) -> bytes:
    """All activity, columns in another order."""
    return table(dict(reversed(_entry(sale, ".").items())) for sale in sales)


def balance_history(sales: Sequence[Sale] = SALES) -> bytes:
    """The Dashboard's, with a byte order mark and minutes."""
    kinds = {"fee": "stripe_fee", "dispute": "adjustment"}
    rows = (
        {
            "id": f"txn_{sale.name}",
            "Type": kinds.get(sale.category, sale.category),
            "Source": sale.source,
            "Amount": amount(sale.gross, sale.currency),
            "Fee": amount(sale.fee, sale.currency),
            "Net": amount(sale.gross - sale.fee, sale.currency),
            "Currency": sale.currency,
            "Created (UTC)": sale.at[:16],
            "Transfer": sale.payout or "",
        }
        for sale in sales
    )
    return b"\xef\xbb\xbf" + table(rows)


def payments(sales: Sequence[Sale] = SALES) -> bytes:
    """The Dashboard's payments: charges, refunds as a column, and one that failed."""
    rows = [
        {
            "id": sale.source,
            "Created date (UTC)": sale.at,
            "Amount": amount(sale.gross),
            "Amount Refunded": amount(_refunded(sale, sales)),
            "Currency": sale.currency,
            "Fee": amount(sale.fee),
            "Status": "Paid",
            "Transfer": sale.payout or "",
            "Mode": "Live",
            "qbo_invoice_doc_number (metadata)": sale.invoice,
        }
        for sale in sales
        if sale.category == "charge"
    ]
    failed = {**rows[0], "id": "ch_failed", "Status": "Failed", "Transfer": "", "Fee": "0.00"}
    test = {**rows[0], "id": "ch_test", "Mode": "Test"}
    return table([*rows, failed, test])


def _refunded(charge: Sale, sales: Sequence[Sale]) -> int:
    return -sum(
        one.gross for one in sales if one.category == "refund" and one.charge == charge.source
    )


def payouts(paid: Sequence[Paid] = PAID) -> bytes:
    """The payouts report: negative amounts."""
    return table(
        {
            "payout_id": one.name,
            "effective_at_utc": f"{one.arrives} 00:00:00",
            "currency": "usd",
            "gross": amount(-one.minor),
            "fee": "0.00",
            "net": amount(-one.minor),
            "reporting_category": "payout",
            "balance_transaction_id": f"txn_{one.name}",
            "payout_expected_arrival_date": one.arrives,
            "payout_status": one.status,
        }
        for one in paid
    )


def dashboard_payouts(paid: Sequence[Paid] = PAID) -> bytes:
    """The Dashboard's payouts: positive amounts."""
    return table(
        {
            "id": one.name,
            "Amount": amount(one.minor),
            "Created (UTC)": "2026-11-11 00:21",
            "Currency": "usd",
            "Livemode": "true",
            "Arrival Date (UTC)": f"{one.arrives} 00:00",
            "Status": one.status,
            "Trace ID": "",
        }
        for one in paid
    )
