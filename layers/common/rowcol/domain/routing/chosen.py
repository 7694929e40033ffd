"""The route a payment was given: what is kept of it with the payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.money import Money


@dataclass(frozen=True, slots=True)
class ChosenRoute:
    """How a payment is to travel, as it was decided.

    `network` and `biller` are the rail's own words (ACH, CHECK ...; ramp). `pattern` and `sec_code`
    exist for ACH only. `send_on`: the day the rail starts; `promised_on`: the last day on which the
    payee has it if nothing goes wrong. Both are bank days. `fee` None: nobody has told it.
    """

    network: str
    pattern: str | None
    sec_code: str | None
    paper: bool
    fee: Money | None
    send_on: date
    promised_on: date
    biller: str
