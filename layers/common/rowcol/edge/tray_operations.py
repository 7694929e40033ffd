"""Everything that the function tray_admin serves."""

from __future__ import annotations

from dataclasses import asdict

from rowcol.edge import replay, tray_commands, tray_queries
from rowcol.edge.observability import count, line
from rowcol.edge.operation import Operations, table
from rowcol.service.dead_letters import tell_letters
from rowcol.service.environment import Environment
from rowcol.service.replay_ports import DeadLetters

_PARTS: tuple[Operations, ...] = (
    tray_commands.COMMANDS,
    replay.COMMANDS,
    tray_queries.READS,
    tray_commands.READS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())


def look_at_dead_letters(environment: Environment, letters: DeadLetters) -> dict[str, object]:
    """Bring the tray up to the queues of what was given up; one line about it."""
    looked = tell_letters(environment, letters)
    shown: dict[str, object] = asdict(looked)
    line("dead_letters", **shown)
    if looked.told:
        count("DeadLettersTold", looked.told)
    return shown
