"""Samples of receivables: what is open, payouts, files of Stripe's."""

from __future__ import annotations

from tests.support.samples.shapes import VERA, Sample, answered, proxy

_CLIENT = "/clients/{client}"


def receivables_samples() -> list[Sample]:
    """Reads, and what is not there."""
    function = "receivables"
    return [
        Sample(function, "overview", proxy("GET", f"{_CLIENT}/receivables", sub=VERA),
               answered(200)),
        Sample(function, "payouts", proxy("GET", f"{_CLIENT}/receivables/payouts", sub=VERA),
               answered(200)),
        Sample(function, "payout_unknown",
               proxy("GET", f"{_CLIENT}/receivables/payouts/{{payout}}", payout="po-none"),
               answered(404, "not_found")),
    ]  # fmt: skip
