"""Replays the vendors' vectors and bodies kept beside the repository, when they are there.

Each manifest verdict is asserted, or our different answer, which
docs/decisions/0003-webhook-answers.md explains. Without the folder these tests are skipped; the
composed samples cover the same ground.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
from datetime import UTC, datetime
from typing import Any

import pytest

from rowcol.rails.plaid.webhook import SigningKey, TokenVerifier, signing_key, understand
from rowcol.rails.qbo import webhook as qbo
from rowcol.rails.ramp import webhook as ramp
from rowcol.rails.stripe import webhook as stripe
from rowcol.service.intake_ports import Delivery, Endpoint, Reading, Rejected, Verified

RAILS = pathlib.Path(__file__).resolve().parents[3].parent / "shared" / "rails"
pytestmark = pytest.mark.skipif(not RAILS.is_dir(), reason="the vendors' vectors are not here")


def load(path: str) -> Any:
    return json.loads((RAILS / path).read_text()) if RAILS.is_dir() else {}


MANIFEST = load("events/MANIFEST.ramp-plaid.json")
FILES: list[dict[str, Any]] = MANIFEST.get("files", [])
CONTEXT: dict[str, Any] = MANIFEST.get("context", {})
RAMP_VECTORS = load("vectors/ramp_signatures.json")
PLAID_VECTORS = load("vectors/plaid_jwt.json")
QBO_VECTORS = load("events/qbo/signatures.json")
STRIPE_VECTORS = load("events/stripe/signatures.json")
NOW = datetime.fromisoformat(CONTEXT.get("now", "2026-11-20T00:00:00+00:00"))


def at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def delivery(raw: bytes, headers: dict[str, str]) -> Delivery:
    return Delivery("vendor-vector-endpoint", raw, {k.lower(): v for k, v in headers.items()})


def name(file: dict[str, Any]) -> str:
    return str(file.get("name", file.get("file", ""))).removeprefix("events/")


def body_of(vector: dict[str, Any]) -> bytes:
    if "body_file" in vector:
        return pathlib.Path(RAILS, vector["body_file"]).read_bytes()
    return base64.b64decode(vector["body_base64"])


def summary(reading: Reading) -> str:
    """accept, ignore or quarantine: what intake makes of a body whose signature holds."""
    if reading.unusable:
        return "quarantine"
    return "ignore" if all(notice.ignored_reason for notice in reading.notices) else "accept"


# What the manifest would answer differently: it parks fewer and refuses more. See the decision.
UNKNOWN_TYPES_ARE_PARKED = {
    "ramp/hostile/unknown-type.json",
    "ramp/hostile/unknown-type-case.json",
    "ramp/hostile/unknown-type-padded.json",
    "ramp/hostile/unknown-type-homoglyph.json",
    "ramp/hostile/log-injection.json",
    "plaid/hostile/unknown-code.json",
    "plaid/hostile/lower-case-code.json",
}
DECIDED_LATER = {  # whoever applies the notice knows our items, accounts and earlier deliveries
    "plaid/hostile/unknown-item_id.json": "accept",
    "ramp/bills.paid.redelivery.json": "accept",
    "ramp/hostile/replayed-id-different-body.json": "accept",
    "plaid/ITEM.WEBHOOK_UPDATE_ACKNOWLEDGED.json": "quarantine",  # our own addresses look different
}
MEANING = {
    "accept": "accept",
    "accept_ignore": "ignore",
    "quarantine": "quarantine",
    "reject_400": "quarantine",  # 200 and kept for people, never 400
    "challenge": "accept",
}


def expected_of(file: dict[str, Any]) -> str:
    if name(file) in DECIDED_LATER:
        return DECIDED_LATER[name(file)]
    if name(file) in UNKNOWN_TYPES_ARE_PARKED:
        return "quarantine"
    return MEANING[file["suggested_verdict"]]


@pytest.mark.parametrize("file", [f for f in FILES if "/ramp/" in f["file"]], ids=name)
def test_ramp_body(file: dict[str, Any]) -> None:
    raw = (RAILS / file["file"]).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == file["sha256"]
    secret = RAMP_VECTORS["secrets"][file["signed_for"][-1]]
    business = CONTEXT["businesses"][file["signed_for"]]
    pending = file["suggested_verdict"] == "challenge" or "challenge-" in file["file"]
    endpoint = Endpoint("ramp", "e", "firm", None, (secret,), business_id=business, pending=pending)
    signed = delivery(raw, {"X-Ramp-Signature": file["x_ramp_signature_hex"]})
    assert ramp.verify(signed, endpoint, NOW) == Verified("x-ramp-signature", "hex")
    assert summary(ramp.understand(raw, endpoint, NOW)) == expected_of(file)


@pytest.mark.parametrize("vector", RAMP_VECTORS.get("vectors", []), ids=name)
def test_ramp_signature(vector: dict[str, Any]) -> None:
    endpoint = Endpoint(
        "ramp", "e", "firm", None, (RAMP_VECTORS["secrets"][vector["subscription"]],)
    )
    verdict = ramp.verify(delivery(body_of(vector), vector["headers"]), endpoint, NOW)
    assert isinstance(verdict, Verified) == vector["signature_valid"]


@pytest.mark.parametrize("file", [f for f in FILES if "/plaid/" in f["file"]], ids=name)
def test_plaid_body(file: dict[str, Any]) -> None:
    raw = (RAILS / file["file"]).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == file["sha256"]
    environment = "sandbox" if "SANDBOX" in file["file"] else CONTEXT["plaid_environment"]
    endpoint = Endpoint("plaid", "e", "firm", environment=environment)
    assert summary(understand(raw, endpoint, NOW)) == expected_of(file)


class Keys:
    """The vectors' keys."""

    def __init__(self, jwks: dict[str, dict[str, object]]) -> None:
        self.jwks = jwks

    def find(self, kid: str, _now: datetime) -> SigningKey | None:
        return signing_key(self.jwks[kid]) if kid in self.jwks else None


