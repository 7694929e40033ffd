"""What a bank calls a party: learned from what people confirmed, un-learned when undone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.cash_matching.text import normalised, tokens

TAUGHT_KEPT = 20
PARTIES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Taught:
    """One party that a text was confirmed to be of, and by which matches."""

    party_id: str
    party_name: str
    match_ids: tuple[str, ...]
    taught_at: datetime


@dataclass(frozen=True, slots=True)
class BankAlias(NeverDue):
    """The aggregate. `text`: normalised. A text that is several parties' tells nothing."""

    id: str
    version: int
    text: str
    parties: tuple[Taught, ...] = ()

    kind = "bankalias"

    @property
    def party_id(self) -> str | None:
        """Whose text it is; None when nobody's, or several parties'."""
        return self.parties[0].party_id if len(self.parties) == 1 else None

    def learning(self, taught: Taught) -> BankAlias:
        """With what one more match teaches."""
        known = next((one for one in self.parties if one.party_id == taught.party_id), None)
        others = tuple(one for one in self.parties if one.party_id != taught.party_id)
        if known is not None:
            ids = dict.fromkeys((*known.match_ids, *taught.match_ids))
            taught = replace(taught, match_ids=tuple(ids)[-TAUGHT_KEPT:])
        return replace(self, parties=(*others, taught)[-PARTIES_KEPT:])

    def forgetting(self, match_id: str) -> BankAlias:
        """Without what a match taught: a party that nothing teaches any more is gone."""
        left = (
            replace(one, match_ids=tuple(name for name in one.match_ids if name != match_id))
            for one in self.parties
        )
        return replace(self, parties=tuple(one for one in left if one.match_ids))

    @property
    def list_key(self) -> str | None:
        """By text, as long as it is somebody's."""
        return f"{self.text[:120]}#{self.id}" if self.parties else None


def alias_id(text: str) -> str:
    """The id of the alias of a normalised text."""
    return f"alias_{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:32]}"


def teachable(text: str) -> str | None:
    """What of a bank's text may be learned; None for one that the rail itself writes."""
    found = normalised(text)
    return found if found and "ramp" not in tokens(text) else None
