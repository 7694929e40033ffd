"""The query language: one entity, AND only, some properties not queryable (qbo contract, 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from local.simulators.clock import parse_instant
from local.simulators.messages import Json
from local.simulators.qbo.errors import Fault

_TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|<=|>=|!=|[=<>(),*]|[-+\w.:]+)")
PAGE_DEFAULT, PAGE_MAX = 100, 1000
_EVERYWHERE = {"Id", "MetaData.CreateTime", "MetaData.LastUpdatedTime"}
_TRANSACTION = {"TxnDate", "DocNumber", "TotalAmt"}
_QUERYABLE: Mapping[str, set[str]] = {
    "Bill": {*_TRANSACTION, "VendorRef", "DueDate", "APAccountRef", "Balance"},
    "BillPayment": {*_TRANSACTION, "VendorRef", "PayType"},
    "Vendor": {"DisplayName", "CompanyName", "Active", "Balance", "PrintOnCheckName"},
    "VendorCredit": {*_TRANSACTION, "VendorRef", "Balance"},
    "Account": {
        *("Name", "FullyQualifiedName", "AccountType", "AccountSubType"),
        *("Classification", "CurrentBalance", "Active"),
    },
    "Invoice": {*_TRANSACTION, "CustomerRef", "DueDate", "Balance"},
    "Payment": {"TxnDate", "TotalAmt", "CustomerRef", "PaymentRefNum", "UnappliedAmt"},
    "Purchase": {*_TRANSACTION, "AccountRef", "PaymentType"},
    "JournalEntry": {*_TRANSACTION},
    "Deposit": {*_TRANSACTION, "DepositToAccountRef"},
    "Transfer": {"TxnDate", "Amount", "FromAccountRef", "ToAccountRef"},
    "Customer": {"DisplayName", "Active", "Balance"},
    "Attachable": {"AttachableRef.EntityRef.value", "AttachableRef.EntityRef.Type", "FileName"},
    "CompanyInfo": set(),
    "Preferences": set(),
}
NAME_LISTS = frozenset({"Vendor", "Account", "Customer"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of the WHERE part."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed statement."""

    entity: str
    count: bool
    conditions: tuple[Condition, ...]
    order_by: str | None
    descending: bool
    start: int
    limit: int


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position = 0
        text = text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise Fault("4000", f"unexpected character at {position}")
            self._tokens.append(match.group(1))
            position = match.end()

    def peek(self) -> str:
        return self._tokens[0].upper() if self._tokens else ""

    def take(self, expected: str | None = None) -> str:
        if not self._tokens:
            raise Fault("4000", "unexpected end of the statement")
        token = self._tokens.pop(0)
        if expected is not None and token.upper() != expected:
            raise Fault("4000", f"expected {expected}, found {token}")
        return token

    def taken(self, *words: str) -> bool:
        if [token.upper() for token in self._tokens[: len(words)]] != list(words):
            return False
        del self._tokens[: len(words)]
        return True


def parse(text: str, entities: Mapping[str, str], *, id_sortable: bool = False) -> Query:
    """Parse a statement; `entities` maps lower-case names to entity names. Raises Fault."""
    tokens = _Tokens(text)
    tokens.take("SELECT")
    count = _columns(tokens)
    name = tokens.take().lower()
    if name not in entities:
        raise Fault("4001", f"entity '{name}' is not queryable")
    entity = entities[name]
    conditions: list[Condition] = []
    if tokens.taken("WHERE"):
        conditions.append(_condition(tokens, entity))
        while tokens.taken("AND"):
            conditions.append(_condition(tokens, entity))
        if tokens.peek() == "OR":
            raise Fault("4000", "OR is not supported")
    order_by, descending = None, False
    if tokens.taken("ORDERBY") or tokens.taken("ORDER", "BY"):
        order_by = _property(tokens.take(), entity)
        if order_by == "Id" and not id_sortable:
            raise Fault("4001", "property 'Id' is not sortable")
        descending = tokens.taken("DESC") or (tokens.taken("ASC") and False)
    start, limit = 1, PAGE_DEFAULT
    while tokens.peek() in ("STARTPOSITION", "MAXRESULTS"):
        if tokens.take().upper() == "STARTPOSITION":
            start = _number(tokens, 10**9)
        else:
            limit = _number(tokens, PAGE_MAX)
    if tokens.peek():
        raise Fault("4000", f"unexpected {tokens.peek()}")
    return Query(entity, count, tuple(conditions), order_by, descending, start, limit)


