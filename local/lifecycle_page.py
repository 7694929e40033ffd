"""Writes docs/lifecycle.md from the tables that the code runs on.

Run `python -m local.lifecycle_page > docs/lifecycle.md`.
"""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.holds import HOLDS, HoldRule, Lifter
from rowcol.domain.lifecycle import FINAL, TABLE, Guard, Row, Status

_INTRODUCTION = """# The life of a payment

Made from the tables in `domain/lifecycle.py` and `domain/holds.py` by
`python -m local.lifecycle_page > docs/lifecycle.md`; a test compares them. A command that is not in
the table is refused without a write (`wrong_state`, or `forbidden` when somebody else would have to
give it). A rail's fact is always recorded; where it has no transition the status stays, and
`unexpected_rail_state` goes to the tray.
"""

_HOLDS = """
## Holds

Why a payment does not move: the `kind` of its `hold`. Lifting one never merely changes the status:
bill, ledger and cash are looked at again, and Ramp is asked for a date anew. A hold whose kind this
table does not have can only be cancelled.

- *Who lifts it*: LIFTERS.
- *Stops Ramp*: a date that Ramp carries for the bill is taken off.
- *New date*: `reschedule` ends the hold, for its reason belonged to the day.
- *Evidence*: lifting it needs a reference to what was shown.
"""
_WORDS = {
    Lifter.SYSTEM: "RowCol looks again every hour; an approver may have it look now",
    Lifter.FACT: "ends by itself when what it waits for is there",
    Lifter.RAIL: "only the rail's word ends it",
    Lifter.APPROVER: "an approver, releaser, client owner or firm admin",
    Lifter.SECOND_PERSON: "one of these who neither staged nor decided it",
    Lifter.ADMIN: "a releaser, client owner or firm admin",
    Lifter.NOBODY: "it can only be cancelled",
}


def page() -> str:
    """The whole page as Markdown: diagram, transition table, final statuses, holds."""
    final = ", ".join(f"`{status.value}`" for status in Status if status in FINAL)
    parts = (
        _INTRODUCTION,
        "## Diagram\n",
        "```mermaid\n" + "\n".join(_diagram()) + "\n```\n",
        "## Transitions\n",
        "\n".join(_table()) + "\n",
        f"Nothing leaves {final}.",
        _HOLDS.replace("LIFTERS", "; ".join(f"`{one}`: {text}" for one, text in _WORDS.items())),
        "\n".join(_holds()),
    )
    return "\n".join(parts)


def _diagram() -> Iterable[str]:
    yield "stateDiagram-v2"
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        source = row.source.value if row.source else "[*]"
        arrows.setdefault((source, row.target.value), []).append(row.trigger.value)
    for (source, target), triggers in arrows.items():
        yield f"    {source} --> {target}: {', '.join(triggers)}"
    for status in Status:
        if status in FINAL:
            yield f"    {status.value} --> [*]"


def _table() -> Iterable[str]:
    yield "| From | Trigger | To | By | Only when | Note |"
    yield "|---|---|---|---|---|---|"
    for row in TABLE:
        yield _line(row)


def _line(row: Row) -> str:
    source = f"`{row.source.value}`" if row.source else "new"
    by = " or ".join(one.value for one in (row.by, row.or_by) if one)
    guard = row.guard.value if row.guard is not Guard.NONE else ""
    cells = (source, f"`{row.trigger.value}`", f"`{row.target.value}`", by, guard, row.note)
    return "| " + " | ".join(cells) + " |"


def _holds() -> Iterable[str]:
    yield "| Hold | Who lifts it | Stops Ramp | New date | Evidence | Lifting | What mends it |"
    yield "|---|---|---|---|---|---|---|"
    for rule in HOLDS.values():
        yield _hold_line(rule)


def _hold_line(rule: HoldRule) -> str:
    flags = (rule.stops_rail, rule.new_date_heals, rule.needs_evidence)
    shown = ("yes" if flag else "" for flag in flags)
    cells = (f"`{rule.kind}`", f"`{rule.lifter}`", *shown, rule.lifting, rule.remedy)
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(page())