@pytest.mark.parametrize("vector", PLAID_VECTORS.get("vectors", []), ids=name)
def test_plaid_token(vector: dict[str, Any]) -> None:
    verifier = TokenVerifier(Keys(PLAID_VECTORS["keys"]))
    headers = {vector["header_name"]: vector["jwt"]} if vector["jwt"] is not None else {}
    endpoint = Endpoint("plaid", "e", "firm")
    verdict = verifier.verify(delivery(body_of(vector), headers), endpoint, at(vector["now"]))
    assert isinstance(verdict, Verified) == vector["valid"]


def test_plaid_genuine_delivery_of_2020() -> None:
    real = PLAID_VECTORS["genuine_sample_2020"]
    verifier = TokenVerifier(Keys({real["key"]["kid"]: real["key"]}))
    signed = delivery(real["body_utf8"].encode(), {"Plaid-Verification": real["jwt"]})
    endpoint = Endpoint("plaid", "e", "firm")
    assert isinstance(verifier.verify(signed, endpoint, at(real["now"])), Verified)
    assert verifier.verify(signed, endpoint, at(real["now"] + 291)) == Rejected("timestamp_stale")


@pytest.mark.parametrize("vector", QBO_VECTORS.get("vectors", []), ids=name)
def test_qbo_signature(vector: dict[str, Any]) -> None:
    raw = (RAILS / "events/qbo" / vector["file"]).read_bytes()
    endpoint = Endpoint("qbo", "e", "firm", None, (vector["verifier_token"],))
    verdict = qbo.verify(delivery(raw, vector["header"]), endpoint, NOW)
    assert isinstance(verdict, Verified) == (vector["expected"] == "valid")
    other = Endpoint("qbo", "e", "firm", None, (QBO_VECTORS["other_token"],))
    assert isinstance(qbo.verify(delivery(raw, vector["header"]), other, NOW), Rejected)


