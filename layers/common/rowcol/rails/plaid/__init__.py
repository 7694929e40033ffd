"""Plaid: shows what is in the bank."""
