"""Entries of older versions are read as today's; what is stored, and its hash, stays as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.chain import verify
from rowcol.domain.event_versions import CURRENT, UnknownEventVersion, UnreadableEvent, upcast
from rowcol.domain.log import GENESIS, Entry, Fact, sealed
from rowcol.domain.payment import Payment
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem
from rowcol.storage.codec import aggregate_item, aggregate_of, attribute
from tests.support.domain import builders

GOLDEN = Path(__file__).parents[2] / "golden" / "events"
STORED = sorted(path for path in GOLDEN.glob("v*/*.json") if not path.name.endswith(".upcast.json"))
PARTS = {"payment": Payment, "bill": Bill, "tray": TrayItem}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def written(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def entry_of(path: Path) -> Entry:
    return from_plain(Entry, read(path))


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", STORED, ids=name_of)
def test_an_old_entry_reads_byte_for_byte_as_expected(path: Path) -> None:
    entry = entry_of(path)
    expected = path.with_suffix(".upcast.json").read_text(encoding="utf-8")
    assert written(entry.current_data) == expected


@pytest.mark.parametrize("path", STORED, ids=name_of)
def test_what_is_read_fits_the_aggregates_of_today(path: Path) -> None:
    data = entry_of(path).current_data
    for part, kind in PARTS.items():
        shown = data.get(part)
        if shown is None:
            continue
        assert isinstance(shown, dict)
        # What it lacks came later, with a default, under the same version.
        assert holds(to_plain(from_plain(kind, {**shown, "version": 7})), shown)


def holds(whole: Any, part: Any) -> bool:
    """Whether all that a part says is in the whole."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(holds, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize("path", STORED, ids=name_of)
def test_the_chain_proves_what_was_stored(path: Path) -> None:
    entry = entry_of(path)
    fact = Fact(entry.type, entry.data, entry.payment_id, entry.bill_id, entry.version)
    scope = Scope(entry.firm, entry.client)
    again = sealed(scope, entry.sequence, entry.at, entry.actor, fact, entry.previous)
    assert again.hash == entry.hash
    first = sealed(scope, 1, entry.at, entry.actor, fact, GENESIS)
    assert verify(scope, [first]).intact
    shown_newer = replace(first, data=first.current_data, version=CURRENT)
    if entry.version != CURRENT:
        assert not verify(scope, [shown_newer]).intact


def test_every_version_that_was_ever_written_has_its_golden_entries() -> None:
    types: dict[str, set[str]] = {}
    for path in STORED:
        entry = entry_of(path)
        assert path.parent.name == f"v{entry.version}"
        assert path.stem == entry.type
        types.setdefault(path.parent.name, set()).add(entry.type)
    assert set(types) == {f"v{version}" for version in range(1, CURRENT)}
    assert len(types["v1"]) == 55  # all that version 1 could state


def test_reading_changes_nothing_that_was_stored() -> None:
    data = read(GOLDEN / "v1" / "payment.created.json")["data"]
    before = json.dumps(data)
    upcast("payment.created", 1, data)
    assert json.dumps(data) == before


def test_a_fact_is_written_in_the_current_version_and_read_as_it_is() -> None:
    assert Fact("payment.created", {}).version == CURRENT
    payment = to_plain(builders.payment())
    assert upcast("payment.created", CURRENT, {"payment": payment}) == {"payment": payment}


@pytest.mark.parametrize("version", [0, -1, CURRENT + 1, 999, True])
def test_a_version_that_nobody_knows_is_never_read_as_another(version: int) -> None:
    with pytest.raises(UnknownEventVersion):
        upcast("bill.reported", version, {"bill": {"id": "bill-1"}})


@pytest.mark.parametrize("payment", ["pay_1", [], {}, {"id": "pay_1", "vendor_id": None}])
def test_an_entry_without_the_shape_of_its_version_is_no_entry_of_it(payment: object) -> None:
    with pytest.raises(UnreadableEvent):
        upcast("payment.created", 1, {"payment": payment})


def test_a_stored_payment_of_version_1_is_read_and_written_as_today() -> None:
    old = read(GOLDEN / "v1" / "payment.command_accepted.json")["data"]["payment"]
    name = old.pop("id")
    stored = {"kind": {"S": "payment"}, "id": {"S": name}, "version": {"N": "7"}}
    item = {**stored, "body": attribute(old)}
    payment = aggregate_of(Payment, item)
    assert (payment.id, payment.version) == (name, 7)
    assert payment.counterparty_name == old["vendor_name"]
    again = aggregate_item(Scope("oak", "bluebird"), payment, builders.NOW)
    assert "vendor_name" not in again["body"]["M"]
    assert aggregate_of(Payment, again) == replace(payment, version=8)
