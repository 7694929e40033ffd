"""What a client's fraud settings are, who set them, and the change of them that waits for two."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from rowcol.domain.fraud import Effect, FraudSettings
from rowcol.domain.money import Money
from rowcol.domain.waiting_change import MayWait, Proposed

FRAUD_RULES = "fraud"
_STRENGTH = (Effect.OFF, Effect.WARN, Effect.HOLD)
# Fewer days make a payee or an account known sooner, and equal amounts go unnoticed sooner.
_WEAKER_WHEN_LESS = frozenset({"new_payee_days", "account_days", "duplicate_days"})


def weakened(before: FraudSettings, after: FraudSettings) -> tuple[str, ...]:
    """The settings by which less is looked for or held than before; none when it is no less.

    Effects weaken from `hold` over `warn` to `off`, the three counts of days by being fewer,
    everything else by being more. An amount in another currency counts as weaker.
    """
    names = (field.name for field in fields(FraudSettings))
    return tuple(name for name in names if _weaker(name, before, after))


def _weaker(name: str, before: FraudSettings, after: FraudSettings) -> bool:
    old, new = getattr(before, name), getattr(after, name)
    if isinstance(old, Effect):
        return _STRENGTH.index(new) < _STRENGTH.index(old)
    if isinstance(old, Money):
        return bool(old.currency != new.currency or new > old)
    return bool(new < old) if name in _WEAKER_WHEN_LESS else bool(new > old)


@dataclass(frozen=True, slots=True)
class FraudProposal(Proposed):
    """Weaker settings that one person wants; another person has to agree.

    `weaker`: names of the settings by which less is looked for.
    """

    settings: FraudSettings
    weaker: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FraudRules(MayWait[FraudProposal]):
    """The aggregate: the settings of a client, once somebody has set or proposed any.

    `changed_by` and `changed_at` are None while the usual settings hold.
    """

    id: str
    version: int
    settings: FraudSettings
    changed_by: str | None
    changed_at: datetime | None
    pending: FraudProposal | None = None

    kind = "fraud_rules"
