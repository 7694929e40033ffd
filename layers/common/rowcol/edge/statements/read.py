"""A statement file of any format, found by its content: the one way in. No input or output."""

from __future__ import annotations

from collections.abc import Callable

from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import (
    Outcome,
    Problem,
    ProblemCode,
    Reading,
    Rejected,
)
from rowcol.domain.statements.statement import StatementFormat
from rowcol.edge.imports.workbook import is_workbook
from rowcol.edge.statements.bai2 import read_bai2
from rowcol.edge.statements.camt import read_camt
from rowcol.edge.statements.common import BYTES_MAX, OpenQuestion, RejectedFile, Told
from rowcol.edge.statements.mt940 import read_mt940
from rowcol.edge.statements.ofx import read_ofx
from rowcol.edge.statements.tables import read_csv, read_xlsx

Reader = Callable[[bytes, Hints, Told], Reading]

_READERS: dict[StatementFormat, Reader] = {
    StatementFormat.CSV: read_csv,
    StatementFormat.XLSX: read_xlsx,
    StatementFormat.OFX: read_ofx,
    StatementFormat.CAMT053: read_camt,
    StatementFormat.MT940: read_mt940,
    StatementFormat.BAI2: read_bai2,
}
_ENDINGS = {
    "csv": {StatementFormat.CSV},
    "tsv": {StatementFormat.CSV},
    "xlsx": {StatementFormat.XLSX},
    "xls": {StatementFormat.XLSX},
    "ofx": {StatementFormat.OFX},
    "qfx": {StatementFormat.OFX},
    "xml": {StatementFormat.CAMT053, StatementFormat.OFX},
    "sta": {StatementFormat.MT940},
    "mt940": {StatementFormat.MT940},
    "940": {StatementFormat.MT940},
    "bai": {StatementFormat.BAI2},
    "bai2": {StatementFormat.BAI2},
}
_HEAD_BYTES = 4_096


def read_statement(content: bytes, hints: Hints) -> Outcome:
    """Statements with bad rows beside them, a question, or why the file is none.

    At most 20 MB and 200,000 entries; raises nothing for any content. Amounts are whole minor units
    of `hints.currency`. Source: contract bank-statements.md.
    """
    told = Told()
    try:
        _check_mapping(hints)
        kind = format_of(content)
        _look_at_name(hints.file_name, kind, told)
        return _READERS[kind](content, hints, told)
    except OpenQuestion as asked:
        return asked.question
    except RejectedFile as refused:
        return Rejected(refused.code, str(refused), refused.line, refused.bad_rows)


def format_of(content: bytes) -> StatementFormat:
    """The format by what stands first. Raises RejectedFile for what is surely none."""
    if len(content) > BYTES_MAX:
        raise RejectedFile(ProblemCode.FILE_TOO_LARGE, f"more than {BYTES_MAX} bytes")
    if is_workbook(content):
        return StatementFormat.XLSX
    head = _head(content)
    if not head.strip("\0"):
        raise RejectedFile(ProblemCode.EMPTY_FILE, "there is nothing in it")
    upper = head.upper()
    if upper.startswith("OFXHEADER") or "<OFX>" in upper or "<?OFX" in upper:
        return StatementFormat.OFX
    if head.startswith("<"):
        lower = head.lower()
        if lower.startswith("<!doctype html") or "<html" in lower:
            raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "it is a web page, perhaps a sign-in")
        return StatementFormat.CAMT053
    if head.startswith(("{1:", ":20:", "{4:")) or "\n:20:" in head.replace("\r", "\n"):
        return StatementFormat.MT940
    if head.startswith("01,"):
        return StatementFormat.BAI2
    if head.startswith(("{", "[", "%PDF")):
        raise RejectedFile(ProblemCode.NOT_A_STATEMENT, "it is neither a table nor a bank's format")
    return StatementFormat.CSV


def _check_mapping(hints: Hints) -> None:
    problem = hints.profile.problem() if hints.profile is not None else None
    if problem is not None:
        raise RejectedFile(ProblemCode.UNKNOWN_DIALECT, f"the mapping is none: {problem}")


def _head(content: bytes) -> str:
    """The first characters, as far as they can be read, without blanks before them."""
    head = content[:_HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()


def _look_at_name(name: str, kind: StatementFormat, told: Told) -> None:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if kind not in _ENDINGS.get(ending, {kind}):
        message = f"the name ends in .{ending}, the content is {kind.value}"
        told.warn(Problem(ProblemCode.EXTENSION_MISMATCH, message))
