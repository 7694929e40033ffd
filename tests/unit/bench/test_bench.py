"""The measurements run, and their constants agree with what is deployed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import (
    application,
    bulk,
    console,
    costs,
    hygiene,
    intake_cpu,
    package_size,
    plan,
    tray,
    units,
)
from bench.result import Figure, Section, text, under
from rowcol.domain.batch import Mode
from tests.support.webhooks.cases import all_cases
from tests.unit.template.document import as_written, written


def test_an_intake_makes_one_call_and_so_does_a_duplicate() -> None:
    by_name = {(case.rail, case.name): case for case in all_cases()}
    for rail, name in intake_cpu.TYPICAL.items():
        found = intake_cpu.measure(by_name[rail, name], 5)
        assert (found.calls_new, found.calls_duplicate) == (1, 1)


def test_events_are_applied_end_to_end() -> None:
    shown = {figure.name: figure.value for figure in application.section(4).figures}
    assert float(shown["log entries per event"]) >= 1
    assert float(shown["calls to Ramp per event"]) < 2  # one read each; the first also for a token


def test_a_bill_costs_the_same_whatever_its_vendor_has() -> None:
    few, many = hygiene.costs_with(5), hygiene.costs_with(60)
    assert [one.puts for one in few] == [one.puts for one in many] == [5, 0, 0]
    assert few[0].reads == many[0].reads
    assert many[2].reads < 2 * few[2].reads


def test_bulk_transactions_are_counted() -> None:
    few, more = (bulk.confirmed(count, Mode.INDEPENDENT) for count in (30, 90))
    assert (few.transactions, more.transactions) == (3, 5)
    assert more.calls < 3 * few.calls


def test_plans_are_measured() -> None:
    few, more = plan.proposed("falling", 8), plan.proposed("rising", 30)
    assert few.optimal
    assert few.above_percent == 0
    assert more.above_percent < 100
    assert plan.of_client(20) < plan.SECONDS_BAR


def test_the_trays_calls_are_counted() -> None:
    run = tray.answered(2_500, 1)
    assert run.calls <= tray.CALLS_BAR
    assert run.index_bytes / run.items < tray.ITEM_BYTES_BAR


def test_the_consoles_queries_are_counted() -> None:
    run = console.answered(2_500, 1)
    assert (run.queries, run.open_items) == (2, 2_500)
    assert run.index_bytes / run.open_items < console.ITEM_BYTES_BAR


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_calls_and_costs_are_counted() -> None:
    found = costs.section()
    shown = {figure.name: figure.value for figure in found.figures}
    assert shown["duplicate: AWS calls"] == "1"
    assert int(shown["nothing new: AWS calls"]) <= 9
    assert int(shown["changes a bill: AWS calls"]) <= 16
    assert int(shown["brings a bill: AWS calls"]) <= 16


def test_memory_and_logs_are_what_the_template_gives() -> None:
    logs = written()["Globals"]["Function"]["LoggingConfig"]
    assert logs["SystemLogLevel"] == "WARN"  # else Lambda's own lines are to be counted
    functions = as_written("AWS::Serverless::Function")
    for resource in functions.values():
        name = resource["Properties"]["CodeUri"].split("/")[1]
        if name in costs.MEMORY_GB:
            megabytes = resource["Properties"].get("MemorySize", 512)
            assert costs.MEMORY_GB[name] == megabytes / 1024


def test_units_follow_dynamodbs_rules() -> None:
    noted = units.Units()
    item = {"pk": {"S": "k" * 1021}, "sk": {"S": "a"}}
    noted.note("PutItem", {"TableName": "t", "Item": item}, {})
    assert noted.written == 2  # 1,026 bytes with the names
    noted.note("GetItem", {"TableName": "t"}, {})
    assert noted.read == 0.5
    put = {"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}}}
    noted.note("TransactWriteItems", {"TransactItems": [put]}, {})
    assert noted.written == 4


def test_an_index_costs_what_changes_in_it() -> None:
    def cost(noted: units.Units, **attributes: str) -> float:
        texts = {"pk": "a", "sk": "b", **attributes}
        before = noted.written
        item = {name: {"S": text} for name, text in texts.items()}
        noted.note("PutItem", {"TableName": "t", "Item": item}, {})
        return noted.written - before

    noted = units.Units()
    assert cost(noted, gs1pk="bills", gs1sk="live#1", body="x") == 2
    assert cost(noted, gs1pk="bills", gs1sk="live#1", body="y") == 1  # its place is the same
    assert cost(noted, gs1pk="bills", gs1sk="done#1", body="y") == 3  # taken out and put in
    assert cost(noted, body="y") == 2  # taken out


def test_sizes_leave_cryptography_out(tmp_path: Path) -> None:
    for name, size in (("cryptography", 900), ("rowcol", 100)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.py").write_bytes(b"x" * size)
    assert package_size.parts(tmp_path) == {"cryptography": 900, "rowcol": 100}
    assert package_size.section(tmp_path).ok
    assert not package_size.section(tmp_path / "nothing").ok


def test_a_bar_that_does_not_hold_is_named() -> None:
    shown = text([Section("Title", (under("a", 2.0, 1.0, "x"), Figure("b", "1")))])
    assert "OVER (at most 1x)" in shown
