"""Machines that sign: keys, and requests as API Gateway would hand them to a function."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from local.signing import PrivateKey, algorithm_of, signature_of
from rowcol.domain.machine_key import KeyAlgorithm, KeyWindow, MachineKey, key_id_of
from rowcol.domain.scope import ActorKind, Member, Role, Scope
from rowcol.edge.http import serve
from rowcol.edge.message_signature import TAG, Message, content_digest, signature_base
from rowcol.edge.operation import Operations
from rowcol.edge.signature_keys import pem_of, spki
from rowcol.edge.signed_message import needed_of
from rowcol.edge.structured_fields import Bare, InnerList, Item
from rowcol.service.environment import Environment
from rowcol.service.store import Store
from tests.support.api import Answer

MACHINE, RESPONSIBLE = "payables-robot", "ada"
HOST = "api.example.com"
STAGE = "prod"
TOKEN = "Bearer made.up.token"  # the authorizer's work is done before
_NONCES = itertools.count(1)


@cache
def private_key(algorithm: KeyAlgorithm = KeyAlgorithm.ED25519, number: int = 0) -> PrivateKey:
    """A key of one's own for each algorithm and number; new ones in every run."""
    match algorithm:
        case KeyAlgorithm.ED25519:
            return ed25519.Ed25519PrivateKey.generate()
        case KeyAlgorithm.ECDSA_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyAlgorithm.RSA_PSS:
            return rsa.generate_private_key(65_537, 2_048)


def key_id(key: PrivateKey) -> str:
    """The id under which it is registered."""
    return key_id_of(spki(key.public_key()))


def machine(
    store: Store,
    firm: str,
    name: str = MACHINE,
    responsible: str = RESPONSIBLE,
    roles: tuple[Role, ...] = (Role.FIRM_ADMIN,),
) -> Member:
    """A machine of the firm, for all its clients, as stored; who answers for it is there too."""
    books = store.books(Scope(firm))
    if books.get(Member, responsible) is None:
        assert books.save(Member(responsible, 0, {"*": (Role.FIRM_ADMIN,)}))
    assert books.save(Member(name, 0, {"*": roles}, True, ActorKind.MACHINE, responsible))
    found = books.get(Member, name)
    assert found is not None
    return found


def registered(store: Store, firm: str, key: PrivateKey, now: datetime, **other: Any) -> MachineKey:
    """A key that is good from yesterday on for a year, unless said otherwise; as stored."""
    window = KeyWindow(now - timedelta(days=1), now + timedelta(days=365))
    fields: dict[str, Any] = {
        "id": key_id(key),
        "version": 0,
        "member_id": MACHINE,
        "responsible_id": RESPONSIBLE,
        "algorithm": algorithm_of(key),
        "public_key": pem_of(key.public_key()),
        "window": window,
        "created_at": now,
        "created_by": RESPONSIBLE,
    }
    made = MachineKey(**{**fields, **other})
    assert store.books(Scope(firm)).save(made)
    found = store.books(Scope(firm)).get(MachineKey, made.id)
    assert found is not None
    return found


@dataclass
class Request:
    """A request as its sender knows it: `url` with the stage, `resource` as the route says."""

    method: str
    resource: str
    path: Mapping[str, str]
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    host: str = HOST
    query: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> str:
        """The path below the stage."""
        return self.resource.format(**self.path)

    @property
    def url(self) -> str:
        """The whole address."""
        return f"https://{self.host}/{STAGE}{self.target}"

    def message(self) -> Message:
        """As components see it on the sender's side."""
        parts = urlsplit(self.url)
        query: dict[str, list[str]] = {}
        for name, value in self.query:
            query.setdefault(name, []).append(value)
        derived = {"@method": self.method, "@authority": parts.netloc, "@path": parts.path}
        return Message(derived, {name.lower(): one for name, one in self.headers.items()}, query)

    def event(self, sub: str = MACHINE, firm: str = "maple") -> dict[str, Any]:
        """What API Gateway makes of it."""
        headers = {"Host": self.host, "X-Forwarded-Proto": "https", **self.headers}
        query: dict[str, list[str]] = {}
        for name, value in self.query:
            query.setdefault(name, []).append(value)
        return {
            "httpMethod": self.method,
            "resource": self.resource,
            "path": self.target,
            "pathParameters": dict(self.path) or None,
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "body": self.content.decode() or None,
            "isBase64Encoded": False,
            "requestContext": {
                "path": f"/{STAGE}{self.target}",
                "stage": STAGE,
                "authorizer": {"sub": sub, "firm": firm},
            },
        }


@dataclass
class Signing:
    """How a request is signed. Everything can be made wrong: None leaves it out."""

    key: PrivateKey
    created: int | None
    components: tuple[Item, ...] | None = None
    key_id: str | None = None
    nonce: str | None = None
    label: str = "rowcol"
    parameters: dict[str, Bare] = field(default_factory=dict)

    def headers(self, request: Request) -> dict[str, str]:
        """`Signature-Input` and `Signature` over the request as it is now."""
        message = request.message()
        told: dict[str, Bare] = {}
        if self.created is not None:
            told["created"] = self.created
        told |= {
            "keyid": self.key_id if self.key_id is not None else key_id(self.key),
            "nonce": self.nonce if self.nonce is not None else fresh_nonce(),
            "tag": TAG,
        }
        covered = InnerList(self.components or needed_of(message), {**told, **self.parameters})
        base = signature_base(message, covered)
        assert isinstance(base, bytes), base
        return {
            "Signature-Input": f"{self.label}={covered}",
            "Signature": f"{self.label}={Item(signature_of(self.key, base), {})}",
        }


def fresh_nonce() -> str:
    """One that was not used before."""
    return f"test-nonce-{next(_NONCES):012d}"


def post(
    resource: str,
    body: object = None,
    idempotency_key: str | None = None,
    method: str = "POST",
    version: int | None = None,
    **path: str,
) -> Request:
    """A request with all headers that a machine sends, but not yet signed."""
    content = json.dumps(body).encode() if body is not None else b""
    headers = {"Authorization": TOKEN, "Content-Digest": content_digest(content)}
    if method == "POST":
        headers["Idempotency-Key"] = idempotency_key or f"robot-key-{next(_NONCES):06d}"
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return Request(method, resource, path, content, headers)


@dataclass(frozen=True)
class Robot:
    """A machine with a key: asks the API in this process, signed."""

    environment: Environment
    operations: Operations
    key: PrivateKey
    firm: str = "maple"

    def now(self) -> int:
        """The API's time in seconds."""
        return int(self.environment.now().timestamp())

    def sign(self, request: Request, **how: Any) -> Request:
        """The request with a signature; a good one unless said otherwise."""
        signing = Signing(self.key, **{"created": self.now(), **how})
        request.headers |= signing.headers(request)
        return request

    def send(self, request: Request, sub: str = MACHINE) -> Answer:
        """Ask, as it stands."""
        return self.serve(request.event(sub, self.firm))

    def serve(self, event: Mapping[str, Any]) -> Answer:
        """Ask with an event, whoever made it."""
        answer = serve(event, self.operations, self.environment)
        told = json.loads(answer["body"] or "null")
        return Answer(answer["statusCode"], told, answer["headers"])
