"""What the bank says of a payment: left once, from the right account, in its days, for good."""

from __future__ import annotations

from rowcol.domain.evidence import (
    CashFact,
    ConfirmedCash,
    Expectation,
    Finding,
    Mismatch,
    Side,
)
from rowcol.domain.facts import BankLine, RailBill
from rowcol.domain.money import Money, total
from rowcol.domain.verdict_side import Judged, amount_findings
from rowcol.domain.windows import (
    PAID_MANUALLY,
    cash_deadline,
    cash_window,
    expected_cash,
    method_of,
    moves_cash,
)


def cash_side(expected: Expectation, rail: RailBill | None, cash: CashFact | None) -> Judged:
    """The bank's side."""
    first, last = cash_window(expected, rail)
    amount = expected_cash(expected, rail)
    deadline = cash_deadline(expected, rail)
    awaited = f"a bank debit of {amount} from {first} to {last}"
    if not moves_cash(rail):
        return Judged(Side.CASH, True, deadline, "no bank movement")
    # A pending line may yet change or disappear: it proves neither a debit nor a return.
    settled = [line for line in cash.debits if not line.pending] if cash else []
    returned = [line for line in cash.credits if not line.pending] if cash else []
    confirmed = cash.confirmed if cash is not None else None
    findings = _sum_findings(amount, settled, confirmed)
    if returned:
        # A share of confirmed lines is not told by them alone: part of them back is part of all.
        whole = _total(settled) if confirmed is not None else amount
        findings = _returned_findings(whole or amount, settled, returned, findings)
    if settled:
        for line in settled:
            findings += _place_findings(expected, rail, line)
        findings += _payee_findings(cash, settled[0])
    # Marked as paid by hand, Ramp took no money: whatever left did so elsewhere.
    there = bool(settled) or method_of(rail) == PAID_MANUALLY
    return Judged(Side.CASH, there, deadline, awaited, tuple(_one_of_each(findings)))


def _total(lines: list[BankLine]) -> Money | None:
    """Their sum; None for none, or in several currencies."""
    if len({line.amount.currency for line in lines}) != 1:
        return None
    return total([line.amount for line in lines], lines[0].amount.currency)


def _returned_findings(
    amount: Money, settled: list[BankLine], returned: list[BankLine], otherwise: list[Finding]
) -> list[Finding]:
    """What is left of the debits decides: nothing is the money back, a part is one, and the amount
    itself is the payment, whose surplus came back. More than it is what it was, `otherwise`.
    """
    first, left = returned[0], _total([*settled, *returned])
    back = f"{-(_total(returned) or first.amount)} back on {first.posted_on}"
    if left is None or left.minor <= 0 or left.currency != amount.currency:
        return [Finding(Side.CASH, Mismatch.RETURNED, "no return", back, first.line_id)]
    if left == amount:
        return []
    if left > amount:
        return otherwise
    return [Finding(Side.CASH, Mismatch.PARTIAL, str(amount), f"{left}: {back}", first.line_id)]


def _sum_findings(
    amount: Money, settled: list[BankLine], confirmed: ConfirmedCash | None
) -> list[Finding]:
    """Several debits are one payment when they add up to it; a person's word says the share."""
    if not settled:
        return []
    first = settled[0]
    if confirmed is not None:
        return amount_findings(Side.CASH, amount, confirmed.amount, first.line_id)
    if len(settled) == 1:
        return amount_findings(Side.CASH, amount, first.amount, first.line_id)
    others = {line.amount.currency for line in settled} - {amount.currency}
    if others:
        found = ", ".join(sorted(others))
        return [Finding(Side.CASH, Mismatch.CURRENCY, amount.currency, found, first.line_id)]
    ids = ", ".join(line.line_id for line in settled)
    paid = total([line.amount for line in settled], amount.currency)
    if paid == amount:
        return []
    if all(line.amount == amount for line in settled):
        return [Finding(Side.CASH, Mismatch.DUPLICATE, "one debit", ids, settled[1].line_id)]
    kind = Mismatch.PARTIAL if paid < amount else Mismatch.AMOUNT
    return [Finding(Side.CASH, kind, str(amount), f"{paid} in {ids}", first.line_id)]


def _place_findings(expected: Expectation, rail: RailBill | None, line: BankLine) -> list[Finding]:
    """Another account than the paying one, or a day outside the window."""
    first, last = cash_window(expected, rail)
    account_id, posted = expected.bank_account_id, str(line.posted_on)
    findings: list[Finding] = []
    if account_id and line.account_id != account_id:
        wrong = Finding(Side.CASH, Mismatch.ACCOUNT, account_id, line.account_id, line.line_id)
        findings.append(wrong)
    if line.posted_on > last:
        findings.append(Finding(Side.CASH, Mismatch.LATE, f"by {last}", posted, line.line_id))
    elif line.posted_on < first:
        findings.append(Finding(Side.CASH, Mismatch.DATE, f"from {first}", posted, line.line_id))
    return findings


def _payee_findings(cash: CashFact | None, line: BankLine) -> list[Finding]:
    """The line names another vendor of the client, and not this one."""
    if cash is None or cash.other_payee is None:
        return []
    own = cash.payee or "this vendor"
    return [Finding(Side.CASH, Mismatch.VENDOR, own, cash.other_payee, line.line_id)]


def _one_of_each(findings: list[Finding]) -> list[Finding]:
    """A kind once, by the first line that shows it."""
    kinds: dict[Mismatch, Finding] = {}
    for finding in findings:
        kinds.setdefault(finding.kind, finding)
    return list(kinds.values())
