"""Routes for the public keys with which machines sign their writes."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from rowcol.domain.machine_key import KeyAlgorithm, KeyWindow, MachineKey, key_id_of, proof_text
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, ActorKind, Member
from rowcol.edge.caller import NOT_FOUND, PEOPLE
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.machine_keys import NewKey, keys_of, register, revoke

TAG = "Machine keys"
PATH = "/machines/{machine}/keys"
PEM_CHARACTERS_MAX = 4_096
SIGNATURE_CHARACTERS_MAX = 1_024


class KeyBody(Body):
    """A public key, PEM, and a signature with its private half over the text that names it.

    `proof` is base64 of what a request's signature would be: for ECDSA r and s side by side.
    """

    algorithm: KeyAlgorithm
    public_key: Annotated[str, Field(min_length=1, max_length=PEM_CHARACTERS_MAX)]
    not_before: AwareDatetime | None = None
    expires_at: AwareDatetime
    proof: Annotated[str, Field(min_length=1, max_length=SIGNATURE_CHARACTERS_MAX)]


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as it is listed. `usable`: whether a request signed with it now would be accepted."""

    id: str
    machine: str
    algorithm: KeyAlgorithm
    public_key: str
    not_before: datetime
    expires_at: datetime
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    usable: bool


@dataclass(frozen=True, slots=True)
class KeysShown:
    """A machine's keys, the newest first."""

    items: tuple[KeyShown, ...]


def _shown(key: MachineKey, now: datetime, responsible_id: str | None) -> KeyShown:
    return KeyShown(
        key.id,
        key.member_id,
        key.algorithm,
        key.public_key,
        key.window.not_before,
        key.window.expires_at,
        key.created_at,
        key.created_by,
        key.revoked_at,
        key.revoked_by,
        key.fault(now, key.member_id, responsible_id) is None,
    )


def _machine(call: Call) -> Member | Refusal:
    """The machine, for who may see to its keys: who answers for it, and who manages people."""
    caller = call.caller
    machine = call.environment.store.books(call.scope).get(Member, call.path["machine"])
    known = machine is not None and machine.actor_kind is ActorKind.MACHINE
    if known and machine is not None and machine.responsible_id == caller.actor.id:
        return machine
    refused = caller.refusal(FIRM_WIDE, PEOPLE)
    if refused is not None:
        return refused
    return machine if machine is not None and known else NOT_FOUND


def _by_person(call: Call) -> Refusal | None:
    if call.caller.actor.kind is ActorKind.PERSON:
        return None
    return Refusal(Code.FORBIDDEN, "only people change the keys of machines")


def _list(call: Call) -> Reply | Refusal:
    machine = _machine(call)
    if isinstance(machine, Refusal):
        return machine
    now, books = call.environment.now(), call.environment.store.books(call.scope)
    found = keys_of(books, machine.id)
    return Reply(KeysShown(tuple(_shown(key, now, machine.responsible_id) for key in found)))


def _register(call: Call) -> Reply | Refusal:
    machine = _by_person(call) or _machine(call)
    if isinstance(machine, Refusal):
        return machine
    now, body = call.environment.now(), call.body_as(KeyBody)
    wanted = _proved(call.caller.firm, machine.id, body, now)
    if isinstance(wanted, Refusal):
        return wanted
    # `not_before` may be the time of this call, which a repeated call does not have.
    asked = {"register": machine.id, "key": wanted.id, "from": body.not_before}
    return write(
        call,
        lambda change: register(change, machine.id, wanted),
        lambda key: Shown(
            _shown(key, now, machine.responsible_id),
            {"Location": f"/machines/{machine.id}/keys/{key.id}"},
        ),
        {**asked, "until": body.expires_at},
        201,
    )


def _proved(firm: str, machine: str, body: KeyBody, now: datetime) -> NewKey | Refusal:
    """The key, once its private half was shown to be at hand. Refused: `invalid_input`."""
    # Rarely called: other cold starts do without a library of cryptography.
    from rowcol.edge.signature_keys import (  # noqa: PLC0415  # as the comment above says
        is_signed,
        pem_of,
        public_key_of,
        spki,
    )

    key = public_key_of(body.public_key, body.algorithm)
    if key is None:
        return Refusal(
            Code.INVALID_INPUT,
            "public_key is no public key of this algorithm in PEM (SubjectPublicKeyInfo)",
            {"field": "public_key", "algorithm": body.algorithm},
        )
    key_id = key_id_of(spki(key))
    window = KeyWindow(body.not_before or now, body.expires_at)
    text = proof_text(firm, machine, body.algorithm, key_id, body.not_before, body.expires_at)
    if not is_signed(key, _decoded(body.proof), text.encode()):
        return Refusal(
            Code.INVALID_INPUT,
            "proof is not this key's signature of the text in numbers.text",
            {"field": "proof", "text": text},
            remedy="sign exactly that text, lines ended by one line feed but for the last",
        )
    return NewKey(key_id, body.algorithm, pem_of(key), window)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _revoke(call: Call) -> Reply | Refusal:
    machine = _by_person(call) or _machine(call)
    if isinstance(machine, Refusal):
        return machine
    now, name = call.environment.now(), call.path["key"]
    return write(
        call,
        lambda change: revoke(change, machine.id, name),
        lambda key: Shown(_shown(key, now, machine.responsible_id)),
        None,
    )


_EXAMPLE = {
    "algorithm": "ed25519",
    "public_key": "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
    "-----END PUBLIC KEY-----\n",
    "expires_at": "2027-06-30T00:00:00Z",
    "proof": "c2lnbmVkIHdpdGggdGhlIHByaXZhdGUga2V5",
}
COMMANDS: Operations = table(
    (
        Operation(
            "POST", PATH, "registerMachineKey",
            "Register a key with which a machine signs, by the person who answers for it", TAG,
            _register, None, {201: KeyShown}, body=KeyBody,
            refusals=frozenset(
                {Code.STEP_UP_REQUIRED, Code.DUPLICATE_ITEM, Code.TOO_MANY_ITEMS}
            ),
            example=_EXAMPLE, headers=LOCATION,
        ),
        Operation(
            "DELETE", f"{PATH}/{{key}}", "revokeMachineKey", "End a machine's key at once", TAG,
            _revoke, None, {200: KeyShown},
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        Operation(
            "GET", PATH, "readMachineKeys", "Keys with which a machine signs its writes", TAG,
            _list, None, {200: KeysShown},
        ),
    )
)  # fmt: skip
