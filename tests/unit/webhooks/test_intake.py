"""Intake over fakes: the table of answers, one write per delivery, rotation, sweeps, trouble."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

import pytest

from rowcol.edge.webhook import to_delivery
from rowcol.service.intake import Answer, Ports, accept
from rowcol.service.intake_ports import (
    RAW_BYTES_MAX,
    AlreadyThere,
    Delivery,
    Endpoint,
    InboxEntry,
    IntakeUnavailable,
    Rejected,
    Stored,
    Verified,
)
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.webhooks.base import FIRM, KEYS, RAMP_SECRET, Case, compact
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.ports import Endpoints, StandingClock, make_ports
from tests.support.webhooks.ramp import ramp_body, ramp_headers


class CountingInbox(MemoryInbox):
    """Counts writes; fails while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[InboxEntry] = []
        self.down = False

    def put(self, entry: InboxEntry) -> Stored | AlreadyThere:
        self.puts.append(entry)
        if self.down:
            raise IntakeUnavailable("inbox: down")
        return super().put(entry)


def send(case: Case, ports: Ports) -> Answer:
    return accept(to_delivery(case.event()), ports)


def ramp_delivery(number: int = 1, secret: str = RAMP_SECRET, key: str = KEYS["ramp"]) -> Delivery:
    raw = compact(ramp_body(number=number))
    headers = {name.lower(): value for name, value in ramp_headers(raw, secret).items()}
    return Delivery(key, raw, headers)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.rail}-{case.name}")
def test_every_sample_gets_its_answer(case: Case) -> None:
    inbox = CountingInbox()
    ports = make_ports(case.rail, inbox)
    earlier = [
        other for other in all_cases() if (other.rail, other.name) == (case.rail, case.repeats)
    ]
    for other in earlier:
        assert send(other, ports).outcome == "stored"
    answer = send(case, ports)
    assert (answer.status, answer.outcome, answer.code) == (case.status, case.outcome, case.code)
    if answer.status == 200:
        assert answer.inbox_key in inbox.items
        row = inbox.read([str(answer.inbox_key)])[0]
        assert row.state == ("quarantined" if case.outcome == "quarantined" else "stored")
        if case.outcome != "duplicate":
            assert row.body == case.raw
    else:
        assert [entry.kind for entry in inbox.puts] == ["sweep_request"] * (answer.firm is not None)


def test_one_write_for_new_and_one_for_a_duplicate() -> None:
    inbox, source = CountingInbox(), Endpoints()
    ports = make_ports("ramp", inbox, source)
    for expected in ("stored", "duplicate", "duplicate"):
        inbox.puts.clear()
        assert accept(ramp_delivery(), ports).outcome == expected
        assert len(inbox.puts) == 1
    assert len(source.reads) == 1


def test_reused_id_is_kept_beside_the_first_and_repeats_as_duplicate() -> None:
    inbox = CountingInbox()
    ports = make_ports("ramp", inbox)
    raw = compact(ramp_body("bills.archived"))
    other = Delivery(KEYS["ramp"], raw, {k.lower(): v for k, v in ramp_headers(raw).items()})
    outcomes = [accept(d, ports).outcome for d in (ramp_delivery(), other, other, ramp_delivery())]
    assert outcomes == ["stored", "quarantined", "duplicate", "duplicate"]
    assert len(inbox.items) == 2


def test_a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not() -> None:
    ports = make_ports("ramp", MemoryInbox())
    for size, status in ((RAW_BYTES_MAX, 200), (RAW_BYTES_MAX + 1, 413)):
        raw = b" " * size
        headers = {k.lower(): v for k, v in ramp_headers(raw).items()}
        assert accept(Delivery(KEYS["ramp"], raw, headers), ports).status == status


def test_what_does_not_shrink_enough_is_refused_unstored() -> None:
    inbox = CountingInbox()
    raw = random.Random(1).randbytes(400 * 1024)  # noqa: S311 - bytes that do not shrink
    headers = {k.lower(): v for k, v in ramp_headers(raw).items()}
    answer = accept(Delivery(KEYS["ramp"], raw, headers), make_ports("ramp", inbox))
    assert (answer.status, answer.code) == (413, "stored_too_large")
    assert not inbox.puts


def test_trouble_with_the_table_or_the_parameters_is_503_so_that_the_rail_comes_again() -> None:
    inbox, source = CountingInbox(), Endpoints()
    ports = make_ports("ramp", inbox, source)
    source.down = True
    assert accept(ramp_delivery(), ports).status == 503
    source.down, inbox.down = False, True
    assert accept(ramp_delivery(), ports).status == 503
    inbox.down = False
    assert accept(ramp_delivery(), ports).outcome == "stored"


