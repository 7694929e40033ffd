"""Another implementation of RFC 9421 (http-message-signatures) against ours, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519, RSA_PSS_SHA512
from http_sf.compat import Dictionary
from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.machine_key import KeyAlgorithm
from rowcol.domain.permission import Permission
from rowcol.domain.scope import Scope
from rowcol.edge.operation import Body, Call, Operation, Reply, table
from rowcol.edge.structured_fields import Malformed, dictionary
from rowcol.service.onboard import register_firm
from tests.support.desk import Desk
from tests.support.signing import (
    Request,
    Robot,
    Signing,
    fresh_nonce,
    key_id,
    machine,
    post,
    private_key,
    registered,
)

ALGORITHMS: Mapping[KeyAlgorithm, Any] = {
    KeyAlgorithm.ED25519: ED25519,
    KeyAlgorithm.ECDSA_P256: ECDSA_P256_SHA256,
    KeyAlgorithm.RSA_PSS: RSA_PSS_SHA512,
}
NEEDED = ("@method", "@authority", "@path", "content-digest", "authorization", "idempotency-key")


class Thing(Body):
    """Anything."""

    name: str = ""


def _done(_call: Call) -> Reply:
    return Reply({})


OPERATIONS = table(
    [Operation("POST", "/t/{thing}", "t", "", "", _done, Permission.DECIDE, {200: dict}, Thing)]
)


class Keys:
    """The keys of the test, by the ids under which ours registers them."""

    def __init__(self, algorithm: KeyAlgorithm) -> None:
        self._key = private_key(algorithm)

    def resolve_public_key(self, key_id: str) -> Any:
        return self._key.public_key()

    def resolve_private_key(self, key_id: str) -> Any:
        return self._key


def keys_of(algorithm: KeyAlgorithm) -> Any:
    """What the library asks for keys."""
    return Keys(algorithm)


@dataclass
class PeerMessage:
    """A message as the other library takes it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def as_peer(request: Request) -> PeerMessage:
    """The same request."""
    return PeerMessage(request.method, request.url, dict(request.headers), request.content)


class House:
    """A firm whose machine has a key."""

    def __init__(self, algorithm: KeyAlgorithm) -> None:
        self.desk = Desk(now=datetime.now(UTC))  # the other library reads the machine's clock
        register_firm(self.desk.store, "maple", "Maple Street")
        machine(self.desk.store, "maple")
        self.key = private_key(algorithm)
        registered(self.desk.store, "maple", self.key, self.desk.clock.now())
        self.robot = Robot(self.desk.environment, OPERATIONS, self.key)
        self.books = self.desk.store.books(Scope("maple"))


def by_peer(house: House, request: Request, algorithm: KeyAlgorithm, **how: Any) -> Request:
    """Signed by the other library."""
    signer = HTTPMessageSigner(
        signature_algorithm=ALGORITHMS[algorithm], key_resolver=keys_of(algorithm)
    )
    message = as_peer(request)
    asked = {
        "key_id": key_id(house.key),
        "created": house.desk.clock.now(),
        "nonce": fresh_nonce(),
        "tag": "rowcol",
        "label": "sig1",
        "covered_component_ids": NEEDED,
    }
    signer.sign(message, use_existing_digest=True, **{**asked, **how})
    request.headers |= message.headers
    return request


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
@pytest.mark.parametrize("include_alg", [True, False])
def test_we_accept_what_it_signs(algorithm: KeyAlgorithm, include_alg: bool) -> None:
    house = House(algorithm)
    request = post("/t/{thing}", {"name": "\u00fcber"}, thing="one")
    answer = house.robot.send(by_peer(house, request, algorithm, include_alg=include_alg))
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_it_accepts_what_we_sign(algorithm: KeyAlgorithm) -> None:
    house = House(algorithm)
    request = house.robot.sign(post("/t/{thing}", {"name": "a"}, thing="one"))
    verifier = HTTPMessageVerifier(
        signature_algorithm=ALGORITHMS[algorithm], key_resolver=keys_of(algorithm)
    )
    message = as_peer(request)
    [found] = verifier.verify(message, max_age=timedelta(minutes=5), body=message.body)
    covered = set(found.covered_components) - {'"@signature-params"'}
    assert covered == {f'"{name}"' for name in NEEDED}
    message.url = message.url.replace("/t/one", "/t/two")
    with pytest.raises(InvalidSignature):
        verifier.verify(message, max_age=timedelta(minutes=5))


HEADER = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)
ID = st.from_regex(r"[A-Za-z0-9_-]{2,20}", fullmatch=True)


@settings(max_examples=50)
@given(ID, st.dictionaries(st.sampled_from(["date", "x-trace", "accept"]), HEADER), st.text())
def test_both_build_the_same_base(thing: str, extra: dict[str, str], name: str) -> None:
    algorithm = KeyAlgorithm.ED25519
    house = House(algorithm)
    request = post("/t/{thing}", {"name": name}, thing=thing)
    request.headers |= extra
    signed = by_peer(
        house, request, algorithm, covered_component_ids=(*NEEDED, *extra, "@target-uri", "@scheme")
    )
    answer = house.robot.send(signed)
    assert answer.status == 200, answer.body


def test_query_parameters_are_meant_the_same() -> None:
    algorithm = KeyAlgorithm.ED25519
    house = House(algorithm)
    request = post("/t/{thing}", {}, thing="one")
    request.query = (("pet", "dog ~*"), ("v\u00e4r", "a+b&c=d"))
    ours = Signing(private_key(algorithm), house.robot.now()).headers(request)
    request.headers |= ours
    message = as_peer(request)
    message.url += "?v%C3%A4r=a%2Bb%26c%3Dd&pet=dog+%7E*"
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=keys_of(algorithm))
    [found] = verifier.verify(message, max_age=timedelta(minutes=5))
    queried = [name for name in found.covered_components if name.startswith('"@query-param"')]
    assert len(queried) == 2


@settings(max_examples=300)
@given(st.text(st.sampled_from('ab=;,:"\\()?1-. \t*@/'), max_size=40))
def test_what_we_read_it_reads_alike(text: str) -> None:
    # We refuse more (what comes twice, decimals), and take nothing that it refuses.
    try:
        found = dictionary(text)
    except Malformed:
        return
    theirs = Dictionary()
    theirs.parse(text.encode())
    assert set(theirs) == set(found)
    for key, member in found.items():
        assert str(theirs[key]) == str(member)
