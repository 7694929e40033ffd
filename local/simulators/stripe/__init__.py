"""Stripe simulator: charges, payouts and their life, signed events, reports."""

from local.simulators.stripe.core import StripeCore

__all__ = ["StripeCore"]
