"""Plaid simulator: balances, transactions sync, items, signed webhooks."""

from local.simulators.plaid.core import PlaidCore

__all__ = ["PlaidCore"]
