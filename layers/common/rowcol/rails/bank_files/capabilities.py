"""What can be done with a bank's files today (bank-statements contract): little."""

from __future__ import annotations

from rowcol.rails.capability import Capability, Support

CAPABILITIES = (
    Capability(
        "manual_balance",
        Support.YES,
        "a balance that one person enters with evidence and another approves; for one bank day",
    ),
    Capability(
        "import_statement",
        Support.NO,
        "statement files are not read yet",
        later="bank lines of accounts that Plaid does not reach prove payments too",
    ),
    Capability(
        "payment_file",
        Support.NO,
        "no payment file is written: a file has no answer that proves it",
        later="checks and wires outside Ramp, once a bank confirms what it took",
    ),
)
