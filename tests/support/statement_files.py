"""Statement files made by hand from the contract, the same entries in every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from tests.support.workbooks import book, number_cell, sheet, text_cell

ACCOUNT = "000912345678"
ROUTING = "110000000"


@dataclass(frozen=True)
class Entry:
    """A booked entry; `minor` is signed."""

    on: date
    minor: int
    text: str


def major(minor: int, point: str = ".") -> str:
    """Minor units as banks write them."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}{point}{abs(minor) % 100:02d}"


def reference(place: int) -> str:
    """The bank's own of the entry at a place."""
    return f"REF{place:06d}"


def quoted(text: str) -> str:
    """A CSV field."""
    return '"' + text.replace('"', '""') + '"'


def chase(entries: Sequence[Entry], opening: int = 0) -> bytes:
    """Newest first, and one comma more than in the header."""
    balance, rows = opening, []
    for each in entries:
        balance += each.minor
        rows.append(
            f"DEBIT,{each.on:%m/%d/%Y},{quoted(each.text)},{major(each.minor)},ACH_DEBIT,"
            f"{major(balance)},,"
        )
    header = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #"
    return "\r\n".join([header, *rows[::-1], ""]).encode()


def ofx(entries: Sequence[Entry], opening: int = 0, *, is_xml: bool = False) -> bytes:
    """OFX 1 without end tags, or OFX 2."""

    def leaf(tag: str, value: str) -> str:
        end = f"</{tag}>" if is_xml else ""
        return f"<{tag}>{escape(value)}{end}\n"

    lines = "".join(
        "<STMTTRN>\n"
        + leaf("TRNTYPE", "OTHER")
        + leaf("DTPOSTED", f"{each.on:%Y%m%d}120000[-5:EST]")
        + leaf("TRNAMT", major(each.minor))
        + leaf("FITID", reference(place))
        + leaf("NAME", each.text[:32])
        + (leaf("MEMO", each.text) if len(each.text) > 32 else "")
        + "</STMTTRN>\n"
        for place, each in enumerate(entries)
    )
    closing = opening + sum(each.minor for each in entries)
    body = (
        "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>\n"
        + leaf("CURDEF", "USD")
        + f"<BANKACCTFROM>{leaf('BANKID', ROUTING)}{leaf('ACCTID', ACCOUNT)}</BANKACCTFROM>\n"
        + f"<BANKTRANLIST>{leaf('DTSTART', '20261001')}{lines}</BANKTRANLIST>\n"
        + f"<LEDGERBAL>{leaf('BALAMT', major(closing))}{leaf('DTASOF', '20261031')}</LEDGERBAL>\n"
        + "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
    prolog = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n'
        if is_xml
        else "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nCHARSET:1252\n\n"
    )
    return (prolog + body).encode()


def camt(entries: Sequence[Entry], opening: int = 0, version: str = "08") -> bytes:
    """CAMT.053; until .03 the status is text, later an element."""
    booked = "<Sts>BOOK</Sts>" if version < "04" else "<Sts><Cd>BOOK</Cd></Sts>"

    def amount(minor: int) -> str:
        sign = "DBIT" if minor < 0 else "CRDT"
        return f'<Amt Ccy="USD">{major(abs(minor))}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'

    def balance(code: str, minor: int) -> str:
        kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        return f"<Bal>{kind}{amount(minor)}<Dt><Dt>2026-10-01</Dt></Dt></Bal>"

    rows = "\n".join(
        f"<Ntry>{amount(each.minor)}{booked}<BookgDt><Dt>{each.on}</Dt></BookgDt>"
        f"<AcctSvcrRef>{reference(place)}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf>"
        f"<Ustrd>{escape(each.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for place, each in enumerate(entries)
    )
    closing = opening + sum(each.minor for each in entries)
    return (
        '<?xml version="1.0"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>USD</Ccy></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}"
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(entries)}</NbOfNtries></TtlNtries></TxsSummry>"
        f"{rows}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def mt940(entries: Sequence[Entry], opening: int = 0) -> bytes:
    """One message in its envelope."""

    def balance(tag: str, minor: int) -> str:
        return f":{tag}:{'D' if minor < 0 else 'C'}261001USD{major(abs(minor), ',')}"

    rows = [
        f":61:{each.on:%y%m%d%m%d}{'D' if each.minor < 0 else 'C'}{major(abs(each.minor), ',')}"
        f"NTRFNONREF//{reference(place)}\r\n:86:{each.text}"
        for place, each in enumerate(entries)
    ]
    closing = opening + sum(each.minor for each in entries)
    parts = ["{1:F01X}{4:", ":20:X", f":25:{ROUTING}/{ACCOUNT}", ":28C:1/1"]
    parts += [balance("60F", opening), *rows, balance("62F", closing), "-}", ""]
    return "\r\n".join(parts).encode()


def bai2(entries: Sequence[Entry], opening: int = 0) -> bytes:
    """One group a day, each with its totals and counts."""
    days = sorted({each.on for each in entries})
    made, total, records, before = [f"01,{ROUTING},X,261101,1200,1,,,2/"], 0, 2, opening
    for day in days:
        of_day = [(place, each) for place, each in enumerate(entries) if each.on == day]
        after = before + sum(each.minor for _, each in of_day)
        rows = [
            f"16,{'455' if each.minor < 0 else '165'},{abs(each.minor)},Z,{reference(place)},,"
            f"{each.text}"
            for place, each in of_day
        ]
        account = before + after + sum(abs(each.minor) for _, each in of_day)
        made += [
            f"02,X,{ROUTING},1,{day:%y%m%d},2359,USD,2/",
            f"03,{ACCOUNT},USD,010,{before},,,015,{after},,/",
            *rows,
            f"49,{account},{len(rows) + 2}/",
            f"98,{account},1,{len(rows) + 4}/",
        ]
        total, records, before = total + account, records + len(rows) + 4, after
    return "\n".join([*made, f"99,{total},{len(days)},{records}/", ""]).encode()


def xlsx(entries: Sequence[Entry], opening: int = 0) -> bytes:
    """A workbook with serial days, two amount columns, and a row of totals."""
    names = ("Date", "Description", "Debit", "Credit", "Balance")
    rows = ["".join(text_cell(f"{chr(65 + at)}1", name) for at, name in enumerate(names))]
    balance = opening
    for line, each in enumerate(entries, 2):
        balance += each.minor
        column = "C" if each.minor < 0 else "D"
        rows.append(
            number_cell(f"A{line}", str((each.on - date(1899, 12, 30)).days), 1)
            + text_cell(f"B{line}", each.text)
            + number_cell(f"{column}{line}", major(abs(each.minor)))
            + number_cell(f"E{line}", major(balance))
        )
    rows.append(text_cell(f"A{len(rows) + 1}", "Totals"))
    return book(sheet(*rows))


def ofx2(entries: Sequence[Entry], opening: int = 0) -> bytes:
    """OFX 2."""
    return ofx(entries, opening, is_xml=True)


def camt02(entries: Sequence[Entry], opening: int = 0) -> bytes:
    """The oldest version that is read."""
    return camt(entries, opening, "02")


FORMATS: dict[str, Callable[[Sequence[Entry], int], bytes]] = {
    "csv": chase,
    "xlsx": xlsx,
    "ofx1": ofx,
    "ofx2": ofx2,
    "camt02": camt02,
    "camt08": camt,
    "mt940": mt940,
    "bai2": bai2,
}
