"""What follows from a changed payment, in the same write, whoever changed it.

Limit usage and journal entries are differences of what a payment was and what it is: a use case
that moves a payment cannot forget them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service.limit_usage import usage_moves
from rowcol.service.limits import people_within_limits
from rowcol.service.payment_posting import follow_posting

if TYPE_CHECKING:
    from rowcol.service.change import Change


def follow(change: Change) -> Refusal | None:
    """Add to a planned change what its payments entail; a refusal when limits forbid it.

    Raises what its parts raise: defects.
    """
    refused = people_within_limits(change)
    if refused is not None:
        return refused
    for put in tuple(change.puts.values()):
        if isinstance(put, Payment):
            follow_posting(change, put)
    change.counters.extend(usage_moves(change))
    return None
