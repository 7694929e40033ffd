"""docs/events/*.json are what the code publishes and states, and stay readable for listeners."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local import event_schemas
from local.event_schemas import FOLDER, bus_event_schema, documents, facts_schema, text_of, write
from local.fact_types import stated_facts
from local.schema_changes import breaks
from rowcol.domain.event_versions import CURRENT
from rowcol.service.bus_event import SCHEMA_VERSION
from tests.support.events.schemas import BUS, data_errors, event_errors

GOLDEN = Path(__file__).parents[2] / "golden" / "events"


@pytest.mark.parametrize("name", [f"bus-event.v{SCHEMA_VERSION}.json", f"facts.v{CURRENT}.json"])
def test_the_file_says_what_the_code_does(name: str) -> None:
    """If this fails: `python -m local.event_schemas` writes what readers can live with."""
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(documents()[name])


def test_every_version_that_was_ever_current_is_kept() -> None:
    kept = {path.name for path in FOLDER.glob("*.json")}
    assert kept == {f"bus-event.v{number}.json" for number in range(1, SCHEMA_VERSION + 1)} | {
        f"facts.v{number}.json" for number in range(1, CURRENT + 1)
    }


def test_the_facts_listed_are_the_facts_the_code_can_state() -> None:
    assert set(facts_schema()["facts"]) == set(stated_facts())


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("v*/*.json")), ids=lambda path: path.stem)
def test_entries_of_every_version_fit_its_schema(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    if path.name.endswith(".upcast.json"):
        errors = data_errors(path.name.removesuffix(".upcast.json"), CURRENT, kept)
    else:
        errors = data_errors(kept["type"], kept["version"], kept["data"])
    assert errors == []


EVENT: dict[str, Any] = {
    "schema_version": 1,
    "firm": "oak",
    "client": "bluebird",
    "sequence": 1,
    "at": "2026-11-21T15:00:25.263595Z",
    "actor": {"kind": "system", "id": "rowcol", "authenticated_at": None},
    "payment_id": None,
    "bill_id": None,
    "hash": "0" * 64,
}


def test_a_listener_reads_events_from_before_and_after_a_field_was_added() -> None:
    assert event_errors(EVENT) == []
    assert event_errors({**EVENT, "data_version": CURRENT}) == []
    assert event_errors({**EVENT, "something_new": [1]}) == []


@pytest.mark.parametrize(
    "change",
    [{"schema_version": 2}, {"sequence": "1"}, {"actor": None}, {"hash": None}, {"firm": 7}],
)
def test_an_event_of_another_shape_is_none(change: dict[str, Any]) -> None:
    assert event_errors(EVENT | change)
    assert event_errors({name: EVENT[name] for name in EVENT if name not in change})


def test_the_schema_names_every_field_of_an_event() -> None:
    assert set(BUS["properties"]) == {*EVENT, "data_version"}
    assert set(BUS["required"]) == set(EVENT)


# ---- the rule of compatibility


def test_a_schema_is_compatible_with_itself() -> None:
    assert breaks(written_facts(), written_facts()) == []


def written_facts() -> Any:
    return json.loads((FOLDER / f"facts.v{CURRENT}.json").read_text(encoding="utf-8"))


def payment(schema: Any) -> Any:
    return schema["$defs"]["Payment"]


def adds(name: str, *, required: bool) -> Callable[[Any], None]:
    def edit(schema: Any) -> None:
        payment(schema)["properties"][name] = {"type": ["string", "null"]}
        payment(schema)["required"] += [name] * required

    return edit


def renames(old: str, new: str) -> Callable[[Any], None]:
    def edit(schema: Any) -> None:
        properties = payment(schema)["properties"]
        properties[new] = properties.pop(old)

    return edit


def retypes(name: str, to: Any) -> Callable[[Any], None]:
    return lambda schema: payment(schema)["properties"].update({name: {"type": to}})


BREAKING: dict[str, Callable[[Any], Any]] = {
    "a field is gone": lambda schema: payment(schema)["properties"].pop("memo"),
    "a field is renamed": renames("memo", "note"),
    "a field has another type": retypes("recorded_attempt", "string"),
    "a field may be null": retypes("recorded_attempt", ["integer", "null"]),
    "a field may be missing": lambda schema: payment(schema)["required"].remove("amount"),
    "a new field must be there": adds("mood", required=True),
    "a word is gone": lambda schema: schema["$defs"]["Status"]["enum"].remove("hold"),
    "a fact is gone": lambda schema: schema["facts"].pop("payment.created"),
    "a fact carries less": lambda schema: schema["facts"]["tray.opened"]["required"].clear(),
    "a value is gone": lambda schema: schema["$defs"].pop("Money"),
    "a list is closed": lambda schema: payment(schema).update(additionalProperties=False),
}
COMPATIBLE: dict[str, Callable[[Any], Any]] = {
    "a new field that may be missing": adds("mood", required=False),
    "a new word": lambda schema: schema["$defs"]["Status"]["enum"].append("asleep"),
    "a new fact": lambda schema: schema["facts"].update({"payment.dreamt": {"type": "object"}}),
    "a better title": lambda schema: schema.update(title="Facts"),
}


@pytest.mark.parametrize("edit", BREAKING)
def test_what_readers_cannot_live_with_needs_a_new_version(edit: str) -> None:
    before = written_facts()
    after = copy.deepcopy(before)
    BREAKING[edit](after)
    assert before != after
    assert breaks(before, after)


@pytest.mark.parametrize("edit", COMPATIBLE)
def test_what_readers_can_live_with_needs_none(edit: str) -> None:
    before = written_facts()
    after = copy.deepcopy(before)
    COMPATIBLE[edit](after)
    assert before != after
    assert breaks(before, after) == []


def test_a_breaking_change_is_not_written_under_the_same_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"bus-event.v{SCHEMA_VERSION}.json"
    monkeypatch.setattr(event_schemas, "documents", lambda: {name: bus_event_schema()})
    assert write(tmp_path) == []
    promised = bus_event_schema()
    promised["properties"]["mood"] = {"type": "string"}
    (tmp_path / name).write_text(text_of(promised), encoding="utf-8")
    assert write(tmp_path) == [f"{name}: /properties/mood: is gone"]
    assert (tmp_path / name).read_text(encoding="utf-8") == text_of(promised)


def test_what_the_code_does_now_breaks_no_reader_of_what_was_promised() -> None:
    for name, schema in documents().items():
        assert breaks(json.loads((FOLDER / name).read_text(encoding="utf-8")), schema) == []
