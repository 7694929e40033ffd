"""Which facts the code can state, and with what: read from its calls of `Change.state`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rowcol.domain.lifecycle import Trigger

PACKAGE = Path(__file__).parents[1] / "layers" / "common" / "rowcol"
FACT = re.compile(r"[a-z_]+\.[a-z_]+\Z")


@dataclass(frozen=True, slots=True)
class Stated:
    """One fact type: what its data always holds, and what it may hold besides."""

    always: frozenset[str]
    sometimes: frozenset[str]

    def joined(self, other: Stated) -> Stated:
        """The same type stated at another place."""
        every = self.always | self.sometimes | other.always | other.sometimes
        always = self.always & other.always
        return Stated(always, every - always)


def stated_facts(package: Path = PACKAGE) -> dict[str, Stated]:
    """Every fact type that the service ring can state, with the names in its data."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((package / "service").rglob("*.py"))
    ]
    found: dict[str, Stated] = {}
    for tree in trees:
        for owner, call in _calls(tree):
            named = frozenset(one.arg for one in call.keywords if one.arg is not None)
            for name in _types(call.args[0], owner, trees, package):
                fresh = Stated(named, frozenset())
                found[name] = found[name].joined(fresh) if name in found else fresh
    return found


def _calls(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Every call of a change's `state`, with the name of the function it is in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and node.args and _is_state(node.func):
            yield owner, node
        inner = node.name if isinstance(node, ast.FunctionDef) else owner
        yield from _calls(node, inner)


def _is_state(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr == "state"


def _types(
    argument: ast.expr, owner: str, trees: Sequence[ast.AST], package: Path
) -> frozenset[str]:
    """The types one call can state: its literal, made from a trigger, or handed to its function."""
    match argument:
        case ast.Constant(value=str(text)):
            return frozenset({text})
        case ast.IfExp(body=one, orelse=other):
            return _types(one, owner, trees, package) | _types(other, owner, trees, package)
        case ast.JoinedStr():
            return frozenset(f"payment.{name}" for name in _triggers_of_rails(package))
        case _:
            return frozenset(_handed_over(owner, trees))


def _triggers_of_rails(package: Path) -> set[str]:
    """Triggers that a reading of the rail can pull; a system hold is stated as `payment.held`."""
    tree = ast.parse((package / "domain" / "rail_triggers.py").read_text(encoding="utf-8"))
    named = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Trigger"
    }
    return {Trigger[name].value for name in named if name != "SYSTEM_HOLD"}


def _handed_over(function: str, trees: Sequence[ast.AST]) -> Iterator[str]:
    """Literals that look like a type, wherever that function is called."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == function:
                given = [*node.args, *(one.value for one in node.keywords)]
                for argument in given:
                    text = argument.value if isinstance(argument, ast.Constant) else None
                    if isinstance(text, str) and FACT.match(text):
                        yield text


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
