"""What Plaid can be asked for (plaid contract, sections 2, 3 and 7)."""

from __future__ import annotations

from rowcol.rails.capability import Capability, Support

CAPABILITIES = (
    Capability("cached_balance", Support.YES, "the balance Plaid has, with its age"),
    Capability("live_balance", Support.YES, "ask the bank now; billed, up to a minute"),
    Capability("bank_lines", Support.YES, "transactions, one to four times a day"),
    Capability(
        "balance_notice",
        Support.NO,
        "there is no webhook for balances: they are polled",
        later="look when it changes, not by the clock",
    ),
    Capability(
        "repair_login",
        Support.NO,
        "a broken login is repaired by the client in Plaid Link, by the link that the tray gives",
    ),
    Capability(
        "move_money",
        Support.NO,
        "Plaid is read-only here",
        later="a second execution rail for what Ramp cannot send",
    ),
)
