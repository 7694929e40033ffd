"""Ramp: pays bills (execution rail)."""
