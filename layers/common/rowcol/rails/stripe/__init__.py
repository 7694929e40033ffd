"""Stripe: what customers paid."""
