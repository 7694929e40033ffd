"""QuickBooks Online simulator: books, OAuth, queries, change feed, webhooks."""

from local.simulators.qbo.core import QboCore

__all__ = ["QboCore"]
