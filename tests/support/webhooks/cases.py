"""All composed deliveries. `python -m tests.support.webhooks.cases` writes them to events/."""

from __future__ import annotations

import json
import pathlib
from functools import cache

from tests.support.webhooks.base import EVENTS, Case
from tests.support.webhooks.plaid import plaid_cases
from tests.support.webhooks.qbo import qbo_cases
from tests.support.webhooks.ramp import ramp_cases
from tests.support.webhooks.stripe import stripe_cases


@cache
def all_cases() -> tuple[Case, ...]:
    """Every delivery of every rail."""
    return (*ramp_cases(), *plaid_cases(), *qbo_cases(), *stripe_cases())


def write(folder: pathlib.Path = EVENTS) -> None:
    """One file per case: <folder>/<rail>_webhook/<case>.json."""
    for case in all_cases():
        path = folder / f"{case.rail}_webhook" / f"{case.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(case.event(), indent=2) + "\n")


if __name__ == "__main__":
    write()
