"""Ramp simulator: Bill Pay, OAuth, webhooks, payments that start by themselves."""

from local.simulators.ramp.core import RampCore

__all__ = ["RampCore"]
