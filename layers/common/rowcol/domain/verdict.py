"""The three-way verdict: what rail, ledger and bank say of one payment, and whether they agree.

Pure: facts in, verdict out. Windows from design section 6, in bank days; every kind is told in
docs/verdict.md.
"""

from __future__ import annotations

from datetime import datetime

from rowcol.domain.evidence import (
    Booked,
    CashFact,
    Expectation,
    Finding,
    LedgerFact,
    Mismatch,
    Outcome,
    Proved,
    Side,
    Verdict,
)
from rowcol.domain.facts import RailBill
from rowcol.domain.statements.identity import is_of_statement
from rowcol.domain.verdict_cash import cash_side
from rowcol.domain.verdict_ledger import booked_now, ledger_side
from rowcol.domain.verdict_rail import rail_side
from rowcol.domain.windows import (
    CASH_DAYS,
    CASH_DAYS_EARLY,
    CASH_DAYS_WIRE,
    CHECK_CALENDAR_DAYS,
    LEDGER_DAYS,
    LEDGER_DAYS_AFTER_CHECK_CASHED,
    RETURN_WATCH_DAYS,
    cash_window,
    expected_cash,
    started_on,
)

__all__ = [
    "CASH_DAYS",
    "CASH_DAYS_EARLY",
    "CASH_DAYS_WIRE",
    "CHECK_CALENDAR_DAYS",
    "LEDGER_DAYS",
    "LEDGER_DAYS_AFTER_CHECK_CASHED",
    "RETURN_WATCH_DAYS",
    "Booked",
    "CashFact",
    "Expectation",
    "Finding",
    "LedgerFact",
    "Mismatch",
    "Outcome",
    "Proved",
    "Side",
    "Verdict",
    "booked_now",
    "cash_window",
    "expected_cash",
    "judge",
    "started_on",
]


def judge(
    expected: Expectation,
    rail: RailBill | None,
    ledger: LedgerFact | None,
    cash: CashFact | None,
    now: datetime,
    proved: Proved | None = None,
) -> Verdict:
    """Compare the three facts. Mismatch beats waiting, waiting beats verified.

    A side that is not there yet is waited for until its deadline, then it is missing. `proved`:
    what stood when all sides last agreed; what is other since then was edited.
    """
    findings: list[Finding] = []
    waiting: list[tuple[Side, datetime]] = []
    for judged in (
        rail_side(expected, rail, ledger, proved),
        ledger_side(expected, rail, ledger, cash, proved),
        cash_side(expected, rail, cash),
    ):
        findings += judged.findings
        if judged.satisfied:
            continue
        if now < judged.deadline:
            waiting.append((judged.side, judged.deadline))
        else:
            findings.append(judged.absent)
    evidence = _evidence(rail, ledger, cash)
    sides = tuple(side for side, _ in waiting)
    until = min((deadline for _, deadline in waiting), default=None)
    if findings:
        return Verdict(Outcome.MISMATCH, now, tuple(findings), sides, until, evidence)
    if waiting:
        return Verdict(Outcome.WAITING, now, (), sides, until, evidence)
    return Verdict(Outcome.VERIFIED, now, evidence=evidence)


def _evidence(
    rail: RailBill | None, ledger: LedgerFact | None, cash: CashFact | None
) -> tuple[str, ...]:
    ids: list[str] = []
    if rail:
        ids.append(f"ramp:bill:{rail.bill_id}")
        if rail.payment:
            ids.append(f"ramp:payment:{rail.payment.payment_id}")
    if ledger:
        if ledger.bill:
            ids.append(f"qbo:bill:{ledger.bill.bill_id}")
        ids += [f"qbo:billpayment:{payment.payment_id}" for payment in ledger.payments]
    if cash:
        ids += [_of_bank(line.line_id) for line in (*cash.debits, *cash.credits)]
    return tuple(ids)


def _of_bank(line_id: str) -> str:
    return f"{'statement:line' if is_of_statement(line_id) else 'plaid:transaction'}:{line_id}"
