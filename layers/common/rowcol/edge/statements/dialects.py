"""Exports of American banks as data (contract bank-statements.md section 1).

Banks publish no schema and change exports without notice: what is not listed here is asked for.
"""

from __future__ import annotations

from rowcol.domain.date_order import DateOrder
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.profile import MappingProfile, Sign

_US = DateOrder.MONTH_FIRST


def _dialect(  # noqa: PLR0913  # options by keyword, as in the profile that it makes
    name: str,
    columns: dict[str, Role],
    ignored: str = "",
    *,
    optional: str = "",
    order: DateOrder = _US,
    sign: Sign = Sign.SIGNED,
    is_open: bool = False,
) -> MappingProfile:
    """`ignored` and `optional` are header names between semicolons."""
    optionals = frozenset(filter(None, optional.split(";")))
    others = frozenset(filter(None, ignored.split(";"))) | (optionals - set(columns))
    return MappingProfile(
        name,
        columns,
        ignored=others,
        optional=optionals,
        is_open=is_open,
        date_order=order,
        sign=sign,
    )


DIALECTS = (
    _dialect(
        "chase_checking",
        {
            "posting date": Role.DATE,
            "description": Role.DESCRIPTION,
            "amount": Role.AMOUNT,
            "type": Role.KIND,
            "balance": Role.BALANCE,
            "check or slip #": Role.CHECK,
        },
        ignored="details",
    ),
    _dialect(
        "chase_card",
        {
            "post date": Role.DATE,
            "description": Role.DESCRIPTION,
            "amount": Role.AMOUNT,
            "type": Role.KIND,
        },
        ignored="transaction date;category;memo",
        optional="card",
    ),
    _dialect(
        "bank_of_america",
        {
            "date": Role.DATE,
            "description": Role.DESCRIPTION,
            "amount": Role.AMOUNT,
            "running bal.": Role.BALANCE,
        },
    ),
    _dialect(
        "mercury",
        {
            "date (utc)": Role.DATE,
            "description": Role.DESCRIPTION,
            "amount": Role.AMOUNT,
            "status": Role.STATUS,
            "source account": Role.ACCOUNT,
            "check number": Role.CHECK,
        },
        ignored="bank description",
        optional="check number",
        is_open=True,
    ),
    _dialect(
        "capital_one_360",
        {
            "account number": Role.ACCOUNT,
            "transaction description": Role.DESCRIPTION,
            "transaction date": Role.DATE,
            "transaction type": Role.DIRECTION,
            "transaction amount": Role.AMOUNT,
            "balance": Role.BALANCE,
        },
        sign=Sign.WORD,
    ),
    _dialect(
        "us_bank",
        {"date": Role.DATE, "name": Role.DESCRIPTION, "amount": Role.AMOUNT},
        ignored="transaction;memo",
        order=DateOrder.ISO,
    ),
    _dialect(
        "pnc",
        {
            "date": Role.DATE,
            "description": Role.DESCRIPTION,
            "withdrawals": Role.DEBIT,
            "deposits": Role.CREDIT,
            "balance": Role.BALANCE,
        },
        optional="category",
    ),
    _dialect(
        "citi_card",
        {
            "status": Role.STATUS,
            "date": Role.DATE,
            "description": Role.DESCRIPTION,
            "debit": Role.DEBIT,
            "credit": Role.CREDIT,
        },
        optional="member name",
    ),
    _dialect(
        "capital_one_card",
        {
            "posted date": Role.DATE,
            "card no.": Role.ACCOUNT,
            "description": Role.DESCRIPTION,
            "debit": Role.DEBIT,
            "credit": Role.CREDIT,
        },
        ignored="transaction date;category",
        order=DateOrder.ISO,
    ),
    _dialect(
        "amex",
        {
            "date": Role.DATE,
            "description": Role.DESCRIPTION,
            "amount": Role.AMOUNT,
            "account #": Role.ACCOUNT,
        },
        ignored="card member",
        is_open=True,
        sign=Sign.INVERTED,
    ),
    _dialect(
        "discover",
        {"post date": Role.DATE, "description": Role.DESCRIPTION, "amount": Role.AMOUNT},
        ignored="trans. date;category",
        sign=Sign.INVERTED,
    ),
    _dialect(
        "apple_card",
        {
            "clearing date": Role.DATE,
            "description": Role.DESCRIPTION,
            "amount (usd)": Role.AMOUNT,
            "type": Role.KIND,
        },
        ignored="transaction date;merchant;category",
        optional="purchased by",
        sign=Sign.INVERTED,
    ),
)

# Five quoted columns, the third a star: date, amount, *, check number, description.
WELLS_FARGO = MappingProfile(
    "wells_fargo",
    {"0": Role.DATE, "1": Role.AMOUNT, "3": Role.CHECK, "4": Role.DESCRIPTION},
    headerless=True,
    date_order=_US,
)
