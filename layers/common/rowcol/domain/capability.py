"""What a rail can be asked to do, as data.

Kept free of everything else, so that anybody may read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Support(StrEnum):
    """Whether a rail has a lever.

    DETECTED: only some accounts have it, and the first call tells.
    """

    YES = "yes"
    DETECTED = "detected"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Capability:
    """One lever: its stable name, whether there is one, and where a person does it instead.

    `later`: what RowCol would do with a lever that the rail does not offer (yet): parked.
    """

    name: str
    support: Support
    meaning: str
    link: str | None = None
    later: str | None = None
