"""Larger files of Stripe's are put where a link says, and files are sent by a command."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

import pytest

from local.cli import main
from local.file_sending import ASKED, DONE, FAILED, Json
from local.stripe_command import import_report
from rowcol.edge.statement_worker import run
from rowcol.service.due_work import sweep_due
from tests.support import stripe_files
from tests.support.desk import SCOPE
from tests.support.stripe_web import FILES, FileDesk

CONTENT = stripe_files.reconciliation()


@pytest.fixture
def desk() -> FileDesk:
    return FileDesk()


def awaited(desk: FileDesk, size: int = len(CONTENT), **more: str) -> str:
    body = {"file_name": "year.csv", "size_bytes": size, **more}
    asked = desk.post(f"{FILES}/uploads", body)
    assert (asked.status, asked.body["state"]) == (202, "uploading"), asked.body
    assert asked.body["upload"]["method"] == "PUT"
    return str(asked.body["id"])


def test_a_larger_file_is_uploaded_read_and_applied(desk: FileDesk) -> None:
    name = awaited(desk)
    refused = desk.post(f"{FILES}/{{file}}/read", file=name)
    assert (refused.status, refused.code) == (409, "wrong_state")
    assert desk.post(f"{FILES}/{{file}}/apply", file=name).code == "wrong_state"
    desk.files.keep(SCOPE, name, CONTENT)
    assert desk.post(f"{FILES}/{{file}}/read", file=name).status == 202
    desk.worked()
    file = desk.file(name)
    assert (file["state"], file["seen"]["rows"]) == ("previewed", 6)
    assert desk.post(f"{FILES}/{{file}}/read", file=name).status == 200
    assert desk.post(f"{FILES}/{{file}}/apply", file=name).body["state"] == "applied"
    amount = desk.payout().amount
    assert amount is not None
    assert amount.minor == 38_722


@pytest.mark.parametrize(("content", "state", "why"), [
    (b"\0\0", "rejected", "empty_file"),
    (b"PK\x03\x04", "rejected", "not_a_statement"),
    (stripe_files.reconciliation(point=","), "asking", "locale_mapping_required"),
])  # fmt: skip
def test_the_buckets_notice_has_it_read(
    desk: FileDesk, content: bytes, state: str, why: str
) -> None:
    name = awaited(desk)
    desk.files.keep(SCOPE, name, content)
    key = f"uploads/{SCOPE.firm}/{SCOPE.client}/{name}"
    notice = {"source": "aws.s3", "detail": {"bucket": {"name": "b"}, "object": {"key": key}}}
    for _ in range(2):
        run(desk.environment, notice, desk.clock.now() + timedelta(seconds=60))
    file = desk.file(name)
    assert file["state"] == state
    assert (file["rejection"] or file["question"])["code"] == why


def test_an_upload_that_never_came_is_forgotten(desk: FileDesk) -> None:
    name = awaited(desk)
    for _ in range(3):
        desk.clock.pause(3601)
        sweep_due(desk.environment)
        desk.worked()
    assert desk.file(name).get("code") == "not_found"


def test_bytes_that_were_changed_after_the_look_are_not_applied(desk: FileDesk) -> None:
    name = awaited(desk)
    desk.files.keep(SCOPE, name, CONTENT)
    desk.post(f"{FILES}/{{file}}/read", file=name)
    desk.worked()
    desk.files.keep(SCOPE, name, CONTENT.replace(b"300.00", b"900.00"))
    desk.post(f"{FILES}/{{file}}/apply", file=name)
    file = desk.file(name)
    assert (file["state"], desk.stripe_objects()) == ("rejected", {})
    assert "send it again" in file["rejection"]["message"]


def test_bytes_that_are_lost_half_way_give_back_what_was_brought(desk: FileDesk) -> None:
    many = [stripe_files.Sale(f"m{place}", "charge", 1_000, 30, "po_9") for place in range(150)]
    name = str(desk.send(stripe_files.reconciliation(many)).body["id"])
    calls = 0

    def die(call: str) -> None:
        nonlocal calls
        calls += call == "save:before"
        if calls > 260:
            raise ConnectionError

    desk.store.on_call = die
    with pytest.raises(ConnectionError):
        desk.post(f"{FILES}/{{file}}/apply", file=name)
    desk.store.on_call = lambda _: None
    assert desk.stripe_objects()
    desk.files.contents.clear()
    desk.clock.pause(120)
    sweep_due(desk.environment)
    desk.worked()
    assert desk.file(name)["state"] == "undone"
    assert all(one.is_gone for one in desk.stripe_objects().values())


def test_what_is_too_large_is_refused_before_it_is_sent(desk: FileDesk) -> None:
    body = {"file_name": "huge.csv", "size_bytes": 20_000_001}
    assert desk.post(f"{FILES}/uploads", body).code == "too_many_items"
    large = desk.send(b"x" * 4_000_001)
    assert (large.code, "stripe/import/uploads" in large.body["remedy"]) == (
        "import_unreadable", True,
    )  # fmt: skip


class InProcess:
    """The API without a server; paths as a client writes them."""

    def __init__(self, desk: FileDesk) -> None:
        self.desk = desk

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        name, _, verb = path.partition("/stripe/import")[2].strip("/").partition("/")
        route = FILES + ("/{file}" if name else "") + (f"/{verb}" if verb else "")
        answer = self.desk.web.call(
            method, route, body or ({} if method == "POST" else None), person="anna",
            path={"client": SCOPE.client} | ({"file": name} if name else {}),
        )  # fmt: skip
        found: Json = answer.body
        return found


def options(**changes: Any) -> argparse.Namespace:
    given = {
        "client": SCOPE.client, "file": argparse.Namespace(name="report.csv"), "is_apply": True,
        "decimal": None,
    }  # fmt: skip
    return argparse.Namespace(**(given | changes))


def test_the_command_brings_a_report_into_the_books(desk: FileDesk) -> None:
    said: list[str] = []
    target = InProcess(desk)
    assert import_report(target, options(is_apply=False), CONTENT, said.append) == DONE
    assert desk.stripe_objects() == {}
    assert import_report(target, options(), CONTENT, said.append) == DONE
    assert said[-1].startswith("applied: 6 rows")
    comma = stripe_files.balance_change()  # the same rows, asked about nothing
    assert import_report(target, options(), comma, said.append) == DONE
    asked = stripe_files.reconciliation(point=",")
    assert import_report(target, options(), asked, said.append) == ASKED


def test_the_command_reads_a_report_without_a_server(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(CONTENT)
    assert main(["stripe", "preview", str(path)]) == DONE
    assert "payout_reconciliation: 6 rows" in capsys.readouterr().out
    path.write_bytes(stripe_files.reconciliation(point=","))
    assert main(["stripe", "preview", str(path)]) == ASKED
    path.write_bytes(b"")
    assert main(["stripe", "preview", str(path)]) == FAILED
