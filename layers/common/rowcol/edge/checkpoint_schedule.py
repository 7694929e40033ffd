"""The scheduled run that has the day's checkpoint taken."""

from __future__ import annotations

from rowcol.edge.observability import count, line
from rowcol.service.checkpoint_ports import Checkpoints
from rowcol.service.checkpoints import take_checkpoint
from rowcol.service.environment import Environment


class NoCheckpoints(Exception):
    """This process was not given where checkpoints are kept: a defect of its wiring."""


def take_todays(environment: Environment, kept: Checkpoints | None) -> dict[str, object]:
    """Take today's, or find it taken. What is counted says that the day has one.

    Raises BadCheckpoint, CheckpointsUnavailable: the next run tries again, and alarms sound.
    """
    if kept is None:
        raise NoCheckpoints
    taken = take_checkpoint(environment, kept)
    statement, broken = taken.checkpoint.statement, len(taken.broken)
    count("CheckpointTaken", 1)
    count("ChainsBroken", broken)
    line("checkpoint", day=statement.day.isoformat(), is_new=taken.is_new, broken=broken)
    return {
        "day": statement.day.isoformat(),
        "hash": statement.hash,
        "heads": statement.count,
        "is_new": taken.is_new,
        "broken": broken,
    }
