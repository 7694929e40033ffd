"""Choice rules. Evaluated left to right, no further than needed: IsPresent guards what follows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from local.walker.data import Missing, look_up
from local.walker.errors import RUNTIME, StateFailed, UnsupportedMachine

_BOOLEAN = {"And", "Or", "Not"}
_NUMERIC: Mapping[str, Callable[[Any, Any], bool]] = {
    "NumericEquals": operator.eq,
    "NumericLessThan": operator.lt,
    "NumericLessThanEquals": operator.le,
    "NumericGreaterThan": operator.gt,
    "NumericGreaterThanEquals": operator.ge,
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _string_matches(value: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value, re.DOTALL) is not None


def _compare(name: str, value: Any, wanted: Any) -> bool:
    match name:
        case "StringEquals":
            return isinstance(value, str) and value == wanted
        case "StringMatches":
            return isinstance(value, str) and _string_matches(value, wanted)
        case "BooleanEquals":
            return isinstance(value, bool) and value is wanted
        case "IsNull":
            return (value is None) is wanted
    return _is_number(value) and _NUMERIC[name](value, wanted)


_OPERATORS = {"StringEquals", "StringMatches", "BooleanEquals", "IsNull", "IsPresent", *_NUMERIC}


def check_rule(rule: Mapping[str, Any], *, top: bool = True) -> None:
    """Raises UnsupportedMachine for a rule with anything but known operators."""
    names = set(rule) - ({"Next", "Comment"} if top else set())
    if len(names) == 1 and names <= _BOOLEAN:
        name = next(iter(names))
        for below in [rule[name]] if name == "Not" else rule[name]:
            check_rule(below, top=False)
    elif len(names) != 2 or "Variable" not in names or not names - {"Variable"} <= _OPERATORS:
        raise UnsupportedMachine(f"choice rule {sorted(names)}")


def holds(rule: Mapping[str, Any], data: Any, context: Any) -> bool:
    """Whether a checked rule holds. A variable that is not there is a runtime error, as on AWS."""
    if "And" in rule:
        return all(holds(below, data, context) for below in rule["And"])
    if "Or" in rule:
        return any(holds(below, data, context) for below in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data, context)
    name = next(key for key in rule if key in _OPERATORS)
    try:
        value = look_up(rule["Variable"], data, context)
    except Missing:
        if name == "IsPresent":
            return not rule[name]
        raise StateFailed(RUNTIME, f"nothing at {rule['Variable']}") from None
    return bool(rule[name]) if name == "IsPresent" else _compare(name, value, rule[name])