# (notices that act, notices without effect, parked pieces). Parked also where the manifest says
# 400.
QBO_READINGS = {
    "ce_batch_two_realms.json": (3, 0, 0),
    "ce_bill_deleted.json": (1, 0, 0),
    "ce_bill_updated.json": (1, 0, 0),
    "ce_billpayment_created.json": (1, 0, 0),
    "ce_billpayment_void.json": (2, 0, 0),
    "ce_vendor_merged.json": (1, 0, 0),
    "ce_with_alternative_ids.json": (0, 1, 0),
    "classic_billpayment_created.json": (2, 0, 0),
    "classic_two_realms.json": (2, 0, 0),
    "classic_vendor_merge.json": (1, 0, 0),
    "classic_void_and_delete.json": (2, 0, 0),
    "hostile/empty_array.json": (0, 0, 0),
    "hostile/empty_body.json": (0, 0, 1),
    "hostile/empty_entities.json": (0, 0, 0),
    "hostile/id_injection.json": (0, 0, 2),
    "hostile/missing_signature.json": (1, 0, 0),
    "hostile/mixed_classic_and_ce_keys.json": (1, 0, 0),
    "hostile/not_utf8.json": (0, 0, 1),
    "hostile/numeric_ids.json": (1, 0, 0),
    "hostile/one_good_one_bad.json": (1, 0, 1),
    "hostile/out_of_order.json": (2, 0, 0),
    "hostile/replayed_later.json": (1, 0, 0),
    "hostile/unknown_realm.json": (1, 0, 0),  # whoever applies it knows the realms
    "hostile/unknown_type.json": (0, 1, 2),
}


def test_every_qbo_body_has_its_reading() -> None:
    folder = RAILS / "events/qbo"
    files = {str(p.relative_to(folder)) for p in folder.rglob("*.json")}
    assert files - {"signatures.json", "hostile/manifest.json"} == set(QBO_READINGS)


@pytest.mark.parametrize(("file", "counts"), QBO_READINGS.items(), ids=QBO_READINGS)
def test_qbo_body(file: str, counts: tuple[int, int, int]) -> None:
    raw = (RAILS / "events/qbo" / file).read_bytes()
    reading = qbo.understand(raw, Endpoint("qbo", "e", "firm"), NOW)
    ignored = sum(notice.ignored_reason is not None for notice in reading.notices)
    assert (len(reading.notices) - ignored, ignored, len(reading.quarantines)) == counts
    assert reading.delivery_key == hashlib.sha256(raw).hexdigest()


STRIPE_REJECTIONS = {"stale": "timestamp_stale"}


@pytest.mark.parametrize("vector", STRIPE_VECTORS.get("vectors", []), ids=name)
def test_stripe_signature(vector: dict[str, Any]) -> None:
    raw = (RAILS / "events/stripe" / vector["file"]).read_bytes()
    endpoint = Endpoint("stripe", "e", "firm", None, (vector["secret"],), livemode=True)
    verdict = stripe.verify(delivery(raw, vector["header"]), endpoint, at(vector["now"]))
    expected = vector["expected"]
    assert isinstance(verdict, Verified) == expected.startswith("valid")
    if expected in STRIPE_REJECTIONS:
        assert verdict == Rejected(STRIPE_REJECTIONS[expected])


STRIPE_PARKED = {
    "thin_event_v2.json": "thin_event",
    "eventbridge_envelope.json": "odd_shape",  # a bus envelope is never POSTed to a webhook
    "hostile/deeply_nested.json": "too_deep",
    "hostile/invalid_json.json": "invalid_json",
    "hostile/negative_amount.json": "odd_shape",
    "hostile/not_utf8.json": "invalid_json",
    "hostile/test_mode.json": "livemode_mismatch",
}


@pytest.mark.parametrize(
    "path", sorted((RAILS / "events/stripe").rglob("*.json")), ids=lambda path: str(path.name)
)
def test_stripe_body(path: pathlib.Path) -> None:
    file = str(path.relative_to(RAILS / "events/stripe"))
    if file in ("signatures.json", "hostile/manifest.json"):
        pytest.skip("not a body")
    endpoint = Endpoint("stripe", "e", "firm", livemode=True)
    reading = stripe.understand(path.read_bytes(), endpoint, NOW)
    if file in STRIPE_PARKED:
        assert [piece.code for piece in reading.quarantines] == [STRIPE_PARKED[file]]
        return
    (notice,) = reading.notices
    assert notice.ignored_reason is None
    assert reading.quarantines == ()
    assert reading.delivery_key == notice.dedupe_key
