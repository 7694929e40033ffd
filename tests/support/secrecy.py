"""What must never stand in a log: the shapes of every rail's secrets, and those of our own tests.

Shapes follow the contracts: Ramp's token prefixes (ramp contract, section 2), Plaid's access,
public and link tokens, Intuit's refresh tokens, Stripe's endpoint secrets, JWTs, and account
numbers that check out as an IBAN (ISO 13616).
"""

from __future__ import annotations

import re

from local.demo import firm
from local.simulators.sample import PLAID_CLIENT, QBO_APP, QBO_VERIFIER, RAMP_APP

_SHAPES = re.compile(
    r"""
      ramp_(?:business_|user_)?(?:tok|jwt|sec|secret)_[A-Za-z0-9_-]{6,}
    | (?:access|public|link)-(?:production|sandbox|development)-[0-9A-Za-z-]{6,}
    | \bAB1[0-9]{8,}[A-Za-z0-9]*
    | \bwhsec_[A-Za-z0-9_]{6,}
    | \b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{6,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}
    | \b(?:Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}
    | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----
    """,
    re.VERBOSE,
)
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b")
_OURS = (
    RAMP_APP["client_secret"],
    QBO_APP["client_secret"],
    PLAID_CLIENT["secret"],
    QBO_VERIFIER,
    *(client.webhook_secret for client in firm.CLIENTS),
)


def secrets_in(text: str) -> list[str]:
    """The line of each secret found, from 40 characters before it to its first 12 characters."""
    found = [match.start() for match in _SHAPES.finditer(text)]
    found += [match.start() for match in _IBAN.finditer(text) if _checks_out(match[0])]
    found += [at for secret in _OURS if (at := text.find(secret)) >= 0]
    return [text[max(0, at - 40) : at + 12].replace("\n", " ") for at in sorted(set(found))]


def _checks_out(text: str) -> bool:
    """The check digits of an IBAN: mod 97 is 1 (ISO 7064)."""
    turned = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
