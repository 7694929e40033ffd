"""How a payment at Stripe names the ledger's invoice: in its metadata, else in its description.

Source: stripe contract, section 4, rule 3. The text is a stranger's: it is compared with invoice
numbers that are known, and put into no query.
"""

from __future__ import annotations

import re

# Keys that a client writes into the metadata of its payments.
INVOICE_KEY, CUSTOMER_KEY = "qbo_invoice_doc_number", "qbo_customer_id"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,63}\Z", re.ASCII)
_INVOICE = re.compile(r"(?<![A-Za-z0-9])INV-\d{1,12}(?![A-Za-z0-9])", re.ASCII)
DESCRIPTION_CHARACTERS_MAX = 2_000


def reference(value: object) -> str:
    """A number or id as people write it; nothing for what is none."""
    text = value.strip() if isinstance(value, str) else ""
    return text if _REFERENCE.match(text) else ""


def invoice_in(description: str) -> str:
    """The one invoice number that a description names; nothing for none or several."""
    found = set(_INVOICE.findall(description[:DESCRIPTION_CHARACTERS_MAX]))
    return found.pop() if len(found) == 1 else ""


def folded_number(text: str) -> str:
    """An invoice number as numbers are compared: blanks at the ends and case do not count."""
    return text.strip().upper()
