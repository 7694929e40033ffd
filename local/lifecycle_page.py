"""Writes docs/lifecycle.md from the table that the code runs on.

Run `python -m local.lifecycle_page > docs/lifecycle.md`.
"""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.lifecycle import FINAL, TABLE, Guard, Row, Status

_INTRODUCTION = """# The life of a payment

Made from `rowcol.domain.lifecycle.TABLE` by `python -m local.lifecycle_page > docs/lifecycle.md`; a
test compares the two. A command that is not in the table is refused without a write (`wrong_state`,
or `forbidden` when somebody else would have to give it). A rail's fact is always recorded; where it
has no transition the status stays, and `unexpected_rail_state` goes to the tray.
"""


def page() -> str:
    """The whole page as Markdown: diagram, transition table, final statuses."""
    final = ", ".join(f"`{status.value}`" for status in Status if status in FINAL)
    parts = (
        _INTRODUCTION,
        "## Diagram\n",
        "```mermaid\n" + "\n".join(_diagram()) + "\n```\n",
        "## Transitions\n",
        "\n".join(_table()) + "\n",
        f"Nothing leaves {final}.",
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


if __name__ == "__main__":
    print(page())
