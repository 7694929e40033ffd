"""Files made to hurt: refused at once, with a code, and without the memory that they ask for."""

from __future__ import annotations

import time
import tracemalloc
from datetime import date

import pytest

from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import Outcome, ProblemCode, Reading, Rejected
from rowcol.edge.statements.common import BYTES_MAX
from rowcol.edge.statements.read import read_statement
from tests.support.statement_files import FORMATS, Entry, bai2, camt, mt940, ofx, xlsx
from tests.support.workbooks import book, sheet, text_cell

ENTRIES = [Entry(date(2026, 10, day), -100 * day, f"ENTRY {day}") for day in range(1, 9)]
BOMB = b'<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def read(content: bytes) -> Outcome:
    return read_statement(content, Hints())


def swapped(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new, 1)


HEADER = b"Date,Description,Amount\n10/13/2026,"
HOSTILE = {
    "empty": (b"", "empty_file"),
    "blanks": (b" \r\n\t", "empty_file"),
    "web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "not_a_statement"),
    "pdf": (b"%PDF-1.7\n", "not_a_statement"),
    "json": (b'{"error": "signed out"}', "not_a_statement"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(508), "encrypted_or_legacy_excel"),
    "utf-8 cut": (HEADER + b"\xff\xfe\x81,-1.00\n", "undecodable_text"),
    "nul": (HEADER + b"A\0B,-1.00\n", "nul_byte"),
    "open quote": (HEADER + b'"A,-1.00\n10/14/2026,B,-2.00\n', "unbalanced_quote"),
    "long field": (HEADER + b"x" * 140_000 + b",-1.00\n", "field_too_long"),
    "long text": (HEADER + b"x" * 3_000 + b",-1.00\n", "field_too_long"),
    "named twice": (b"Date,Description,Amount,amount\n10/13/2026,A,-1,9\n", "duplicate_header"),
    "many columns": (b"Date,Description,Amount" + b"," * 100 + b"\n", "bad_row"),
    "digits": (HEADER + b"A," + b"9" * 5_000 + b"\n", "bad_amount"),
    "other digits": (HEADER + "A,\u0661\u0662.00\n".encode(), "bad_amount"),
    "camt bomb": (
        swapped(camt(ENTRIES), b"<Document", BOMB + b"<Document"),
        "xml_doctype_forbidden",
    ),
    "ofx bomb": (swapped(ofx(ENTRIES), b"<OFX>", BOMB + b"<OFX>"), "xml_doctype_forbidden"),
    "camt cut": (camt(ENTRIES)[:1500], "truncated"),
    "camt short of an entry": (
        swapped(camt(ENTRIES), b"<Sts><Cd>BOOK", b"<Sts><Cd>PDNG"),
        "control_total_mismatch",
    ),
    "camt deep": (
        swapped(camt(ENTRIES), b"<Ntry>", b"<Ntry>" + b"<a>" * 50_000),
        "nested_too_deep",
    ),
    "camt of much text": (
        swapped(camt(ENTRIES), b"<Ustrd>", b"<Ustrd>" + b"x" * 200_000),
        "field_too_long",
    ),
    "another document": (camt(ENTRIES).replace(b"camt.053", b"pain.001"), "not_a_statement"),
    "ofx cut": (ofx(ENTRIES)[:700], "truncated"),
    "ofx deep": (b"OFXHEADER:100\n" + b"<OFX>" * 50_000, "nested_too_deep"),
    "ofx of another currency": (ofx(ENTRIES).replace(b"USD", b"EUR"), "currency_mismatch"),
    "mt940 without its end": (mt940(ENTRIES).replace(b":62F:", b":99F:"), "truncated"),
    "mt940 off by a cent": (swapped(mt940(ENTRIES), b"D1,00", b"D1,01"), "control_total_mismatch"),
    "bai2 off by a cent": (swapped(bai2(ENTRIES), b",100,Z", b",101,Z"), "control_total_mismatch"),
    "bai2 without its end": (bai2(ENTRIES).rpartition(b"99,")[0], "truncated"),
    "bai2 with a record twice": (
        swapped(bai2(ENTRIES), b"16,455,100", b"16,455,0,Z,,,X\n16,455,100"),
        "control_total_mismatch",
    ),
    "workbook cut": (xlsx(ENTRIES)[:-40], "not_a_statement"),
    "inflating workbook": (
        book(sheet(text_cell("A1", "x" * 30_000_000))),
        "inflated_size_limit",
    ),
    "formula": (
        book(
            sheet(
                "".join(
                    text_cell(f"{place}1", name)
                    for place, name in zip("ABC", ("Date", "Description", "Amount"), strict=True)
                ),
                text_cell("A2", "2026-10-13") + text_cell("B2", "A") + '<c r="C2"><f>1+1</f></c>',
            )
        ),
        "formula_without_value",
    ),
    "too large": (b"Date,Description,Amount\n" + bytes([65]) * BYTES_MAX, "file_too_large"),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_it_is_refused_with_its_code_at_once_and_within_memory(name: str) -> None:
    content, code = HOSTILE[name]
    tracemalloc.start()
    began = time.process_time()
    try:
        outcome = read(content)
        seconds = time.process_time() - began
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == ProblemCode(code), outcome.message
    assert peak_bytes < 8_000_000
    assert seconds < 2


SMALL_PARTS = {
    "ofx leaves": b"OFXHEADER:100\n<OFX>" + b"<A>" * 700_000,
    "ofx entries": b"OFXHEADER:100\n<OFX><STMTRS>" + b"<STMTTRN></STMTTRN>" * 100_000,
    "ofx statements": b"OFXHEADER:100\n<OFX>" + b"<STMTRS></STMTRS>" * 100_000,
    "ofx brackets": b"OFXHEADER:100\n<OFX>" + b"<" * 2_000_000,
    "mt940 messages": b":20:X\n:60F:C261001USD1,00\n:62F:C261001USD1,00\n" * 40_000,
    "bai2 continuations": b"01,1/\n" + b"88,1/\n" * 300_000,
    "csv fields": b"Date,Description,Amount\n" + b"," * 2_000_000,
    "csv bad rows": b"Date,Description,Amount\n" + b"x,y,z\n" * 100_000,
    "csv blank lines": b"Date,Description,Amount\n" + b"\n" * 2_000_000,
    "camt attributes": b"<Document " + b" ".join(b'a%d="1"' % at for at in range(100_000)) + b"/>",
    "camt statements": b'<Document xmlns="camt.053">' + b"<Stmt></Stmt>" * 100_000,
    "camt entries": b'<Document xmlns="camt.053"><Stmt>' + b"<Ntry/>" * 300_000,
}


@pytest.mark.parametrize("name", sorted(SMALL_PARTS))
def test_megabytes_of_the_smallest_parts_are_refused_in_seconds(name: str) -> None:
    began = time.process_time()
    outcome = read(SMALL_PARTS[name])
    assert isinstance(outcome, Rejected), outcome
    assert time.process_time() - began < 10  # 1 to 2 on a slow machine


def test_an_external_entity_is_never_opened() -> None:
    entity = b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    outcome = read(swapped(camt(ENTRIES), b"<Document", entity + b"<Document"))
    assert isinstance(outcome, Rejected)
    assert outcome.code is ProblemCode.XML_DOCTYPE_FORBIDDEN


def test_a_bad_entry_of_mt940_is_listed_and_the_others_kept() -> None:
    outcome = read(swapped(mt940(ENTRIES), b":61:261002", b":61:26XX02"))
    assert isinstance(outcome, Reading)
    assert [(bad.line, bad.code.value) for bad in outcome.bad_rows] == [(8, "bad_row")]
    assert len(outcome.statements[0].lines) == len(ENTRIES) - 1
    assert [each.code.value for each in outcome.warnings] == ["closing_balance_mismatch"]


def test_an_entry_of_the_last_day_keeps_its_year() -> None:
    over = swapped(mt940(ENTRIES), b":61:2610011001", b":61:2701011231")
    outcome = read(over)
    assert isinstance(outcome, Reading)
    assert date(2026, 12, 31) in {line.posted_on for line in outcome.statements[0].lines}


def test_an_entry_written_twice_counts_once_and_a_reused_reference_proves_nothing() -> None:
    twice = ofx([ENTRIES[0], ENTRIES[0]]).replace(b"REF000001", b"REF000000")
    outcome = read(twice)
    assert isinstance(outcome, Reading)
    assert [each.code.value for each in outcome.warnings] == ["duplicate_in_file"]
    assert len(outcome.statements[0].lines) == 1
    outcome = read(ofx(ENTRIES[:2]).replace(b"REF000001", b"REF000000"))
    assert isinstance(outcome, Reading)
    assert [each.code.value for each in outcome.warnings] == ["fitid_reused"]
    assert [line.reference for line in outcome.statements[0].lines] == [None, None]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_without_entries_is_read_and_told(name: str) -> None:
    outcome = read(FORMATS[name]([], 0))
    if name == "bai2":
        assert isinstance(outcome, Reading | Rejected)
        return
    assert isinstance(outcome, Reading), outcome
    assert [each.code.value for each in outcome.warnings] == ["no_transactions"]
