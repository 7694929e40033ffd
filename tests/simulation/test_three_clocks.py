"""Every kind of mismatch, rail, ledger and bank on clocks of their own: the right one is found,
nothing false stays when the facts have settled, and what was put right is verified.

CI runs a few seeds of each; `ROWCOL_VERDICT_SEEDS=200 pytest tests/simulation/test_three_clocks.py`
is the full run. A failure names its seed.
"""

from __future__ import annotations

import os
import random
from itertools import pairwise

import pytest

from rowcol.domain.evidence import Mismatch, Outcome
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment, Verification
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.service.change import Change
from rowcol.service.verdict_history import verdicts_of
from tests.support.mismatches.every import CASES, OTHER_VENDOR, Case, Script, mend, play
from tests.support.three_sides import Sides

SEEDS = int(os.environ.get("ROWCOL_VERDICT_SEEDS", "2"))
KINDS = frozenset(kind.value for kind in Mismatch)


def world(label: str) -> tuple[Sides, Script]:
    """A payment that Ramp has taken, and what is to happen, all sides agreeing."""
    chance = random.Random(label)  # seeded
    sides = Sides(chance)

    def know(change: Change) -> bool:
        known = vendor_id("vendor-9")
        change.put(Vendor(known, 0, "vendor-9", OTHER_VENDOR, change.now))
        return True

    sides.work(know)
    sides.name = sides.taken()
    start = sides.current().pay_on
    return sides, Script(start, chance).agree()


@pytest.mark.parametrize("seed", range(SEEDS * 3))
def test_agreement_is_verified_and_nothing_is_ever_opened(seed: int) -> None:
    label = f"agree/{seed}"
    sides, script = world(label)
    play(sides, script)
    payment = sides.current()
    assert (payment.status, payment.verification) == (Status.DONE, Verification.VERIFIED), label
    assert sides.kinds_seen == set(), label


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_kind_is_found_and_no_other(case: Case) -> None:
    for seed in range(SEEDS):
        _one(case, f"{case.name}/{seed}")


def _one(case: Case, label: str) -> None:
    sides, script = world(label)
    case.bend(script)
    play(sides, script)
    payment, findings = sides.current(), sides.findings()
    assert {(one.side, one.kind) for one in findings} == {(case.side, case.kind)}, label
    assert sides.open_kinds() & KINDS == {case.kind.value}, label
    if case.kind is not Mismatch.RETURNED:
        assert payment.verification is Verification.MISMATCH, label
    _history(sides, payment, label)
    if script.mended:
        mend(sides, script)
        assert sides.verdict().outcome is Outcome.VERIFIED, (label, sides.findings())
        assert sides.open_kinds() == set(), label
        _history(sides, sides.current(), label)


def _history(sides: Sides, payment: Payment, label: str) -> None:
    """Each verdict says something else than the one before; the last one stands."""
    told = verdicts_of(sides.books.entries_of_payment(payment.id))
    assert told, label
    standing = payment.verdict
    assert standing is not None
    last = told[-1]
    assert (last.outcome, last.findings) == (standing.outcome, standing.findings), label
    assert last.stood_until is None
    said = [(one.outcome, one.findings, one.waiting_for, one.until, one.evidence) for one in told]
    assert all(one != other for one, other in pairwise(said)), label


def test_every_kind_has_its_cases() -> None:
    assert {case.kind for case in CASES} == set(Mismatch)