def test_a_rotated_secret_works_before_the_memory_is_old() -> None:
    source, clock = Endpoints(), StandingClock()
    ports = make_ports("ramp", MemoryInbox(), source, clock)
    assert accept(ramp_delivery(1), ports).status == 200
    name = ("ramp", KEYS["ramp"])
    source.known[name] = replace(source.known[name], secrets=(RAMP_SECRET, "next"))
    clock.advance(31)
    assert accept(ramp_delivery(2, "next"), ports).status == 200
    assert accept(ramp_delivery(3), ports).status == 200
    assert len(source.reads) == 2


def test_a_flood_of_bad_signatures_costs_one_read_and_one_write_per_period() -> None:
    inbox, source, clock = CountingInbox(), Endpoints(), StandingClock()
    ports = make_ports("ramp", inbox, source, clock)
    for _ in range(50):
        assert accept(ramp_delivery(secret="wrong"), ports).status == 401
    assert len(source.reads) == 1
    assert [entry.kind for entry in inbox.puts] == ["sweep_request"]
    clock.advance(900)
    assert accept(ramp_delivery(secret="wrong"), ports).status == 401
    assert len(inbox.puts) == 2
    assert len(inbox.items) == 2


def test_two_processes_share_one_sweep_request() -> None:
    inbox = CountingInbox()
    for _ in range(2):
        accept(ramp_delivery(secret="wrong"), make_ports("ramp", inbox))
    assert (len(inbox.puts), len(inbox.items)) == (2, 1)
    row = inbox.read(list(inbox.items))[0]
    assert (row.kind, row.firm, row.endpoint_key, row.body) == (
        "sweep_request",
        FIRM,
        KEYS["ramp"],
        b"",
    )


def test_a_sweep_request_that_could_not_be_stored_is_asked_for_again() -> None:
    inbox = CountingInbox()
    ports = make_ports("ramp", inbox)
    inbox.down = True
    assert accept(ramp_delivery(secret="wrong"), ports).status == 401
    inbox.down = False
    assert accept(ramp_delivery(secret="wrong"), ports).status == 401
    assert len(inbox.items) == 1


def test_an_unknown_address_is_verified_too_and_writes_nothing() -> None:
    inbox = CountingInbox()
    ports = make_ports("ramp", inbox)
    seen: list[Endpoint] = []

    def verify(delivery: Delivery, endpoint: Endpoint, now: datetime) -> Verified | Rejected:
        seen.append(endpoint)
        return ports.rail.verify(delivery, endpoint, now)

    watched = replace(ports, rail=replace(ports.rail, verify=verify))
    for key in ("nobody-knows-this-endpoint", "../../etc/passwd", "", "x" * 65):
        answer = accept(ramp_delivery(key=key), watched)
        assert (answer.status, answer.code, answer.firm) == (401, "endpoint_unknown", None)
    assert [(endpoint.known, len(endpoint.secrets)) for endpoint in seen] == [(False, 1)] * 4
    assert not inbox.puts


def test_a_challenge_is_taken_unsigned_only_while_pending() -> None:
    inbox, source, clock = MemoryInbox(), Endpoints(), StandingClock()
    ports = make_ports("ramp", inbox, source, clock)
    raw = compact({"type": "webhooks.verification", "challenge": "ramp_challenge_x"})
    name = ("ramp", KEYS["ramp"])
    assert accept(Delivery(KEYS["ramp"], raw, {}), ports).status == 401
    source.known[name] = replace(source.known[name], pending=True)
    clock.advance(31)
    answer = accept(Delivery(KEYS["ramp"], raw, {}), ports)
    assert (answer.status, answer.outcome, answer.scheme) == (200, "stored", "pending_challenge")
    bill = compact(ramp_body(number=9))
    assert accept(Delivery(KEYS["ramp"], bill, {}), ports).status == 401


def test_identical_plaid_bodies_with_other_tokens_are_two_deliveries() -> None:
    inbox = MemoryInbox()
    ports = make_ports("plaid", inbox)
    by_name = {case.name: case for case in all_cases() if case.rail == "plaid"}
    names = ("sync_updates", "sync_updates_later_identical", "sync_updates_again")
    assert [send(by_name[name], ports).outcome for name in names] == [
        "stored",
        "stored",
        "duplicate",
    ]


def test_the_log_sees_types_of_a_mixed_delivery_once_each() -> None:
    by_name = {case.name: case for case in all_cases() if case.rail == "qbo"}
    answer = send(by_name["two_companies"], make_ports("qbo", MemoryInbox()))
    assert answer.types == ("billpayment.created", "bill.updated")
