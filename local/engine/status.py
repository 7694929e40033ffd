"""The status file: how a running engine tells other processes where everything is."""

import json
from pathlib import Path
from typing import Any


def write_status(path: Path, document: dict[str, Any]) -> None:
    """Replace the status file in one step, so that a reader never sees half of it."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(document, indent=2), encoding="utf-8")
    temporary.replace(path)


def read_status(path: Path) -> dict[str, Any] | None:
    """The status, or None while the engine has not written one."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return document
