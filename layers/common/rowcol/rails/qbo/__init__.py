"""QuickBooks Online: the ledger, read-only but for audit notes."""
