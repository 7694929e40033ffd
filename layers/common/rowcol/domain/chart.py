"""The chart of control accounts, as data: what RowCol's own journal is kept on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Normal(StrEnum):
    """The side on which an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class ControlAccount:
    """A control account. `code` is stable; `per_bank_account`: its lines name one."""

    code: str
    name: str
    normal: Normal
    purpose: str
    per_bank_account: bool = False


CASH = ControlAccount(
    "1000", "Cash at bank", Normal.DEBIT, "what the bank has shown as moved", True
)
CASH_IN_TRANSIT = ControlAccount(
    "1010", "Cash in transit", Normal.DEBIT, "sent or received, not seen at the bank yet", True
)
TRANSFERS = ControlAccount(
    "1020", "Transfers clearing", Normal.DEBIT, "between own accounts, not arrived yet", True
)
RECEIVABLE = ControlAccount(
    "1100", "Accounts receivable", Normal.DEBIT, "owed by customers, and given back to them"
)
VENDOR_CREDITS = ControlAccount(
    "1200", "Vendor credits", Normal.DEBIT, "a vendor's credit used up instead of money"
)
PAYABLE = ControlAccount("2000", "Accounts payable", Normal.CREDIT, "owed to vendors")
CARD_PAYABLE = ControlAccount(
    "2100", "Card payable", Normal.CREDIT, "paid by a card of the execution rail"
)
BANK_FEES = ControlAccount("6000", "Bank fees", Normal.DEBIT, "what banks and rails charge")

CHART: tuple[ControlAccount, ...] = (
    CASH,
    CASH_IN_TRANSIT,
    TRANSFERS,
    RECEIVABLE,
    VENDOR_CREDITS,
    PAYABLE,
    CARD_PAYABLE,
    BANK_FEES,
)
BY_CODE: dict[str, ControlAccount] = {account.code: account for account in CHART}
