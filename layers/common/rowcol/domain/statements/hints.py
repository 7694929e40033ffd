"""What is known of a statement file before it is read."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.statements.profile import MappingProfile


@dataclass(frozen=True, slots=True)
class Hints:
    """What the caller knows: the account's currency (ISO 4217) and last four digits, if it does.

    `profiles` are the client's saved mappings, `profile` is the answer to a question: it is used
    whatever the header looks like. The file's name only earns a warning.
    """

    currency: str = "USD"
    ending: str = ""
    file_name: str = ""
    profiles: tuple[MappingProfile, ...] = ()
    profile: MappingProfile | None = None
