"""Bills as a list shows them, in words that are kept for as long as no row behind them changes."""

from __future__ import annotations

from collections.abc import Mapping
from operator import is_
from typing import Any

from local.simulators.document import Document
from local.simulators.messages import to_wire

_KEPT_MAX = 20_000


class ShownBills:
    """JSON text by bill. A document never changes a row, it replaces it: the same rows, the same
    text."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._texts: dict[str, tuple[tuple[Any, ...], str]] = {}

    def find(self, bill: Mapping[str, Any]) -> str | None:
        """The bill's text, when nothing behind it changed."""
        rows, text = self._texts.get(bill["id"], ((), ""))
        behind = self._behind(bill)
        same = len(rows) == len(behind) and all(map(is_, rows, behind))
        return text if same else None

    def keep(self, bill: Mapping[str, Any], view: Mapping[str, Any]) -> str:
        """The bill's text from now on."""
        if len(self._texts) >= _KEPT_MAX:
            self._texts.clear()
        text = to_wire(view).decode()
        self._texts[bill["id"]] = (self._behind(bill), text)
        return text

    def _behind(self, bill: Mapping[str, Any]) -> tuple[Any, ...]:
        """Every row that a bill's view is made of (view.py)."""
        rows = self._document.rows
        payment, bills = rows("payments")[bill["payment_id"]], rows("bills")
        return (
            bill,
            payment,
            rows("vendors")[bill["vendor_id"]],
            rows("businesses").get(bill["business_id"]),
            rows("settings").get("settings"),
            *(bills[bill_id] for bill_id in payment["bill_ids"]),
        )
