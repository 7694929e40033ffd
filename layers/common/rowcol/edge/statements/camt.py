"""CAMT.053, versions .001.02 to .08 and later ones that say the same (ISO 20022).

Contract bank-statements.md section 3: amounts unsigned, the sign is CdtDbtInd and RvslInd does not
turn it again; only BOOK is imported; one entry stays one line, however many details it bundles.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rowcol.domain.money import exponent
from rowcol.domain.statements.checks import joined
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import ProblemCode, Reading
from rowcol.domain.statements.statement import (
    Balance,
    Statement,
    StatementAccount,
    StatementFormat,
    StatementLine,
)
from rowcol.edge.statements.amount_text import minor_of
from rowcol.edge.statements.common import RejectedFile, Told, ending_of, finish
from rowcol.edge.statements.date_text import day_of
from rowcol.edge.statements.proving import hold, hold_closing
from rowcol.edge.statements.xml_nodes import Handlers, Node, walk

_WANTED = frozenset({"Acct", "Bal", "TxsSummry", "FrToDt", "Ntry"})
_OPENING = ("OPBD", "PRCD")
_CLOSING = "CLBD"
_SIGNS = {"CRDT": 1, "DBIT": -1}


@dataclass(slots=True)
class _Open:
    """A Stmt being read. Sums are of booked entries, by sign."""

    account: StatementAccount = field(default_factory=StatementAccount)
    currency: str = ""
    balances: dict[str, Balance] = field(default_factory=dict)
    summary: Node | None = None
    from_on: str = ""
    to_on: str = ""
    lines: list[StatementLine] = field(default_factory=list)
    entries: int = 0


class _Reader:
    def __init__(self, hints: Hints, told: Told) -> None:
        self.hints = hints
        self.told = told
        self.done: list[Statement] = []
        self._open = _Open()
        self._skipped = 0

    def root(self, name: str) -> None:
        """Only bank-to-customer statements."""
        if "camt.053" not in name or not name.endswith(" Document"):
            raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "it is no CAMT.053 document")

    def opened(self) -> None:
        """A statement begins."""
        self.told.part()
        self._open = _Open()

    def node(self, node: Node) -> None:
        """A part of the statement."""
        match node.tag:
            case "Acct":
                self._account(node)
            case "Bal":
                self._balance(node)
            case "TxsSummry":
                self._open.summary = node
            case "FrToDt":
                self._open.from_on = node.get("FrDtTm") or node.get("FrDt")
                self._open.to_on = node.get("ToDtTm") or node.get("ToDt")
            case _:
                self._entry(node)

    def closed(self) -> None:
        """A statement ends: it is held to its totals."""
        read = self._open
        opening = next((read.balances[code] for code in _OPENING if code in read.balances), None)
        statement = Statement(
            read.account,
            read.currency or self.hints.currency,
            tuple(sorted(read.lines, key=lambda line: line.posted_on)),
            opening,
            read.balances.get(_CLOSING),
            day_of(read.from_on, None),
            day_of(read.to_on, None),
        )
        if statement.currency == self.hints.currency:
            self._hold_summary(statement)
            hold_closing(statement, self.told)
        self.done.append(statement)
        if self._skipped:
            message = f"{self._skipped} entries that are not booked yet are left out"
            self.told.note(ProblemCode.NOT_BOOKED_SKIPPED, message)
            self._skipped = 0

    def _account(self, node: Node) -> None:
        account = node.get("Id", "IBAN") or node.get("Id", "Othr", "Id")
        routing = node.get("Svcr", "FinInstnId", "ClrSysMmbId", "MmbId")
        self._open.account = StatementAccount(ending_of(account), routing or None)
        self._open.currency = node.get("Ccy")

    def _balance(self, node: Node) -> None:
        minor = self._amount(node)
        if minor is None:
            raise RejectedFile(ProblemCode.BAD_AMOUNT, "a balance cannot be read", node.line)
        day = day_of(node.get("Dt", "Dt") or node.get("Dt", "DtTm"), None)
        self._open.currency = self._open.currency or _currency(node)
        self._open.balances[node.get("Tp", "CdOrPrtry", "Cd")] = Balance(minor, day)

    def _amount(self, node: Node) -> int | None:
        sign = _SIGNS.get(node.get("CdtDbtInd"))
        minor = self._unsigned(node.get("Amt"))
        return None if minor is None or sign is None else sign * minor

    def _unsigned(self, text: str) -> int | None:
        """ISO amounts have up to five decimals, of which those beyond the currency's are zero."""
        digits = exponent(self.hints.currency)
        whole, _, rest = text.partition(".")
        kept = rest[:digits] + rest[digits:].rstrip("0")
        minor = minor_of(f"{whole}.{kept}" if kept else whole, digits)
        return None if minor is None or minor < 0 or not whole.isdigit() else minor

    def _entry(self, node: Node) -> None:
        self.told.entry()
        self._open.entries += 1
        if (node.get("Sts", "Cd") or node.get("Sts")) != "BOOK":
            self._skipped += 1
            return
        day = day_of(node.get("BookgDt", "Dt") or node.get("BookgDt", "DtTm"), None)
        amount = self._amount(node)
        if day is None:
            self.told.bad(ProblemCode.BAD_DATE, "BookgDt is no day", node.line)
        elif amount is None:
            found = node.get("Amt")
            self.told.bad(ProblemCode.BAD_AMOUNT, "Amt or CdtDbtInd is wrong", node.line, found)
        elif _currency(node) not in ("", self._open.currency or self.hints.currency):
            message = "the entry is in another currency than the account"
            self.told.bad(ProblemCode.CURRENCY_MISMATCH, message, node.line, _currency(node))
        else:
            value_on = day_of(node.get("ValDt", "Dt") or node.get("ValDt", "DtTm"), None)
            checks = node.all("NtryDtls", "TxDtls", "Refs", "ChqNb")
            line = StatementLine(
                node.line,
                day,
                amount,
                _description(node),
                node.get("AcctSvcrRef") or None,
                checks[0].text or None if len(checks) == 1 else None,
                None,
                value_on,
                node.get("BkTxCd", "Domn", "Fmly", "Cd") or None,
            )
            if self.told.took(line):
                self._open.lines.append(line)

    def _hold_summary(self, statement: Statement) -> None:
        summary = self._open.summary
        if summary is None:
            return
        counts = {str(self._open.entries), str(len(statement.lines))}
        if (told := summary.get("TtlNtries", "NbOfNtries")) and told not in counts:
            hold(self.told, f"it says {told[:15]} entries and has {self._open.entries}")
        for tag, found in (
            ("TtlCdtNtries", statement.credits_minor),
            ("TtlDbtNtries", statement.debits_minor),
        ):
            text = summary.get(tag, "Sum")
            if (
                text
                and self._open.entries == len(statement.lines)
                and self._unsigned(text) != found
            ):
                hold(self.told, f"{tag} is not the sum of its entries")


def read_camt(content: bytes, hints: Hints, told: Told) -> Reading:
    """A CAMT.053 document. Raises RejectedFile."""
    reader = _Reader(hints, told)
    walk(
        content,
        Handlers("Stmt", _WANTED, reader.root, reader.opened, reader.closed, reader.node),
    )
    if not reader.done:
        raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "there is no statement in it")
    statements, problems = joined(reader.done)
    told.warn(*problems)
    return finish(StatementFormat.CAMT053, statements, hints, told)


def _currency(node: Node) -> str:
    amounts = node.all("Amt")
    return amounts[0].attributes.get("Ccy", "") if amounts else ""


def _description(node: Node) -> str:
    """What the payer wrote; of bundled details what the bank says of the whole."""
    details = node.all("NtryDtls", "TxDtls")
    written = " ".join(each.text for each in node.all("NtryDtls", "TxDtls", "RmtInf", "Ustrd"))
    told = node.get("AddtlNtryInf")
    return (told or written[:500]) if len(details) > 1 else (written or told)
