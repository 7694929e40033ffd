"""OFX and QFX, 1.x (SGML, leaves without an end) and 2.x (XML), by one tokeniser.

Contract bank-statements.md section 2. Nothing is expanded but the five entities of XML, blanks and
numbered characters; a document type is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rowcol.domain.money import exponent
from rowcol.domain.statements.checks import oldest_first
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
from rowcol.edge.statements.text import decoded

_TOKEN = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9._]{0,79})\s{0,8}(/?)>\s*(?:<!\[CDATA\[([^\]]*)\]\]>|([^<]*))"
)
_FORBIDDEN = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_CHARSET = re.compile(r"CHARSET:\s*([0-9A-Za-z-]{1,20})")
_AGGREGATES = frozenset(
    [
        "OFX",
        "SIGNONMSGSRSV1",
        "SONRS",
        "STATUS",
        "FI",
        "BANKMSGSRSV1",
        "CREDITCARDMSGSRSV1",
        "STMTTRNRS",
        "CCSTMTTRNRS",
        "STMTRS",
        "CCSTMTRS",
        "BANKACCTFROM",
        "CCACCTFROM",
        "BANKTRANLIST",
        "BANKTRANLISTP",
        "STMTTRN",
        "STMTTRNP",
        "LEDGERBAL",
        "AVAILBAL",
        "PAYEE",
        "BANKACCTTO",
        "CCACCTTO",
        "CURRENCY",
        "ORIGCURRENCY",
        "IMAGEDATA",
        "BALLIST",
        "BAL",
    ]
)
_STATEMENTS = ("STMTRS", "CCSTMTRS")
_DEPTH_MAX = 24
_HEAD_CHARACTERS = 4_096
_LEAVES_MAX = 1_000  # in a row
_ELEMENTS_MAX = 1_000_000


@dataclass(slots=True)
class _Open:
    """A statement being read."""

    values: dict[str, str] = field(default_factory=dict)
    lines: list[StatementLine] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    hints: Hints
    told: Told
    stack: list[str] = field(default_factory=list)
    current: _Open | None = None
    entry: dict[str, str] = field(default_factory=dict)
    entry_line: int = 0
    is_complete: bool = False
    done: list[_Open] = field(default_factory=list)
    _leaves: int = 0
    _elements: int = 0

    def open(self, name: str, value: str, line: int) -> None:
        """A tag with the text behind it."""
        if name not in _AGGREGATES:
            self._leaves += 1
            self._leaf(name, value)
        else:
            self._leaves = 0
            self._elements += 1
            self._begin(name, line)
        if self._leaves > _LEAVES_MAX or self._elements > _ELEMENTS_MAX:
            raise RejectedFile(ProblemCode.TOO_MANY_ROWS, "it has too many elements", line)

    def _begin(self, name: str, line: int) -> None:
        self.stack.append(name)
        if len(self.stack) > _DEPTH_MAX:
            raise RejectedFile(ProblemCode.NESTED_TOO_DEEP, "elements are nested too deep", line)
        if name in _STATEMENTS:
            self.told.part()
            self.current = _Open()
        elif name == "STMTTRN":
            self.told.entry()
            self.entry, self.entry_line = {}, line

    def close(self, name: str, line: int) -> None:
        """An end tag; of a leaf it says nothing."""
        if name not in _AGGREGATES:
            return
        if not self.stack or self.stack[-1] != name:
            raise RejectedFile(ProblemCode.TRUNCATED, f"</{name}> closes nothing", line)
        self.stack.pop()
        if name == "STMTTRN" and self.current is not None:
            self._take(self.current)
        elif name in _STATEMENTS and self.current is not None:
            self.done.append(self.current)
            self.current = None
        elif name == "OFX":
            self.is_complete = True

    def _leaf(self, name: str, value: str) -> None:
        where = self.stack[-1] if self.stack else ""
        if "STMTTRN" in self.stack:
            key = name if where == "STMTTRN" else f"{where}.{name}"
            self.entry.setdefault(key, value)
        elif self.current is not None:
            key = name if where in _STATEMENTS else f"{where}.{name}"
            self.current.values.setdefault(key, value)

    def _take(self, current: _Open) -> None:
        entry, line = self.entry, self.entry_line
        day = day_of(entry.get("DTPOSTED", "")[:8], None)
        amount = _minor(entry.get("TRNAMT", ""), self.hints.currency)
        currency = entry.get("CURRENCY.CURSYM", self.hints.currency)
        if day is None:
            self.told.bad(ProblemCode.BAD_DATE, "DTPOSTED is no day", line)
        elif amount is None:
            found = entry.get("TRNAMT", "")
            self.told.bad(ProblemCode.BAD_AMOUNT, "TRNAMT is no amount", line, found)
        elif currency != self.hints.currency:
            message = "the entry is in another currency than the account"
            self.told.bad(ProblemCode.CURRENCY_MISMATCH, message, line, currency)
        else:
            made = StatementLine(
                line,
                day,
                amount,
                _description(entry),
                entry.get("FITID") or None,
                entry.get("CHECKNUM") or None,
                None,
                day_of(entry.get("DTAVAIL", "")[:8], None),
                entry.get("TRNTYPE") or None,
            )
            if self.told.took(made):
                current.lines.append(made)


def read_ofx(content: bytes, hints: Hints, told: Told) -> Reading:
    """An OFX or QFX file. Raises RejectedFile."""
    head = content[:_HEAD_CHARACTERS].decode("latin-1")
    charset = _CHARSET.search(head)
    text = decoded(content, told, charset[1] if charset else None)
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        line = text.count("\n", 0, forbidden.start()) + 1
        raise RejectedFile(ProblemCode.XML_DOCTYPE_FORBIDDEN, "it has a document type", line)
    reader = _Reader(hints, told)
    line, at = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", at, token.start())
        at = token.start()
        name = token[2].upper()
        if token[1]:
            reader.close(name, line)
        elif not token[3]:
            reader.open(name, _plain(token[4] if token[4] is not None else token[5]), line)
    if not reader.is_complete or reader.stack:
        raise RejectedFile(ProblemCode.TRUNCATED, "it ends before </OFX>", line)
    if not reader.done:
        raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "there is no bank or card statement in it")
    statements = [_statement(each, hints) for each in reader.done]
    return finish(StatementFormat.OFX, statements, hints, told)


def _statement(read: _Open, hints: Hints) -> Statement:
    values = read.values
    account = values.get("BANKACCTFROM.ACCTID") or values.get("CCACCTFROM.ACCTID", "")
    routing = values.get("BANKACCTFROM.BANKID") or None
    closing = _minor(values.get("LEDGERBAL.BALAMT", ""), hints.currency)
    as_of = day_of(values.get("LEDGERBAL.DTASOF", "")[:8], None)
    return Statement(
        StatementAccount(ending_of(account), routing),
        values.get("CURDEF", hints.currency),
        tuple(oldest_first(read.lines)),
        None,
        None if closing is None else Balance(closing, as_of),
        day_of(values.get("BANKTRANLIST.DTSTART", "")[:8], None),
        day_of(values.get("BANKTRANLIST.DTEND", "")[:8], None),
    )


def _description(entry: dict[str, str]) -> str:
    """The name, and the memo where it says more: banks cut NAME at 32 and write all in MEMO."""
    name = entry.get("NAME") or entry.get("PAYEE.NAME", "")
    memo = entry.get("MEMO", "")
    if memo.startswith(name):
        return memo
    return name if not memo or name.startswith(memo) else f"{name} {memo}"


def _minor(text: str, currency: str) -> int | None:
    """The standard allows a decimal point or comma, and no thousands."""
    digits = exponent(currency)
    if "," in text:
        return None if "." in text else minor_of(text, digits, ",")
    return minor_of(text, digits)


def _plain(text: str) -> str:
    text = text.strip()
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if not name.startswith("#"):
        return _ENTITIES[name]
    code = int(f"0{name[1:]}", 16) if name[1] in "xX" else int(name[1:])
    is_text = 32 <= code < 0xD800 or 0xE000 <= code < 0x110000
    return chr(code) if is_text else " "
