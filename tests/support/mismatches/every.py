"""Every kind of mismatch on every side where it can occur, as things that happen there."""

from __future__ import annotations

# Each registers its own.
from tests.support.mismatches import cash_cases, ledger_cases, rail_cases
from tests.support.mismatches.case import CASES, Case
from tests.support.mismatches.script import Script, mend, play

OTHER_VENDOR = "Lakeside Catering"
__all__ = ["CASES", "OTHER_VENDOR", "Case", "Script", "mend", "play"]
_SIDES = (rail_cases, ledger_cases, cash_cases)
