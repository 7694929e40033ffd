"""All fault switches of all rails of a simulated run, each with a probability."""

from __future__ import annotations

from collections.abc import Mapping

from local.simulators.core import REQUEST_FAULTS, WEBHOOK_FAULTS, SimulatorCore
from local.simulators.messages import Json
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore

Switches = Mapping[tuple[str, str], float]
# Switches of a rail that any of its calls may meet, besides those that all rails have.
_ON_CALLS = {
    "ramp": frozenset({"forbidden", "unknown_value", "page_shift", "foreign_next"}),
    "plaid": frozenset({"maintenance", "login_required", "unknown_value"}),
    "qbo": frozenset(
        {"fault_in_200", "silent_noop", "refuse", "token_expired"}
        | {"wrong_company", "user_lost_access"}
    ),
}
# What a switch needs to be told to mean something else than its mildest form.
PARAMS: dict[str, Json] = {
    "ledger_amount": {"delta_minor": -500},
    "ledger_account": {"account_id": "41"},
    "ledger_delay": {"business_days": 9},
    "bank_amount": {"delta_minor": 300},
    "bank_delay": {"business_days": 4},
    "delay": {"seconds": 20},
}


def switches(each: float, together: float | None = None) -> Switches:
    """Every switch of every rail at `each`; those that any call may meet share `together`."""
    cores: tuple[type[SimulatorCore], ...] = (RampCore, PlaidCore, QboCore)
    found: dict[tuple[str, str], float] = {}
    for core in cores:
        on_calls = REQUEST_FAULTS | _ON_CALLS.get(core.rail, frozenset())
        shared = each if together is None else 1 - (1 - together) ** (1 / len(on_calls))
        for kind in REQUEST_FAULTS | WEBHOOK_FAULTS | core.fault_kinds:
            found[(core.rail, kind)] = shared if kind in on_calls else each
    return found
