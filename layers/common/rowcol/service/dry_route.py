"""How a payment would travel, asked without effect."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask
from rowcol.domain.routing.router import Route, route
from rowcol.service.decision_rules import no_date_lever_of
from rowcol.service.route_request import terms_for, way_of


def dry_route(client: Client, ask: Ask, bill: Bill | None) -> Route | Refusal:
    """What a decision would do. A bill keeps its method; what others would do is told, not taken.

    Besides what `route` refuses: `capability_missing` when this Ramp account takes no dates,
    `bill_not_open`.
    """
    if bill is not None and not bill.is_open:
        return Refusal(
            Code.BILL_NOT_OPEN,
            f"the bill is {bill.rail.raw_state} in Ramp",
            {"state": bill.rail.raw_state},
        )
    refused = no_date_lever_of(client)
    if refused is not None:
        return refused
    if bill is not None:
        ask = replace(ask, set_to=way_of(bill.rail))
    return route(ask, terms_for(client, bill.rail if bill is not None else None))
