"""What US banks print beside a movement: ACH descriptors, checks, wires, cards, wages."""

from __future__ import annotations

import random

from tests.support.cash_world.names import Business, cut

Chance = random.Random


_PLACES = (
    "BOSTON MA",
    "AUSTIN TX",
    "PORTLAND OR",
    "ST PAUL MN",
    "ACCTS PAYABLE",
    "HQ",
    "8005551212",
)


def _where(chance: Chance) -> str:
    """Some banks print a place or a desk behind the name."""
    return f" {chance.choice(_PLACES)}" if chance.random() < 0.2 else ""


def _digits(chance: Chance, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def by_rail(chance: Chance, vendor: Business, *, named: bool) -> str:
    """A debit by which Ramp collects."""
    who = cut(chance, vendor.name)
    if not named:
        return chance.choice(
            (
                f"RAMP BUSINESS CO DES:BILL PAY CO ID:{_digits(chance, 10)} CCD",
                f"ORIG CO NAME:RAMP CO ENTRY DESCR:BILLPAY SEC:CCD TRACE#:{_digits(chance, 15)}",
                "ACH DEBIT RAMP BILL PAY",
                f"RAMP PAYMENTS {_digits(chance, 6)}",
            )
        )
    return chance.choice(
        (
            f"RAMP BUSINESS CO DES:BILL PAY ID:{_digits(chance, 9)} INDN:{who} CCD",
            f"RAMP BILL PAY {who}",
            f"ORIG CO NAME:RAMP CO ENTRY DESCR:BILLPAY IND NAME:{who} TRN:{_digits(chance, 10)}",
            f"ACH WITHDRAWAL RAMP {who} {_digits(chance, 5)}",
        )
    )


def check(chance: Chance, number: str) -> str:
    """A paper check that was cashed."""
    return chance.choice(
        (
            f"CHECK {number}",
            f"CHECK #{number}",
            f"CHECK PAID {number}",
            "CHECK",
            f"INCLEARING CHECK {number}",
        )
    )


def direct(chance: Chance, vendor: Business, number: str | None) -> str:
    """A debit that the vendor or the client's bank made."""
    who = cut(chance, vendor.printed) + _where(chance)
    tail = f" {number}" if number is not None else ""
    return chance.choice(
        (
            f"{who} DES:PAYMENT ID:{_digits(chance, 8)} CCD{tail}",
            f"ACH DEBIT {who} WEB PMT{tail}",
            f"ORIG CO NAME:{who} ENTRY DESCR:INVOICE SEC:CCD TRACE#:{_digits(chance, 15)}{tail}",
            f"BILL PAYMENT TO {who} CONF {_digits(chance, 7)}{tail}",
            f"WIRE OUT BNF:{who} SRF:{_digits(chance, 10)}{tail}",
            f"DBT CRD {_digits(chance, 4)} {who}{tail}",
        )
    )


def received(chance: Chance, customer: Business, number: str | None) -> str:
    """A credit from a customer."""
    who = cut(chance, customer.printed) + _where(chance)
    tail = f" {number}" if number is not None else ""
    return chance.choice(
        (
            f"{who} DES:VENDOR PMT ID:{_digits(chance, 7)} CCD{tail}",
            f"ACH CREDIT {who} EDI PYMNTS{tail}",
            f"WIRE TYPE:WIRE IN ORIG:{who} SND REF:{_digits(chance, 9)}{tail}",
            f"ORIG CO NAME:{who} ENTRY DESCR:AP PAYMENT SEC:CTX TRACE#:{_digits(chance, 15)}{tail}",
            f"ZELLE FROM {who}{tail}",
            f"REALTIME PMT RECD FROM {who}{tail}",
        )
    )


def deposit(chance: Chance) -> str:
    """Paper that was carried or scanned in."""
    return chance.choice(
        (
            "DEPOSIT",
            "REMOTE DEPOSIT",
            f"DEPOSIT ID NUMBER {_digits(chance, 6)}",
            "COUNTER DEPOSIT",
            f"MOBILE DEPOSIT {_digits(chance, 4)}",
        )
    )


_SHOPS = (
    "STAPLES 00114 BOSTON MA", "AMZN MKTP US*2K81", "SHELL OIL 5744", "DELTA AIR 00623",
    "UBER TRIP", "ADOBE *CREATIVE CLD", "COSTCO WHSE #0311", "GOOGLE *GSUITE",
    "MICROSOFT*STORE", "HOME DEPOT 3382",
    "SQ *CORNER BAKERY", "USPS PO 24155", "VERIZON WRLS P1122", "COMCAST 8773",
)  # fmt: skip


def noise(chance: Chance) -> tuple[str, str]:
    """A line that is nobody's bill or invoice: what kind it is, and its text."""
    kind = chance.choices(
        ("payroll", "card", "transfer", "fee", "tax", "loan", "interest", "stripe", "other"),
        (14, 46, 9, 5, 4, 4, 2, 8, 8),
    )[0]
    texts = {
        "payroll": f"GUSTO DES:PAYROLL ID:{_digits(chance, 7)} CCD",
        "card": f"PURCHASE AUTHORIZED ON {chance.randint(1, 12):02d}/{chance.randint(1, 28):02d}"
        f" {chance.choice(_SHOPS)} CARD {_digits(chance, 4)}",
        "transfer": f"ONLINE TRANSFER TO SAV ...{_digits(chance, 4)} TRN: {_digits(chance, 10)}",
        "fee": chance.choice(
            ("MONTHLY SERVICE FEE", "OUTGOING WIRE FEE", "ACCOUNT ANALYSIS CHARGE")
        ),
        "tax": f"IRS USATAXPYMT {_digits(chance, 15)}",
        "loan": f"COMMERCIAL LOAN PMT {_digits(chance, 8)}",
        "interest": "INTEREST PAYMENT",
        "stripe": "STRIPE DES:TRANSFER ID:ST-" + _digits(chance, 8),
        "other": chance.choice(
            (
                f"ACH DEBIT {_digits(chance, 10)}",
                f"MISC DEBIT {_digits(chance, 6)}",
                f"POS {chance.choice(_SHOPS)}",
                f"VENMO PAYMENT {_digits(chance, 10)}",
            )
        ),
    }
    return kind, texts[kind]
