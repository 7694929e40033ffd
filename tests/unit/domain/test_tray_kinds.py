"""Every kind of tray item that any code opens has a row in the one table of kinds."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.openapi import operations
from rowcol.domain.connection_health import ITEMS
from rowcol.domain.evidence import Mismatch
from rowcol.domain.hygiene.kinds import HYGIENE
from rowcol.domain.tray_kind import Accept, Family
from rowcol.domain.tray_kinds import KINDS, QUARANTINED, UNAPPLIED, kind_of
from rowcol.service import ending

LAYER = Path(__file__).parents[3] / "layers" / "common"
NAMES = ("open_item", "close_item")
# Calls that name the kind by a variable, and all that it can be. By module and the variable's text.
VARIABLE: dict[tuple[str, str], frozenset[str]] = {
    ("rowcol.service.judgement", "finding.kind.value"): frozenset(k.value for k in Mismatch),
    ("rowcol.service.judgement", "kind.value"): frozenset(k.value for k in Mismatch),
    ("rowcol.service.connection_health", "kind"): frozenset(
        {*(kind for kind, _, _ in ITEMS.values()), "connection_broken"}
    ),
    ("rowcol.service.connection_keeping", "kind"): frozenset(k for k, _, _ in ITEMS.values()),
    ("rowcol.service.ending", "item"): frozenset({*ending._ITEMS, *(k.value for k in Mismatch)}),
    ("rowcol.service.hygiene.writing", "kind"): HYGIENE,
    ("rowcol.service.event_items", "kind"): frozenset({QUARANTINED, UNAPPLIED}),
    ("rowcol.service.payment_facts", "item"): frozenset({"held", "rail_failed"}),
}


def _calls() -> Iterator[tuple[str, ast.expr]]:
    for path in sorted(LAYER.glob("rowcol/**/*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in NAMES) or path.name == "tray.py":
            continue
        module = ".".join(path.relative_to(LAYER).with_suffix("").parts)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in NAMES:
                yield module, node.args[2]


def _kinds(module: str, told: ast.expr) -> frozenset[str]:
    if isinstance(told, ast.Constant):
        return frozenset({str(told.value)})
    known = VARIABLE.get((module, ast.unparse(told)))
    if known is not None:
        return known
    value = getattr(importlib.import_module(module), ast.unparse(told), None)
    return frozenset({value}) if isinstance(value, str) else frozenset()


@pytest.mark.parametrize(
    ("module", "told"), list(_calls()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_every_kind_that_code_opens_or_closes_is_in_the_table(module: str, told: ast.expr) -> None:
    kinds = _kinds(module, told)
    assert kinds, f"{module}: say in VARIABLE what {ast.unparse(told)!r} can be"
    assert sorted(kinds - KINDS.keys()) == []


def test_no_kind_stands_twice_and_words_are_there() -> None:
    for name, row in KINDS.items():
        assert name == row.kind
        assert row.words
        assert row.remedy


def test_severe_money_is_never_accepted_by_who_made_it() -> None:
    money = {Family.DISCREPANCY, Family.HELD_PAYMENT}
    alone = [
        row.kind
        for row in KINDS.values()
        if row.family in money
        and row.is_severe
        and row.accept in (Accept.PREPARER, Accept.APPROVER)
    ]
    assert alone == []


def test_operations_that_are_offered_exist() -> None:
    served = {operation.name for operation in operations()}
    offered = {name for row in KINDS.values() for name in row.offers}
    assert sorted(offered - served - {"replayEvents"}) == []


def test_a_kind_of_another_version_is_severe_and_nobody_accepts_it() -> None:
    assert kind_of("from_the_future").accept is Accept.NOBODY
    assert kind_of("from_the_future").is_severe
