"""An aggregate as the log shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowcol.domain.plain import to_plain

if TYPE_CHECKING:
    from rowcol.service.store import Aggregate


def shown_in_log(aggregate: Aggregate) -> dict[str, object]:
    """What the log keeps: all but the version (the write decides it) and workflow tokens.

    A batch's claim is not shown either: it comes and goes without an entry of the payment; nor what
    an item of the tray has been through, or which items a bill has, for each of them has entries of
    its own.
    """
    plain: dict[str, object] = to_plain(aggregate)
    for kept in ("version", "acts", "tray_kinds"):
        plain.pop(kept, None)
    for held in ("batch_id", "claim"):
        if held in plain:
            plain[held] = None
    custody = plain.get("custody")
    if isinstance(custody, dict):
        custody.pop("token", None)
    return plain
