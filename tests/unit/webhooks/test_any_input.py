"""No bytes and no header make a rail's steps raise, and nothing unsigned is ever believed."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rowcol.edge.webhook import handle, to_delivery
from rowcol.service.intake import accept
from rowcol.service.intake_ports import Delivery, Rejected
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.webhooks.base import KEYS, NOW, endpoints
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.ports import make_ports, rails

RAILS = st.sampled_from(sorted(KEYS))
HEADER_NAMES = (
    "x-ramp-signature",
    "x-ramp-webhook-signature",
    "plaid-verification",
    "intuit-signature",
    "stripe-signature",
)
HEADERS = st.dictionaries(
    st.sampled_from(HEADER_NAMES),
    st.one_of(
        st.text(max_size=300),
        st.from_regex(r"t=[0-9]{1,14},v1=[0-9a-f]{64}", fullmatch=True),
        st.from_regex(
            r"[A-Za-z0-9_-]{4,40}\.[A-Za-z0-9_-]{4,40}\.[A-Za-z0-9_-]{86}", fullmatch=True
        ),
        st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    ),
)
# Values near what rails send, so that the deeper checks are reached too.
WORDS = st.sampled_from([
    "evt_1", "event", "bills.paid", "webhooks.verification", "payout.paid", "1.0",
    "qbo.bill.updated.v1", "Bill", "Update", "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", "ITEM",
    "ERROR", "production", "2026-11-20T14:00:00Z", "\ud800", "\x00", "",
])  # fmt: skip
NAMES = st.sampled_from([
    "id", "type", "created_at", "business_id", "object", "challenge", "webhook_type",
    "webhook_code", "item_id", "environment", "error", "error_code", "specversion",
    "intuitaccountid", "intuitentityid", "time", "data", "eventNotifications", "realmId",
    "dataChangeEvent", "entities", "name", "operation", "lastUpdated", "livemode", "created",
    "amount", "initial_update_complete", "historical_update_complete",
])  # fmt: skip
LEAVES = st.one_of(WORDS, st.text(max_size=20), st.integers(), st.booleans(), st.none())
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=25,
)
BODIES = st.one_of(st.binary(max_size=600), DOCUMENTS.map(lambda value: json.dumps(value).encode()))


@given(RAILS, BODIES, HEADERS)
def test_unsigned_is_never_believed(rail: str, raw: bytes, headers: dict[str, str]) -> None:
    endpoint = endpoints()[rail, KEYS[rail]]
    verdict = rails()[rail].verify(Delivery(KEYS[rail], raw, headers), endpoint, NOW)
    assert isinstance(verdict, Rejected)
    assert verdict.code


@given(RAILS, BODIES)
def test_anything_is_understood_or_quarantined(rail: str, raw: bytes) -> None:
    reading = rails()[rail].understand(raw, endpoints()[rail, KEYS[rail]], NOW)
    for notice in reading.notices:
        told = (notice.type, notice.tenant_id, *notice.object_ids, *notice.details.values())
        assert all(text.isascii() and text.isprintable() for text in told)
        assert notice.dedupe_key or rail == "plaid"
        assert notice.occurred_at is None or notice.occurred_at.tzinfo is not None
    for quarantine in reading.quarantines:
        assert all(
            text.isascii() and text.isprintable() for text in (quarantine.code, quarantine.reason)
        )
    key = reading.delivery_key
    assert key is None or (key.isascii() and len(key) <= 64)


@given(RAILS, st.data())
def test_one_changed_byte_is_noticed(rail: str, data: st.DataObject) -> None:
    case = data.draw(
        st.sampled_from([c for c in all_cases() if c.rail == rail and c.status == 200])
    )
    if not case.raw or case.endpoint_key:
        return
    place = data.draw(st.integers(0, len(case.raw) - 1))
    flip = data.draw(st.integers(1, 255))
    raw = case.raw[:place] + bytes([case.raw[place] ^ flip]) + case.raw[place + 1 :]
    headers = to_delivery(case.event()).headers
    endpoint = endpoints()[rail, KEYS[rail]]
    assert isinstance(
        rails()[rail].verify(Delivery(KEYS[rail], raw, headers), endpoint, NOW), Rejected
    )


@given(RAILS, st.text(max_size=300), HEADERS, st.text(max_size=80), st.booleans())
def test_the_edge_answers_whatever_the_gateway_hands_over(
    rail: str, body: str, headers: dict[str, str], key: str, encoded: bool
) -> None:
    event = {
        "body": body,
        "isBase64Encoded": encoded,
        "headers": headers,
        "pathParameters": {"endpoint_key": key},
        "requestContext": {"requestId": body},
    }
    lines: list[str] = []
    ports = make_ports(rail, MemoryInbox())
    response = handle(rail, event, lambda delivery: accept(delivery, ports), lines.append)
    assert response["statusCode"] == 401
    assert response["body"] == ""
    (line,) = lines
    assert "\n" not in line
    assert json.loads(line)["outcome"] == "rejected"
