"""An answer of the change feed as facts."""

from __future__ import annotations

from rowcol.domain.facts import CreditKind, LedgerChanges, ReadInterval
from rowcol.rails.qbo import wire
from rowcol.rails.qbo.changes import RAIL, Changed
from rowcol.rails.qbo.translate import ledger_bill, ledger_invoice, ledger_payment
from rowcol.rails.qbo.translate_reference import CREDITS, ledger_vendor
from rowcol.rails.wire_reading import Model, model


def ledger_changes(found: Changed) -> LedgerChanges:
    """What changed, and ids of what was deleted. Raises RailProtocolError for what has no shape."""

    def living(name: str, kind: type[Model]) -> list[tuple[Model, ReadInterval]]:
        rows = found.living.get(name, {}).values()
        return [(model(RAIL, kind, row), at) for row, at in rows]

    return LedgerChanges(
        bills=tuple(ledger_bill(*row) for row in living("Bill", wire.Bill)),
        payments=tuple(ledger_payment(*row) for row in living("BillPayment", wire.BillPayment)),
        invoices=tuple(ledger_invoice(*row) for row in living("Invoice", wire.Invoice)),
        deleted_bill_ids=tuple(found.deleted.get("Bill", {})),
        deleted_payment_ids=tuple(found.deleted.get("BillPayment", {})),
        deleted_invoice_ids=tuple(found.deleted.get("Invoice", {})),
        complete=found.complete,
        vendors=tuple(ledger_vendor(*row) for row in living("Vendor", wire.Vendor)),
        credits=tuple(
            translate(*row)
            for kind, translate in CREDITS.items()
            for row in found.living.get(kind, {}).values()
        ),
        payments_changed_at=tuple(
            (name, at) for (entity, name), at in found.times.items() if entity == "BillPayment"
        ),
        deleted_credits=tuple(
            (kind, name) for kind in CreditKind for name in found.deleted.get(kind, {})
        ),
    )
