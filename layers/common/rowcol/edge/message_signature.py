"""HTTP Message Signatures (RFC 9421): what was claimed to be signed, and the signature base.

Knows nothing of keys and clocks: `edge/signed_request.py` decides, `edge/signature_keys.py` checks.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from rowcol.edge.structured_fields import InnerList, Item, Malformed, dictionary

TAG = "rowcol"
NONCE_CHARACTERS = range(16, 129)
_QUERY_PARAMETER = "@query-param"
_NUMBERS = ("created", "expires")
_TEXTS = ("keyid", "nonce", "alg", "tag")
_NEEDED = ("created", "keyid", "nonce")
_DIGESTS: Mapping[str, Callable[..., Any]] = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as components see it.

    `derived`: values of "@method", "@path", ... as far as they are known. `fields`: header fields
    by lower-case name, lines joined with ", ". `query`: decoded parameters, of each all values.
    """

    derived: Mapping[str, str]
    fields: Mapping[str, str]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """One signature as it was sent: what it says it covers, and its bytes.

    `created` and `expires` are seconds since 1970.
    """

    covered: InnerList
    signature: bytes
    key_id: str
    nonce: str
    created: int
    expires: int | None
    algorithm: str | None

    def covers(self, component: Item) -> bool:
        """Whether exactly this component is signed."""
        return component in self.covered.items


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why no signature can be checked: a stable word, and what it is about."""

    problem: str
    about: tuple[str, ...] = ()


def component(name: str, /, **parameters: str) -> Item:
    """A component identifier."""
    return Item(name, dict(parameters))


def query_component(name: str) -> Item:
    """The component that stands for one query parameter, by its decoded name."""
    return component(_QUERY_PARAMETER, name=_encoded(name))


def claim_of(fields: Mapping[str, str], tag: str = TAG) -> Claim | Unusable:
    """The one signature that is meant for `tag`; signatures for others are not looked at.

    Unusable: `not_sent`, `malformed`, `several`, `parameters_missing`, `component_twice`.
    """
    inputs, signatures = fields.get("signature-input"), fields.get("signature")
    if inputs is None or signatures is None:
        return Unusable("not_sent")
    try:
        claimed, sent = dictionary(inputs), dictionary(signatures)
    except Malformed:
        return Unusable("malformed")
    meant = [label for label, covered in claimed.items() if covered.parameters.get("tag") == tag]
    if not meant:
        return Unusable("not_sent")
    if len(meant) > 1:
        return Unusable("several")
    covered, signature = claimed[meant[0]], sent.get(meant[0])
    value = signature.value if isinstance(signature, Item) else None
    if not isinstance(covered, InnerList) or not isinstance(value, bytes):
        return Unusable("malformed")
    return _claim(covered, value)


def _claim(covered: InnerList, signature: bytes) -> Claim | Unusable:
    names = covered.parameters
    missing = tuple(name for name in _NEEDED if name not in names)
    if missing:
        return Unusable("parameters_missing", missing)
    if any(type(names[name]) is not int for name in _NUMBERS if name in names) or any(
        type(names[name]) is not str for name in _TEXTS if name in names
    ):
        return Unusable("malformed")
    identities = {str(item) for item in covered.items}
    if len(identities) != len(covered.items):
        return Unusable("component_twice")
    plain: Mapping[str, Any] = names
    if len(plain["nonce"]) not in NONCE_CHARACTERS:
        return Unusable("malformed", ("nonce",))
    return Claim(
        covered,
        signature,
        plain["keyid"],
        plain["nonce"],
        plain["created"],
        plain.get("expires"),
        plain.get("alg"),
    )


def signature_base(message: Message, covered: InnerList) -> bytes | Unusable:
    """The bytes that are signed (section 2.5).

    Unusable: `component_unknown` for what the message does not have or what cannot be rebuilt here.
    """
    lines: list[str] = []
    for item in covered.items:
        value = _value(message, item)
        if value is None or not value.isascii() or "\n" in value or "\r" in value:
            return Unusable("component_unknown", (str(item)[:100],))
        lines.append(f"{item}: {value}")
    lines.append(f'"@signature-params": {covered}')
    return "\n".join(lines).encode()


def _value(message: Message, item: Item) -> str | None:
    name = item.value
    if not isinstance(name, str):
        return None
    if name == _QUERY_PARAMETER:
        return _query_value(message, item)
    if item.parameters:
        return None  # of a part, or in another form: nobody needs it here
    return message.derived.get(name) if name.startswith("@") else message.fields.get(name)


def _query_value(message: Message, item: Item) -> str | None:
    """A parameter that is there once, encoded again as section 2.2.8 has it."""
    if set(item.parameters) != {"name"}:
        return None
    found = [
        values
        for name, values in message.query.items()
        if _encoded(name) == item.parameters["name"]
    ]
    return _encoded(found[0][0]) if len(found) == 1 and len(found[0]) == 1 else None


def _encoded(text: str) -> str:
    """The percent-encode set of application/x-www-form-urlencoded, without its `+`."""
    return quote(text, safe="*-._", errors="surrogatepass").replace("~", "%7E")


def digest_fits(field_value: str | None, content: bytes) -> bool:
    """Whether a Content-Digest (RFC 9530) has SHA-256 or SHA-512, and each of them is right."""
    try:
        told = dictionary(field_value or "")
    except Malformed:
        return False
    known = [(name, member) for name, member in told.items() if name in _DIGESTS]
    right = [
        hmac.compare_digest(_DIGESTS[name](content).digest(), member.value)
        for name, member in known
        if isinstance(member, Item) and isinstance(member.value, bytes)
    ]
    return bool(known) and len(right) == len(known) and all(right)


def content_digest(content: bytes) -> str:
    """A Content-Digest of these bytes."""
    return f"sha-256={Item(hashlib.sha256(content).digest(), {})}"
