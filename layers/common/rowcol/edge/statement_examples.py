"""Valid bodies of the routes of statement files, for the description and for tests."""

from __future__ import annotations

import base64

_FILE = (
    b"Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
    b"DEBIT,11/18/2026,LAKESIDE CATERING,-480.00,ACH_DEBIT,9520.00,,\n"
)
STATEMENT: dict[str, object] = {
    "file_name": "November.csv",
    "content": base64.b64encode(_FILE).decode(),
}
UPLOAD: dict[str, object] = {"file_name": "2026.csv", "size_bytes": 9_000_000}
MAPPING: dict[str, object] = {
    "name": "Lakeside Credit Union",
    "columns": {"booked": "date", "text": "description", "value": "amount"},
    "ignored": ["category"],
    "date_order": "month_first",
}
ANSWERS: dict[str, object] = {"accounts": [{"account": 0, "bank_account_id": "new"}]}
