"""Statements as files: what a bank hands out where Plaid does not reach."""
