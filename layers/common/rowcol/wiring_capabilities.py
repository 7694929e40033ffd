"""What every rail says it can be asked to do, by rail."""

from __future__ import annotations

from collections.abc import Mapping

from rowcol.domain.capability import Capability
from rowcol.rails.bank_files import capabilities as bank_files
from rowcol.rails.plaid import capabilities as plaid
from rowcol.rails.qbo import capabilities as qbo
from rowcol.rails.ramp import capabilities as ramp
from rowcol.rails.stripe import capabilities as stripe

CAPABILITIES: Mapping[str, tuple[Capability, ...]] = {
    "ramp": ramp.CAPABILITIES,
    "qbo": qbo.CAPABILITIES,
    "plaid": plaid.CAPABILITIES,
    "stripe": stripe.CAPABILITIES,
    "bank_files": bank_files.CAPABILITIES,
}
