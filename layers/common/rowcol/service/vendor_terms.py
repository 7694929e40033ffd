"""What was agreed with a vendor, as people tell it: no rail does."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.vendor import Vendor, VendorTerms
from rowcol.service.change import Change


def set_terms(change: Change, vendor_id: str, terms: VendorTerms, version: int) -> Vendor | Refusal:
    """Put other terms in place of those of the version seen.

    Refused: `not_found`, `version_mismatch`, `currency_mismatch`.
    """
    vendor = change.get(Vendor, vendor_id)
    if vendor is None:
        return Refusal(Code.NOT_FOUND, "no such vendor")
    if vendor.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the vendor changed since it was read",
            {"asked": version, "found": vendor.version},
        )
    if terms.late_fee is not None and terms.late_fee.currency != change.client.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            f"the client's books are in {change.client.currency}",
            {"expected": change.client.currency, "found": terms.late_fee.currency},
        )
    changed = replace(vendor, terms=terms)
    change.put(changed)
    change.state(
        "vendor.terms_changed", vendor=vendor.named, terms=terms, terms_before=vendor.terms
    )
    return changed
