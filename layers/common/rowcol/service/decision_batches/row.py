"""What is told of one position of a list of decisions, checked beforehand or decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from rowcol.domain.refusal import Code


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A position, and the refusal that the single call would meet: `code` to `link`.

    `client` is None where the row named none that the caller may see.
    """

    index: int
    client: str | None
    id: str | None
    outcome: str
    code: Code | None = None
    detail: str | None = None
    numbers: dict[str, object] = field(default_factory=dict)
    remedy: str | None = None
    link: str | None = None
