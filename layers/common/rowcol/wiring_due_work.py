"""What the minute sweep has besides: files of statements and exports that wait."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from rowcol import wiring_exports, wiring_statements
from rowcol.service.environment import Environment


@cache
def environment() -> Environment:
    """The usual one, with statements and exports. KeyError names a missing variable."""
    return replace(wiring_statements.environment(), exports=wiring_exports.desk())
