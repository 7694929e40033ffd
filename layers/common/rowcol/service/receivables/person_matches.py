"""A person says which invoice a charge pays, or that it pays none: words that no rule overrules."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.collected import ChargeMatch, ChargeMethod, ChargeState, InvoiceFound
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.change import Change
from rowcol.service.receivables.charges import keep_match


@dataclass(frozen=True, slots=True)
class ChargeSaid:
    """What the person says. `charge_id`: our id of it; `invoice_id` None: it pays none."""

    charge_id: str
    invoice_id: str | None
    reason: str


def say_charge(change: Change, said: ChargeSaid) -> ChargeMatch | Refusal:
    """Keep what a person says of a charge; later events change its amounts, never its invoice.

    Refused: `not_found`, `wrong_state` (no money came), `currency_mismatch`.
    """
    known = change.get(ChargeMatch, said.charge_id)
    is_named = said.invoice_id is not None and valid_id(said.invoice_id)
    invoice = change.get(Invoice, said.invoice_id) if said.invoice_id and is_named else None
    if known is None or (said.invoice_id is not None and invoice is None):
        return Refusal(Code.NOT_FOUND, "no such charge or invoice")
    if not known.charge.is_paid:
        return Refusal(
            Code.WRONG_STATE, "the customer's money did not come", {"status": known.charge.status}
        )
    after = replace(known, decided_by=change.actor.id, decided_at=change.now)
    if invoice is None:
        before = (known.invoice_id,) if known.invoice_id is not None else ()
        refused = tuple(dict.fromkeys((*known.refused_ids, *before)))
        after = replace(after, found=None, state=ChargeState.NONE, refused_ids=refused)
    else:
        if invoice.amount.currency != known.charge.amount.currency:
            return Refusal(
                Code.CURRENCY_MISMATCH,
                "charge and invoice are in two currencies",
                {"charge": known.charge.amount, "invoice": invoice.amount},
            )
        words = f"{change.actor.id} says so: {said.reason.strip()}"
        found = InvoiceFound(invoice.id, ChargeMethod.PERSON, words)
        left = tuple(one for one in known.refused_ids if one != invoice.id)
        after = replace(after, found=found, state=ChargeState.EXACT, refused_ids=left)
    keep_match(change, known, after)
    return after
