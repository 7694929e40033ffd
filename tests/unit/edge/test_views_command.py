"""`rowcol views rebuild`: asks for part after part, shows where it is, tells what it found."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from local.view_texts import texts_of, texts_of_the_log
from local.views_command import (
    TRIES_MAX,
    CommandFailed,
    Target,
    all_targets,
    of_lambda,
    run,
)
from rowcol.edge import rebuild
from rowcol.service import rebuild as steps
from rowcol.service.view_ports import ViewRow
from tests.support.desk import SCOPE, Desk
from tests.support.events.logs import UNKNOWN, bill_fact, deliver, payment_fact, write

HERE = Target(SCOPE.firm, SCOPE.client)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(steps, "ENTRIES_PER_READ", 3)
    desk = Desk()
    write(desk, *(bill_fact(f"b{number}") for number in range(40)), payment_fact("pay_1"))
    return desk


def function_of(desk: Desk, asked: list[dict[str, Any]]) -> Callable[[dict[str, Any]], Any]:
    """The function as it is invoked: JSON in, JSON out, errors as Lambda tells them."""

    def invoke(event: dict[str, Any]) -> Any:
        asked.append(event)
        try:
            answer = rebuild.answer(desk.environment, json.loads(json.dumps(event)))
        except Exception as error:  # noqa: BLE001  # as Lambda does
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return json.loads(json.dumps(answer))

    return invoke


def told(
    desk: Desk, *, check: bool = False, targets: list[Target] | None = None
) -> tuple[int, list[str]]:
    """Exit status and lines."""
    shown = io.StringIO()
    console = Console(file=shown, width=200, highlight=False)
    status = run(function_of(desk, []), targets or [HERE], console, check=check)
    return status, shown.getvalue().splitlines()


def test_an_empty_table_is_filled_and_equal_afterwards(desk: Desk) -> None:
    assert told(desk, check=True) == (
        1,
        [
            "maple/bluebird: 0 rows compared, the stream is at 0 of 41",
            "  first difference: not_folded at position 1",
            "clients compared: 1, as their logs say: 0",
        ],
    )
    assert told(desk) == (
        0,
        [
            "maple/bluebird: 41 of 41 positions folded",
            "clients rebuilt: 1, as their logs say: 1",
        ],
    )
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)
    status, lines = told(desk, check=True)
    assert (status, lines[0]) == (0, "maple/bluebird: 41 rows compared, the stream is at 41 of 41")


def test_the_first_difference_is_told_with_both_texts(desk: Desk) -> None:
    deliver(desk.environment, *desk.books.entries())
    desk.environment.views.apply([ViewRow(SCOPE, "bills", "b3", 4, {"id": "b3", "mood": "good"})])
    status, lines = told(desk, check=True)
    assert status == 1
    assert lines[1] == "  first difference: bills/b3 differs at position 4"
    assert '"mood":"good"' in lines[2]
    assert lines[3].startswith('  log  {"facets":null,"key":"b3"')


def test_strange_rows_are_counted(desk: Desk) -> None:
    desk.environment.views.apply([ViewRow(SCOPE, "bills", "ghost", 4, {"id": "ghost"})])
    assert told(desk)[1][0].endswith("41 positions folded, 1 strange rows taken away")


def test_what_cannot_be_folded_is_told_and_is_no_success(desk: Desk) -> None:
    write(desk, bill_fact("b99", UNKNOWN))
    status, lines = told(desk)
    assert status == 1
    assert "  cannot be folded: position 42 (UnknownEventVersion)" in lines


def test_all_clients(desk: Desk) -> None:
    assert all_targets(function_of(desk, [])) == [HERE, Target(SCOPE.firm, "-")]
    status, lines = told(desk, targets=[HERE, Target("maple", "nobody")])
    assert (status, lines[-1]) == (0, "clients rebuilt: 2, as their logs say: 2")


def test_each_part_begins_where_the_one_before_ended(desk: Desk) -> None:
    asked: list[dict[str, Any]] = []
    run(function_of(desk, asked), [HERE], Console(file=io.StringIO()))
    following = [event["rebuild"]["next"] for event in asked]
    assert following[0] is None
    views = ["payments", "tray", "cash", "figures", None]
    assert [one["view"] for one in following[1:6]] == views
    assert [one["after"] for one in following[5:]] == ["", "12", "24", "36"]


def failing(answers: list[str]) -> Callable[[dict[str, Any]], Any]:
    done: dict[str, Any] = {"next": None, "folded": 0, "of": 0, "removed": 0, "unfoldable": []}

    def invoke(_event: dict[str, Any]) -> Any:
        return {"errorType": answers.pop(0)} if answers else done

    return invoke


def test_what_passes_is_asked_again() -> None:
    pauses: list[float] = []
    answers = ["StoreUnavailable", "Contention"]
    console = Console(file=io.StringIO())
    assert run(failing(answers), [HERE], console, pause=pauses.append) == 0
    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize("error", ["BadTaskInput", "StoreUnavailable"])
def test_what_stays_ends_the_command(error: str) -> None:
    console = Console(file=io.StringIO())
    with pytest.raises(CommandFailed, match=error):
        run(failing([error] * TRIES_MAX), [HERE], console, pause=lambda _seconds: None)


def test_a_function_is_invoked_with_json() -> None:
    sent: dict[str, Any] = {}

    class Lambda:
        def invoke(self, **given: Any) -> dict[str, Any]:
            sent.update(given)
            return {"Payload": io.BytesIO(b'{"clients": []}')}

    assert all_targets(of_lambda(Lambda(), "stack-view-projection")) == []
    assert sent == {"FunctionName": "stack-view-projection", "Payload": b'{"clients": {}}'}


def test_a_run_that_was_stopped_says_where_to_go_on(desk: Desk) -> None:
    asked: list[dict[str, Any]] = []
    function = function_of(desk, asked)

    def interrupted(event: dict[str, Any]) -> Any:
        if len(asked) == 7:  # five views, two parts of the log
            raise KeyboardInterrupt
        return function(event)

    shown = io.StringIO()
    console = Console(file=shown, width=200, highlight=False)
    with pytest.raises(KeyboardInterrupt):
        run(interrupted, [HERE], console)
    assert shown.getvalue().splitlines() == [
        "maple/bluebird: stopped at position 24 of 41",
        "  go on with: --firm maple --client bluebird --after 24",
    ]
    asked.clear()
    assert run(function, [HERE], console, after=24) == 0
    assert [event["rebuild"]["next"]["after"] for event in asked] == ["24", "36"]
    assert texts_of(desk.environment.views, SCOPE) == texts_of_the_log(desk.books)
