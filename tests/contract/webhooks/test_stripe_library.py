"""Our verification against Stripe's own library: the same verdict, but for timestamps from the
future.
"""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.rails.stripe.webhook import TOLERANCE_SECONDS, verify
from rowcol.service.intake_ports import Delivery, Endpoint, Rejected, Verified
from tests.support.webhooks.base import KEYS, NOW, STRIPE_SECRET, compact
from tests.support.webhooks.stripe import stripe_body, stripe_headers

stripe = pytest.importorskip("stripe")

ENDPOINT = Endpoint("stripe", KEYS["stripe"], "firm", None, (STRIPE_SECRET,), livemode=True)
INSTANT = int(NOW.timestamp())


def theirs(raw: bytes, header: str) -> bool:
    """What the vendor's library says at NOW."""
    with mock.patch("time.time", return_value=float(INSTANT)):
        try:
            return bool(
                stripe.WebhookSignature.verify_header(
                    raw.decode(), header, STRIPE_SECRET, tolerance=TOLERANCE_SECONDS
                )
            )
        except stripe.SignatureVerificationError:
            return False


def ours(raw: bytes, header: str, now: datetime = NOW) -> Verified | Rejected:
    return verify(Delivery(KEYS["stripe"], raw, {"stripe-signature": header}), ENDPOINT, now)


def test_what_the_library_signs_we_accept() -> None:
    raw = compact(stripe_body())
    header = stripe.WebhookSignature.generate_signature_header(raw.decode(), STRIPE_SECRET, INSTANT)
    assert ours(raw, header) == Verified("stripe-signature", "v1")


@pytest.mark.parametrize("age_seconds", [0, 1, 299, 300, 301, 86400])
def test_ages_agree(age_seconds: int) -> None:
    raw = compact(stripe_body())
    header = stripe_headers(raw, age_seconds=age_seconds)["Stripe-Signature"]
    assert isinstance(ours(raw, header), Verified) == theirs(raw, header)


def test_we_refuse_the_future_that_the_library_lets_pass() -> None:
    raw = compact(stripe_body())
    header = stripe_headers(raw, age_seconds=-301)["Stripe-Signature"]
    assert theirs(raw, header)
    assert ours(raw, header) == Rejected("timestamp_future")
    within = stripe_headers(raw, age_seconds=-300)["Stripe-Signature"]
    assert isinstance(ours(raw, within), Verified)


DIGESTS = st.one_of(
    st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    st.text("0123456789abcdefABCDEF", max_size=70),
)
PARTS = st.one_of(
    st.tuples(
        st.just("t"),
        st.one_of(st.just(str(INSTANT)), st.from_regex(r"[0-9]{1,11}", fullmatch=True)),
    ),
    st.tuples(st.sampled_from(["v0", "v1", "v2", "x"]), DIGESTS),
)


@given(st.lists(PARTS, max_size=6), st.booleans())
def test_we_never_accept_what_the_library_refuses(
    parts: list[tuple[str, str]], with_the_right_one: bool
) -> None:
    raw = compact(stripe_body())
    texts = [f"{scheme}={value}" for scheme, value in parts]
    if with_the_right_one:
        texts.append(stripe_headers(raw, age_seconds=0)["Stripe-Signature"].split(",")[1])
    header = ",".join(texts)
    if isinstance(ours(raw, header), Verified):
        assert theirs(raw, header)


@given(st.binary(max_size=200))
def test_any_signed_bytes_agree_where_the_library_can_read_them(raw: bytes) -> None:
    header = stripe_headers(raw)["Stripe-Signature"]
    accepted = isinstance(ours(raw, header), Verified)
    assert accepted
    try:
        raw.decode()
    except UnicodeDecodeError:
        return
    assert theirs(raw, header)


def test_the_clock_is_the_one_handed_in() -> None:
    raw = compact(stripe_body())
    header = stripe_headers(raw)["Stripe-Signature"]
    assert isinstance(ours(raw, header, datetime(2030, 1, 1, tzinfo=UTC)), Rejected)
