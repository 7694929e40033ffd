"""How many calls the rails take, as their contracts say it, and a little less."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rowcol.domain.rate_gate import GateRule, Window

SECOND = 1000
MINUTE = 60 * SECOND
# Clocks of two functions, and what the network adds between leaving here and being counted there.
SKEW = 500

# Ramp contract, section 3: 200 in any 10 s, of all clients together; 15 a second is our share.
RAMP = GateRule((Window(10 * SECOND, 150),), block_max=16, skew=SKEW)

# QBO contract, section 2: per realm. A call is given up after 65 s (rails/qbo/client.py).
QBO_REALM = GateRule(
    (Window(SECOND, 10), Window(MINUTE, 500)), block_max=4, skew=100, seats=10, call_max=70 * SECOND
)
# Reads are counted by the month, all companies together; the sandbox's never, nor what is written.
QBO_SANDBOX_HOST = "sandbox-quickbooks.api.intuit.com"
QBO_UNMETERED = frozenset({"attachable"})

# Plaid contract, sections 2 and 3: per minute and item, and per minute and client of Plaid's.
_PER_MINUTE: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "accounts/get": (15, 15_000),
        "accounts/balance/get": (5, 1_200),
        "transactions/sync": (50, 2_500),
        "item/get": (15, 5_000),
        "item/remove": (30, 2_000),
    }
)


def _by_minute(calls: int, block_max: int) -> GateRule:
    return GateRule((Window(MINUTE, calls),), block_max=block_max, skew=SKEW)


PLAID_ITEM = MappingProxyType(
    {kind: _by_minute(item, max(1, item // 6)) for kind, (item, _) in _PER_MINUTE.items()}
)
PLAID_CLIENT = MappingProxyType(
    {kind: _by_minute(client, 40) for kind, (_, client) in _PER_MINUTE.items()}
)
