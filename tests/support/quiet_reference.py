"""A ledger of which data checks learn nothing: no vendors, no open bills, no credits."""

from __future__ import annotations

from datetime import UTC, datetime

from rowcol.domain.facts import (
    LedgerBill,
    LedgerCredit,
    LedgerPreferences,
    LedgerVendor,
    ReadInterval,
)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class QuietReference:
    """What a scripted ledger answers that is about something else."""

    def read_vendor(self, vendor_id: str) -> LedgerVendor | None:
        """Active, whoever it is."""
        return LedgerVendor(vendor_id, "", True, ReadInterval(LONG_AGO, LONG_AGO))

    def active_vendors(self) -> tuple[LedgerVendor, ...]:
        """None."""
        return ()

    def open_bills(self) -> tuple[LedgerBill, ...]:
        """None."""
        return ()

    def credits_since(self, since: datetime) -> tuple[LedgerCredit, ...]:
        """None."""
        return ()

    def preferences(self) -> LedgerPreferences:
        """No period is closed."""
        return LedgerPreferences(None, ReadInterval(LONG_AGO, LONG_AGO))
