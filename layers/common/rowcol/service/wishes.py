"""What is asked of Ramp in writing before it is sent, and the answer a console command gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.bill import (
    Bill,
    RailCommand,
)
from rowcol.domain.payment import Payment
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN

RAMP_LINK = "https://app.ramp.com/bills"
CLEAR_DATE = "clear_date"
SET_DATE = "set_date"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The bill after the command, and its payment when one was made."""

    bill: Bill
    payment: Payment | None = None


def ask_to_clear(environment: Environment, change: Change, bill: Bill) -> Bill:
    """Write ahead the wish that Ramp's date be cleared; sweep and stream carry it out."""
    command = RailCommand(environment.surroundings.ids.new("cmd"), CLEAR_DATE, change.now)
    return replace(bill, command=command, due=change.now + START_WITHIN)
