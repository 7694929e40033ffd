"""Writes docs/connections.md from the table that the code runs on.

Run `python -m local.connections_page > docs/connections.md`.
"""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.connection import USABLE, WARN_DAYS, ConnectionState
from rowcol.domain.connection_health import EVENT_OF_CODE, ITEMS, TABLE, TO_DO, TROUBLES_MAX, Event

_INTRODUCTION = f"""# The life of a connection

Made from the table in `domain/connection_health.py` by
`python -m local.connections_page > docs/connections.md`; a test compares them. One connection per
client and rail, and one per item (bank login) of Plaid. Why it is so:
[0033](decisions/0033-connections.md); the routes: [api.md](api.md#connections).

A change of state is one write: the connection, the fact `connection.state_changed` and the tray
item. A refused refresh is first written down by whoever was refused; the minute sweep tells it.
Before a consent ends, a person is told {", ".join(str(days) for days in WARN_DAYS[:-1])} and
{WARN_DAYS[-1]} days ahead (`connection_ends`); `troubled` are {TROUBLES_MAX} runs in a row that
failed in passing.
"""


def page() -> str:
    """The whole page as Markdown: states, events by state, codes."""
    parts = (
        _INTRODUCTION,
        "## States\n",
        "\n".join(_states()) + "\n",
        "## What leads where\n",
        "\n".join(_moves()) + "\n",
        "## What a code means\n",
        "Any other code of a broken connection is `login_needed`.\n",
        "\n".join(_codes()),
    )
    return "\n".join(parts)


def _states() -> Iterable[str]:
    yield "| State | Calls are made | Tray item | Severity | What a person does |"
    yield "|---|---|---|---|---|"
    for state in ConnectionState:
        kind, severity, _ = ITEMS.get(state, ("", "", ""))
        calls = "yes" if state in USABLE else "no"
        item = f"`{kind}`" if kind else ""
        yield f"| `{state}` | {calls} | {item} | {severity} | {TO_DO[state] or 'nothing'} |"


def _moves() -> Iterable[str]:
    yield "| Event | " + " | ".join(f"`{state}`" for state in ConnectionState) + " |"
    yield "|---|" + "---|" * len(ConnectionState)
    for event in Event:
        found = (TABLE[state][event] for state in ConnectionState)
        cells = (
            f"`{target}`" if target is not state else ""
            for state, target in zip(ConnectionState, found, strict=True)
        )
        yield f"| `{event}` | " + " | ".join(cells) + " |"


def _codes() -> Iterable[str]:
    yield "| Code | Event |"
    yield "|---|---|"
    for code, event in EVENT_OF_CODE.items():
        yield f"| `{code}` | `{event}` |"


if __name__ == "__main__":
    print(page())
