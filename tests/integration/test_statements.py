"""Statement files through the deployed API: in a request, by an upload link, and by the worker."""

from __future__ import annotations

import base64
import json
import random
import time
from datetime import date, timedelta
from typing import Any

import httpx

from local.demo.firm import DemoClient
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.domain.scope import SYSTEM
from rowcol.domain.statements.file import FileState, StatementFile
from rowcol.service.change import Change, transact
from rowcol.service.ports import Surroundings
from rowcol.service.statements.apply import begin_apply
from rowcol.service.stored_lines import stored_lines
from tests.support.rig.calls import call, problem
from tests.support.rig.stack import Rig, eventually
from tests.support.statement_files import Entry, chase

START = date(2026, 9, 1)


def lines(count: int) -> list[Entry]:
    return [Entry(START + timedelta(at % 28), -100 - at, f"SHOP {at}") for at in range(count)]


def post(rig: Rig, client: DemoClient, path: str, body: object, **how: Any) -> httpx.Response:
    return call(rig, "POST", f"/clients/{client.id}/statements{path}", json.dumps(body), **how)


def shown(rig: Rig, client: DemoClient, name: str, state: FileState) -> dict[str, Any]:
    """The file, once it is in a state."""

    def there() -> dict[str, Any] | None:
        answer = call(rig, "GET", f"/clients/{client.id}/statements/{name}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found if found["state"] == state.value else None

    return eventually(there, f"the file to be {state.value}")


def count_of_lines(rig: Rig, client: DemoClient) -> int:
    last = START + timedelta(40)
    found = stored_lines(rig.books(client), START, last, last)
    return len([line for line in found if line.text.startswith("SHOP")])


def test_a_file_is_previewed_answered_applied_and_undone(rig: Rig) -> None:
    client = rig.client(("10.00",))
    content = base64.b64encode(chase(lines(300))).decode()
    sent = post(rig, client, "", {"file_name": "september.csv", "content": content})
    assert (sent.status_code, sent.json()["state"]) == (201, "asking"), sent.text
    name = sent.json()["id"]
    answers = {"accounts": [{"account": 0, "bank_account_id": "new"}]}
    answered = post(rig, client, f"/{name}/answers", answers)
    assert answered.json()["counts"]["added"] == 300, answered.text
    post(rig, client, f"/{name}/apply", {})
    applied = shown(rig, client, name, FileState.APPLIED)
    assert (applied["counts"]["added"], count_of_lines(rig, client)) == (300, 300)
    proof = rig.ann.get(f"/clients/{client.id}/audit/verify")
    assert proof["intact"] is True
    post(rig, client, f"/{name}/undo", {})
    shown(rig, client, name, FileState.UNDONE)
    assert count_of_lines(rig, client) == 0


def test_a_larger_file_is_put_where_the_link_says_and_read_by_the_worker(rig: Rig) -> None:
    client = rig.client(("10.00",))
    content = chase(lines(1_000))
    body = {"file_name": "year.csv", "size_bytes": len(content)}
    asked = post(rig, client, "/uploads", body)
    assert asked.status_code == 202, asked.text
    name, upload = asked.json()["id"], asked.json()["upload"]
    problem(post(rig, client, f"/{name}/read", {}), 409, "wrong_state")
    put = httpx.request(upload["method"], upload["url"], content=content, headers=upload["headers"])
    assert put.status_code == 200, put.text
    # The bucket tells the worker by itself, or a person does.
    post(rig, client, f"/{name}/read", {})
    asking = shown(rig, client, name, FileState.ASKING)
    assert asking["questions"][0]["kind"] == "bank_account"
    answers = {"accounts": [{"account": 0, "bank_account_id": "new"}]}
    assert post(rig, client, f"/{name}/answers", answers).json()["state"] == "previewed"
    post(rig, client, f"/{name}/apply", {})
    shown(rig, client, name, FileState.APPLIED)
    assert count_of_lines(rig, client) == 1_000


def test_the_bucket_itself_tells_of_an_upload(rig: Rig) -> None:
    client = rig.client(("10.00",))
    content = b"\0\0\0\0"
    asked = post(rig, client, "/uploads", {"file_name": "x.csv", "size_bytes": len(content)})
    upload = asked.json()["upload"]
    httpx.put(upload["url"], content=content, headers=upload["headers"])
    rejected = shown(rig, client, asked.json()["id"], FileState.REJECTED)
    assert rejected["rejection"]["code"] == "empty_file"


def test_a_file_that_nobody_works_on_is_found_by_the_sweep(rig: Rig) -> None:
    client = rig.client(("10.00",))
    content = base64.b64encode(chase(lines(200))).decode()
    sent = post(rig, client, "", {"file_name": "lost.csv", "content": content}).json()
    answers = {"accounts": [{"account": 0, "bank_account_id": "new"}]}
    post(rig, client, f"/{sent['id']}/answers", answers)
    books = rig.books(client)

    def begun(change: Change) -> bool:
        """Asked for by a process that died right after."""
        return isinstance(begin_apply(change, sent["id"]), StatementFile)

    clock = SimulatedClock(rig.timeline.now())
    surroundings = Surroundings(clock, CountingIds(), random.Random(7), time.sleep)  # noqa: S311  # seeded
    assert transact(rig.store, surroundings, books.scope, SYSTEM, begun)
    rig.pass_time(minutes=2)
    rig.due_work()
    shown(rig, client, sent["id"], FileState.APPLIED)
    assert count_of_lines(rig, client) == 200


def test_a_hostile_file_is_a_problem_and_another_clients_file_is_not_there(rig: Rig) -> None:
    client, other = rig.client(("10.00",)), rig.client(("10.00",))
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>'
    body = {"file_name": "a.xml", "content": base64.b64encode(bomb).decode()}
    told = problem(post(rig, client, "", body), 400, "import_unreadable")
    assert told["numbers"]["problem"] == "xml_doctype_forbidden"
    content = base64.b64encode(chase(lines(3))).decode()
    name = post(rig, client, "", {"file_name": "a.csv", "content": content}).json()["id"]
    missing = call(rig, "GET", f"/clients/{other.id}/statements/{name}")
    problem(missing, 404, "not_found")