def run(query: Query, rows: list[Json]) -> list[Json]:
    """The rows that fit, ordered, not yet cut into a page."""
    asked_active = any(condition.field == "Active" for condition in query.conditions)
    if query.entity in NAME_LISTS and not asked_active:
        rows = [row for row in rows if row.get("Active", True)]
    fitting = [row for row in rows if all(_fits(row, c) for c in query.conditions)]
    if query.order_by is not None:
        field = query.order_by
        fitting.sort(key=lambda row: _sortable(_value(row, field)), reverse=query.descending)
    return fitting


def _columns(tokens: _Tokens) -> bool:
    first = tokens.take()
    if first.upper() == "COUNT":
        for sign in ("(", "*", ")"):
            tokens.take(sign)
        tokens.take("FROM")
        return True
    while tokens.peek() != "FROM":  # all properties come back whatever is listed
        tokens.take()
    tokens.take("FROM")
    return False


def _condition(tokens: _Tokens, entity: str) -> Condition:
    field = _property(tokens.take(), entity)
    operator = tokens.take().upper()
    if operator == "IN":
        tokens.take("(")
        values = [_literal(tokens)]
        while tokens.taken(","):
            values.append(_literal(tokens))
        tokens.take(")")
        return Condition(field, operator, tuple(values))
    if operator not in ("=", "<", ">", "<=", ">=", "LIKE"):
        raise Fault("4000", f"operator {operator} is not supported")
    return Condition(field, operator, (_literal(tokens),))


def _property(name: str, entity: str) -> str:
    known = _QUERYABLE.get(entity, set()) | _EVERYWHERE
    lowered = {item.lower(): item for item in known}
    if name.lower() not in lowered:
        raise Fault("4001", f"property '{name}' is not queryable")
    return lowered[name.lower()]


def _literal(tokens: _Tokens) -> str:
    token = tokens.take()
    if token.startswith("'"):
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    if re.fullmatch(r"-?\d+(\.\d+)?|true|false", token, re.IGNORECASE):
        return token
    raise Fault("4000", f"a value must be in single quotes: {token}")


def _number(tokens: _Tokens, maximum: int) -> int:
    text = tokens.take()
    if not text.isdigit() or not 1 <= int(text) <= maximum:
        raise Fault("4001", f"value {text} is out of range")
    return int(text)


def _value(row: Json, field: str) -> Any:
    value: Any = row
    for part in field.split("."):
        if isinstance(value, list):
            value = value[0] if value else {}
        value = value.get(part, value.get(part.lower())) if isinstance(value, dict) else None
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _sortable(value: Any) -> tuple[int, Any]:
    comparable = _comparable(value)
    return (0, "") if comparable is None else (1, comparable)


def _comparable(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}T", value):
        return parse_instant(value)
    return value


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def _fits(row: Json, condition: Condition) -> bool:
    value = _value(row, condition.field)
    if value is None:
        return False
    if condition.operator == "LIKE":
        pattern = ".*".join(re.escape(part) for part in condition.values[0].split("%"))
        return re.fullmatch(pattern, str(value), re.IGNORECASE) is not None
    if condition.operator == "IN":
        return any(_same(value, text) for text in condition.values)
    return _same(value, condition.values[0], condition.operator)


def _same(value: Any, text: str, operator: str = "=") -> bool:
    mine = _comparable(value)
    try:
        if isinstance(mine, Decimal):
            theirs: Any = Decimal(text)
        elif not isinstance(mine, str):
            theirs = parse_instant(text)
        else:
            theirs = text.lower() if isinstance(value, bool) else text
    except (InvalidOperation, ValueError):
        raise Fault("4001", f"value '{text}' does not fit the property") from None
    return _COMPARE[operator](mine, theirs)
