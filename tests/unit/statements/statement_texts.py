"""Short files of one account and one day, entry by entry: amount, the bank's reference, text."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.statement_files import major

Told = tuple[int, str, str]


def bai2_file(entries: Sequence[Told], opening: int = 100_000) -> bytes:
    """2 October 2026."""
    rows = [
        f"16,{'455' if minor < 0 else '165'},{abs(minor)},Z,{reference},,{text}"
        for minor, reference, text in entries
    ]
    return bai2_records(rows, opening, sum(minor for minor, _, _ in entries))


def bai2_records(rows: Sequence[str], opening: int, moved: int) -> bytes:
    """A file around records 16 and 88, with its totals; `moved` is the sum of the entries."""
    closing = opening + moved
    amounts = sum(int(row.split(",")[2]) for row in rows if row.startswith("16"))
    total = opening + closing + amounts
    records = len(rows)
    return "\n".join(
        [
            "01,110000000,X,261101,1200,1,,,2/",
            "02,X,110000000,1,261002,2359,USD,2/",
            f"03,000912345678,USD,010,{opening},,,015,{closing},,/",
            *rows,
            f"49,{total},{records + 2}/",
            f"98,{total},1,{records + 4}/",
            f"99,{total},1,{records + 6}/",
        ]
    ).encode()


def camt_file(entries: Sequence[Told], opening: int = 100_000) -> bytes:
    """2 October 2026, version .08."""

    def amount(minor: int) -> str:
        sign = "DBIT" if minor < 0 else "CRDT"
        return f'<Amt Ccy="USD">{major(abs(minor))}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'

    def balance(code: str, minor: int) -> str:
        return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(minor)}</Bal>"

    rows = "".join(
        f"<Ntry>{amount(minor)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-10-02</Dt></BookgDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><AddtlNtryInf>{text}</AddtlNtryInf></Ntry>"
        for minor, reference, text in entries
    )
    closing = opening + sum(minor for minor, _, _ in entries)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Acct><Ccy>USD</Ccy></Acct>{balance('OPBD', opening)}{balance('CLBD', closing)}{rows}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def mt940_file(entries: Sequence[Told], opening: int = 100_000) -> bytes:
    """2 October 2026; the opening balance is of the day before, as banks write it."""
    closing = opening + sum(minor for minor, _, _ in entries)
    rows = [
        f":61:261002{'D' if minor < 0 else 'C'}{major(abs(minor), ',')}NTRFNONREF//{reference}\n"
        f":86:{text}"
        for minor, reference, text in entries
    ]
    return "\n".join(
        [
            ":20:X",
            ":25:110000000/000912345678",
            f":60F:C261001USD{major(opening, ',')}",
            *rows,
            f":62F:C261002USD{major(closing, ',')}",
            "-",
        ]
    ).encode()
