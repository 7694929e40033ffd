"""docs/events.md names every fact type that the code can state, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from rowcol.domain.lifecycle import Trigger

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "layers" / "common" / "rowcol"
PAGE = ROOT / "docs" / "events.md"
FACT = re.compile(r"[a-z]+\.[a-z_]+\Z")
ROW = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \|", re.MULTILINE)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call of a change's `state`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr != "state":
                continue
            yield node


def triggers_of_rails() -> set[str]:
    """Triggers that a reading of the rail can pull; a system hold is stated as `payment.held`."""
    tree = ast.parse((PACKAGE / "domain" / "payment.py").read_text(encoding="utf-8"))
    named = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Trigger"
    }
    return {Trigger[name].value for name in named if name != "SYSTEM_HOLD"}


def stated() -> set[str]:
    """Types stated in the service ring: literal, made from a trigger, or handed to a helper."""
    found: set[str] = set()
    for path in sorted((PACKAGE / "service").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in calls(tree):
            match call.args[0]:
                case ast.Constant(value=str(text)):
                    found.add(text)
                case ast.JoinedStr():
                    found |= {f"payment.{name}" for name in triggers_of_rails()}
                case _:
                    found |= handed_over(tree)
    return found


def handed_over(tree: ast.AST) -> set[str]:
    """Literals that look like a type, given to functions of a module that states a variable."""
    return {
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for argument in node.args
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and FACT.match(argument.value)
    }


def test_the_page_lists_every_type_and_nothing_else() -> None:
    listed = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len(listed) == len(set(listed))
    assert set(listed) == stated()
