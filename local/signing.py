"""Signs requests as a machine of a firm would, and makes the body that registers its key.

The other side of `rowcol.edge.signed_request`: it builds the same signature base. Private keys are
PEM files and stay where they are.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from rowcol.domain.machine_key import KeyAlgorithm, key_id_of, proof_text
from rowcol.edge.message_signature import TAG, Message, content_digest, signature_base
from rowcol.edge.signature_keys import pem_of, spki
from rowcol.edge.signed_message import needed_of
from rowcol.edge.structured_fields import InnerList, Item

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NONCE_BYTES = 18


class CannotSign(Exception):
    """One line for a person: what is wrong with the key or the request."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request before it is signed. `headers` without those that signing adds."""

    method: str
    url: str
    content: bytes
    headers: Mapping[str, str]


def private_key_of(pem: bytes) -> PrivateKey:
    """A private key in PEM, without a password. Raises CannotSign."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as problem:
        raise CannotSign(f"no private key in PEM: {problem}") from problem
    match key:
        case ed25519.Ed25519PrivateKey() | rsa.RSAPrivateKey():
            return key
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return key
        case _:
            raise CannotSign("keys are Ed25519, ECDSA with P-256, or RSA")


def algorithm_of(key: PrivateKey) -> KeyAlgorithm:
    """What a key of this kind signs with."""
    match key:
        case ed25519.Ed25519PrivateKey():
            return KeyAlgorithm.ED25519
        case ec.EllipticCurvePrivateKey():
            return KeyAlgorithm.ECDSA_P256
        case rsa.RSAPrivateKey():
            return KeyAlgorithm.RSA_PSS


def signature_of(key: PrivateKey, message: bytes) -> bytes:
    """The signature as RFC 9421, section 3.3 has it."""
    match key:
        case ed25519.Ed25519PrivateKey():
            return key.sign(message)
        case ec.EllipticCurvePrivateKey():
            pair = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
            return b"".join(number.to_bytes(32, "big") for number in pair)
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(hashes.SHA512()), hashes.SHA512().digest_size)
            return key.sign(message, pss, hashes.SHA512())


def signed_headers(
    outgoing: Outgoing, key: PrivateKey, now: datetime, nonce: str | None = None
) -> dict[str, str]:
    """`Content-Digest`, `Signature-Input` and `Signature` for a request sent about now.

    Raises CannotSign for a query: no write of the API has one.
    """
    parts = urlsplit(outgoing.url)
    if parts.query:
        raise CannotSign("writes have no query")
    digest = content_digest(outgoing.content)
    fields = {name.lower(): value.strip() for name, value in outgoing.headers.items()}
    message = Message(
        {
            "@method": outgoing.method,
            "@authority": parts.netloc.lower().removesuffix(":443").removesuffix(":80"),
            "@path": parts.path or "/",
        },
        {**fields, "content-digest": digest},
    )
    covered = InnerList(
        needed_of(message),
        {
            "created": int(now.timestamp()),
            "keyid": key_id_of(spki(key.public_key())),
            "nonce": nonce or secrets.token_urlsafe(NONCE_BYTES),
            "alg": algorithm_of(key).value,
            "tag": TAG,
        },
    )
    base = signature_base(message, covered)
    if not isinstance(base, bytes):
        raise CannotSign(f"cannot be signed: {', '.join(base.about)}")
    return {
        "Content-Digest": digest,
        "Signature-Input": f"rowcol={covered}",
        "Signature": f"rowcol={Item(signature_of(key, base), {})}",
    }


def registration(
    key: PrivateKey,
    firm: str,
    machine: str,
    expires_at: datetime,
    not_before: datetime | None = None,
) -> dict[str, Any]:
    """The body of `POST /machines/{machine}/keys`, proof included."""
    public, algorithm = key.public_key(), algorithm_of(key)
    name = key_id_of(spki(public))
    text = proof_text(firm, machine, algorithm, name, not_before, expires_at)
    begins = {"not_before": not_before.isoformat()} if not_before is not None else {}
    return {
        "algorithm": algorithm.value,
        "public_key": pem_of(public),
        **begins,
        "expires_at": expires_at.isoformat(),
        "proof": base64.b64encode(signature_of(key, text.encode())).decode(),
    }
