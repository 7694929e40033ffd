"""Every kind of hold that the code can state is in the table, and the table holds together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rowcol.domain import holds
from rowcol.domain.holds import HOLDS, Lifter, rule_of
from rowcol.domain.refusal import Code

PACKAGE = Path(__file__).parents[3] / "layers" / "common" / "rowcol"
# Functions whose third argument is a kind, and whose first is.
_THIRD, _FIRST = {"hold", "_hold_release"}, {"Hold"}


def named(node: ast.expr) -> str | None:
    """The kind that an expression names: a text, a Code, or a constant of domain/holds.py."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Attribute(value=ast.Name(id="Code"), attr=name):
            return Code[name].value
        case ast.Name(id=name) if isinstance(getattr(holds, name, None), str):
            return str(getattr(holds, name))
    return None


def stated(tree: ast.AST) -> Iterator[str]:
    """Kinds handed to a hold, and kinds with words that a function answers as a reason."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            given = node.args[2:3] if called in _THIRD else node.args[:1]
            if called in _THIRD | _FIRST:
                yield from filter(None, map(named, given))
        elif isinstance(node, ast.FunctionDef) and _is_reason(node.returns):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from _kinds_of(inner.value)
        elif isinstance(node, ast.Assign) and _is_kind(node.targets[0]):
            for part in ast.walk(node.value):
                found = named(part) if isinstance(part, ast.Attribute | ast.Name) else None
                yield from (found,) if found else ()


def _is_reason(returns: ast.expr | None) -> bool:
    return returns is not None and "tuple[str, str]" in ast.unparse(returns)


def _is_kind(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "kind"


def _kinds_of(value: ast.expr) -> Iterator[str]:
    for part in ast.walk(value):
        if isinstance(part, ast.Tuple) and part.elts:
            found = named(part.elts[0])
            yield from (found,) if found else ()


def guards() -> set[str]:
    """Codes with which cash can refuse a release: they become holds as they are."""
    tree = ast.parse((PACKAGE / "domain" / "guardrail.py").read_text(encoding="utf-8"))
    found = {named(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    # The release compares amounts of the books only: another currency is refused when staged.
    codes = {kind for kind in found if kind is not None} - {Code.CURRENCY_MISMATCH}
    release = (PACKAGE / "service" / "custody.py").read_text(encoding="utf-8")
    assert "Code.RESERVE_UNCOVERED" in release
    return codes | {Code.RESERVE_UNCOVERED}


def every_kind() -> dict[str, str]:
    found: dict[str, str] = dict.fromkeys(guards(), "guardrail.py")
    for path in sorted((PACKAGE / "service").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "Hold(" in ast.unparse(tree) or "hold" in path.read_text(encoding="utf-8"):
            found |= dict.fromkeys(stated(tree), path.name)
    return found


def test_every_kind_that_is_stated_is_in_the_table_and_no_other() -> None:
    found = every_kind()
    assert {kind: where for kind, where in found.items() if kind not in HOLDS} == {}
    assert set(HOLDS) == set(found)


def test_what_the_guardrail_refuses_is_in_the_table() -> None:
    assert guards() <= set(HOLDS)
    assert {HOLDS[kind].lifter for kind in guards()} == {Lifter.SYSTEM}


@pytest.mark.parametrize("kind", HOLDS)
def test_a_rule_says_what_people_need(kind: str) -> None:
    rule = HOLDS[kind]
    assert rule.kind == kind
    assert rule.remedy
    assert bool(rule.lifting) is (rule.lifter is not Lifter.NOBODY)
    if rule.needs_evidence:
        assert rule.lifter in (Lifter.ADMIN, Lifter.SECOND_PERSON)
    if rule.new_date_heals:
        assert not rule.stops_rail


def test_a_kind_of_another_version_can_only_be_cancelled() -> None:
    rule = rule_of("from_tomorrow")
    assert (rule.lifter, rule.stops_rail) == (Lifter.NOBODY, False)
