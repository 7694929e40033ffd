"""The inbox suite: the table (moto, one thread) and the memory twin give the same answers."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import botocore.session
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from rowcol.service.inbox_ports import Inbox, InboxUnavailable
from rowcol.service.intake_ports import (
    AlreadyThere,
    Endpoint,
    InboxEntry,
    InboxWriter,
    IntakeUnavailable,
    Quarantine,
    Stored,
)
from rowcol.storage.inbox import INDEX, DynamoInbox
from rowcol.storage.inbox_codec import (
    KEPT_DAYS,
    InboxRowBroken,
    decode_item,
    encode_entry,
    inbox_key,
    shard_of,
)
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.webhooks.base import NOW

ENDPOINT = Endpoint("ramp", "ramp-endpoint-0123456789", "firm_a", "client_a")
BODY = b'{"id":"e1"}'


class BothSides(Inbox, InboxWriter, Protocol):
    """An inbox that can be written and read."""


def entry(key: str = "e1", age_seconds: int = 0, **changes: Any) -> InboxEntry:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    body: bytes = changes.pop("body", BODY)
    stored = packer.compress(body) + packer.flush()
    sha256 = hashlib.sha256(body).hexdigest()
    quarantine: Quarantine | None = changes.pop("quarantine", None)
    endpoint: Endpoint = changes.pop("endpoint", ENDPOINT)
    received_at = NOW - timedelta(seconds=age_seconds)
    marks = {"x-ramp-signature": "hex"}
    return InboxEntry(
        endpoint, key, "delivery", stored, sha256, len(body), sha256, marks, received_at, quarantine
    )


def make_table(client: Any) -> None:
    """The inbox table as the template declares it."""
    names = ("pk", "sk", "unapplied_shard", "received_at")
    client.create_table(
        TableName="inbox",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [
                    {"AttributeName": "unapplied_shard", "KeyType": "HASH"},
                    {"AttributeName": "received_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = botocore.session.get_session().create_client("dynamodb")
        make_table(made)
        yield made


@pytest.fixture(params=["memory", "dynamodb"])
def inbox(request: pytest.FixtureRequest) -> BothSides:
    if request.param == "memory":
        return MemoryInbox()
    made = request.getfixturevalue("client")
    return DynamoInbox("inbox", lambda: made)


def test_what_is_put_is_read_back(inbox: BothSides) -> None:
    stored = inbox.put(entry())
    assert stored == Stored("firm_a/inbox/ramp/ramp-endpoint-0123456789/e1")
    (row,) = inbox.read([stored.inbox_key])
    assert (row.kind, row.rail, row.firm, row.client) == ("delivery", "ramp", "firm_a", "client_a")
    assert (row.body, row.received_at, row.state, row.handled) == (BODY, NOW, "stored", False)
    assert (row.reason, row.outcome, row.marks) == (None, None, {"x-ramp-signature": "hex"})


def test_a_second_put_changes_nothing_and_tells_the_first_fingerprint(inbox: BothSides) -> None:
    first, other = entry(), entry(body=b"other")
    inbox.put(first)
    assert inbox.put(other) == AlreadyThere(inbox_key(first), first.fingerprint)
    assert inbox.read([inbox_key(first)])[0].body == BODY


def test_a_firm_wide_endpoint_has_no_client(inbox: BothSides) -> None:
    stored = inbox.put(entry(endpoint=Endpoint("qbo", "qbo-endpoint-0123456789", "firm_a")))
    assert inbox.read([stored.inbox_key])[0].client is None


def test_reading_keeps_the_order_and_leaves_out_what_is_not_there(inbox: BothSides) -> None:
    keys = [inbox.put(entry(f"e{number}")).inbox_key for number in range(150)]
    asked = [*reversed(keys), "firm_a/inbox/ramp/x/none", keys[0]]
    assert [row.inbox_key for row in inbox.read(asked)] == list(reversed(keys))


def test_unapplied_rows_come_oldest_first_and_bounded(inbox: BothSides) -> None:
    keys = [inbox.put(entry(f"e{n}", age_seconds=n * 10)).inbox_key for n in range(30)]
    found = inbox.unapplied(NOW - timedelta(seconds=100), limit=5)
    assert found == tuple(reversed(keys))[:5]
    assert inbox.unapplied(NOW - timedelta(seconds=290), limit=5) == ()


def test_applying_closes_a_row_once(inbox: BothSides) -> None:
    key = inbox.put(entry(age_seconds=60)).inbox_key
    assert inbox.mark_applied(key, "applied") is True
    assert inbox.mark_applied(key, "ignored:other") is False
    assert inbox.mark_quarantined(key, "late") is False
    (row,) = inbox.read([key])
    assert (row.state, row.outcome, row.handled, row.reason) == ("applied", "applied", True, None)
    assert inbox.unapplied(NOW, 10) == ()


def test_a_quarantined_row_waits_for_its_tray_item(inbox: BothSides) -> None:
    key = inbox.put(entry(age_seconds=60, quarantine=Quarantine("odd_shape", "no id"))).inbox_key
    (row,) = inbox.read([key])
    assert (row.state, row.reason, row.handled) == ("quarantined", "odd_shape: no id", False)
    assert inbox.unapplied(NOW, 10) == (key,)
    assert inbox.mark_quarantined(key, "tray_1") is True
    assert inbox.mark_quarantined(key, "tray_2") is False
    (row,) = inbox.read([key])
    assert (row.state, row.reason, row.handled) == ("quarantined", "tray_1", True)


def test_only_what_is_put_aside_is_put_back(inbox: BothSides) -> None:
    key = inbox.put(entry(age_seconds=60)).inbox_key
    assert inbox.put_back(key) is False
    inbox.mark_quarantined(key, "odd_shape")
    assert inbox.put_back(key) is True
    assert inbox.put_back(key) is False
    (row,) = inbox.read([key])
    assert (row.state, row.reason, row.handled, row.replays) == ("stored", None, False, 1)
    assert inbox.unapplied(NOW, 10) == (key,)
    inbox.mark_applied(key, "applied")
    assert inbox.put_back(key) is False
    assert inbox.put_back("firm_a/inbox/ramp/x/none") is False
    assert inbox.read([key])[0].state == "applied"


def test_closing_what_is_not_there_makes_nothing(inbox: BothSides) -> None:
    assert inbox.mark_applied("firm_a/inbox/ramp/x/none", "applied") is False
    assert inbox.read(["firm_a/inbox/ramp/x/none"]) == ()


def test_a_row_expires_after_its_days() -> None:
    item = encode_entry(entry())
    assert int(item["expires_at"]["N"]) == int((NOW + timedelta(days=KEPT_DAYS)).timestamp())


def test_shards_are_even() -> None:
    shards = [shard_of(f"firm/inbox/ramp/endpoint/{number}") for number in range(800)]
    assert sorted(set(shards)) == [str(number) for number in range(8)]
    assert min(shards.count(shard) for shard in set(shards)) > 60


def test_a_stream_image_reads_like_a_row() -> None:
    item = encode_entry(entry())
    item["body"] = {"B": base64.b64encode(item["body"]["B"]).decode()}
    assert decode_item(item).body == BODY


@pytest.mark.parametrize("damage", ["missing", "hash", "cut", "bomb", "text"])
def test_a_damaged_row_is_named_as_such(damage: str) -> None:
    item = encode_entry(entry())
    if damage == "missing":
        del item["rail"]
    elif damage == "hash":
        item["body_sha256"] = {"S": "0" * 64}
    elif damage == "cut":
        item["body"] = {"B": item["body"]["B"][:-4]}
    elif damage == "bomb":
        item["body"] = {"B": zlib.compress(b"0" * 10**7, wbits=31)}
    else:
        item["body"] = {"B": "not base64!"}
    with pytest.raises(InboxRowBroken):
        decode_item(item)


def test_trouble_has_the_name_its_caller_acts_on() -> None:
    class Broken:
        error: Exception = ConnectTimeoutError(endpoint_url="x")

        def __getattr__(self, name: str) -> Callable[..., object]:
            def fail(**_: object) -> object:
                raise self.error

            return fail

    broken: Any = Broken()
    table = DynamoInbox("inbox", lambda: broken)
    refusal = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "PutItem")
    for error in (broken.error, refusal):
        broken.error = error
        with pytest.raises(IntakeUnavailable):
            table.put(entry())
        with pytest.raises(InboxUnavailable):
            table.read(["k"])
        with pytest.raises(InboxUnavailable):
            table.mark_applied("k", "applied")
        with pytest.raises(InboxUnavailable):
            table.unapplied(NOW, 10)


def test_rows_that_stay_unread_are_trouble_not_absence() -> None:
    class Throttled:
        def batch_get_item(self, **asked: object) -> object:
            return {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]}

    throttled: Any = Throttled()
    with pytest.raises(InboxUnavailable):
        DynamoInbox("inbox", lambda: throttled).read(["k"])
