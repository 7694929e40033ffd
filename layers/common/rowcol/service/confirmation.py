"""What a command did is what the rail shows afterwards, not what was sent, nor only its answer."""

from __future__ import annotations

from collections.abc import Callable

from rowcol.domain.facts import RailBill
from rowcol.service.ports import (
    CommandAccepted,
    CommandResult,
    ExecutionRail,
    OutcomeUnknown,
    RailError,
)


def read_back(
    rail: ExecutionRail, result: CommandResult, done: Callable[[RailBill], bool]
) -> CommandResult:
    """An accepted command with its bill as read once more; other results as they are.

    `done`: whether a bill shows what was asked. Answer and reading that disagree are an unknown
    outcome. A rail that cannot be read now leaves the answer: the next reading tells.
    """
    if not isinstance(result, CommandAccepted):
        return result
    try:
        shown = rail.read_bill(result.bill.bill_id)
    except RailError:
        return result
    if shown is None:
        return OutcomeUnknown("accepted, and then the bill is unknown there")
    if done(result.bill) and not done(shown):
        return OutcomeUnknown(f"accepted, and then it shows {shown.raw_state[:60]} without it")
    return CommandAccepted(shown)
