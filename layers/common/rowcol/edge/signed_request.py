"""Whether a machine's write carries a good signature (RFC 9421), besides its access token.

Checks that cost nothing come first; then one read of the key, and one conditional put of the nonce
once the signature is good. People sign nothing: they show a second factor instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rowcol.domain.machine_key import KeyAlgorithm, MachineKey
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind, Scope, valid_id
from rowcol.edge.caller import Caller
from rowcol.edge.message_signature import (
    Claim,
    Unusable,
    claim_of,
    digest_fits,
    signature_base,
)
from rowcol.edge.operation import Operation
from rowcol.edge.signed_message import content_of, messages_of, needed_of
from rowcol.edge.structured_fields import Item
from rowcol.service.environment import Environment
from rowcol.service.machine_keys import use_nonce
from rowcol.service.signature_refusals import note

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
AHEAD_SECONDS_MAX = 30
# Beyond the window, because the clocks of two processes differ.
NONCE_KEPT_LONGER_SECONDS = 60
# A key that nobody has: an unknown key id takes as long as a wrong signature.
_STAND_IN = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAZmFrZWZha2VmYWtlZmFrZWZha2VmYWtlZmFrZWZha2U=
-----END PUBLIC KEY-----
"""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A refusal, and the true reason, which only the firm's log is told."""

    refusal: Refusal
    reason: str


def needs_signature(operation: Operation) -> bool:
    """Whether machines sign it: all that may change something."""
    return operation.method in WRITES and not operation.asks_only


def refusal_of(
    event: Mapping[str, Any], operation: Operation, caller: Caller, environment: Environment
) -> Refusal | None:
    """None for people, for reads, and for a machine's write with a good signature; a 401 else.

    `event` is API Gateway's, whose ids are valid. Raises StoreUnavailable.
    """
    if caller.actor.kind is not ActorKind.MACHINE or not needs_signature(operation):
        return None
    fault = _fault(event, caller, environment)
    if fault is None:
        return None
    note(environment, caller.firm, caller.actor, fault.refusal, fault.reason)
    return fault.refusal


def _fault(event: Mapping[str, Any], caller: Caller, environment: Environment) -> _Fault | None:
    messages, now = tuple(messages_of(event)), environment.now()
    message = messages[0]
    needed = needed_of(message)
    claim = claim_of(message.fields)
    if isinstance(claim, Unusable):
        return _unusable(claim, needed)
    missing = tuple(str(item) for item in needed if not claim.covers(item))
    if missing:
        return _unusable(Unusable("components_missing", missing), needed)
    bases = [signature_base(message, claim.covered) for message in messages]
    signed = [base for base in bases if isinstance(base, bytes)]
    if len(signed) < len(bases):
        return _unusable(next(base for base in bases if isinstance(base, Unusable)), needed)
    outside = _outside(claim, now, environment.signature_age_seconds_max, needed)
    if outside is not None:
        return outside
    content = content_of(event)
    if content is None or not digest_fits(message.fields.get("content-digest"), content):
        return _unusable(Unusable("digest_mismatch"), needed)
    return _unverified(claim, signed, caller, environment, needed)


def _unverified(
    claim: Claim,
    signed: Sequence[bytes],
    caller: Caller,
    environment: Environment,
    needed: Sequence[Item],
) -> _Fault | None:
    """What only the key and the store can tell."""
    # Imported for machines only: people's cold starts do without a library of cryptography.
    from rowcol.edge.signature_keys import (  # noqa: PLC0415  # as the comment above says
        is_signed,
        public_key_of,
    )

    books, now = environment.store.books(Scope(caller.firm)), environment.now()
    key = books.get(MachineKey, claim.key_id) if valid_id(claim.key_id) else None
    reason = (
        key.fault(now, caller.member.id, caller.member.responsible_id)
        if key is not None
        else "key_unknown"
    )
    algorithm, pem = (
        (key.algorithm, key.public_key) if key is not None else (KeyAlgorithm.ED25519, _STAND_IN)
    )
    if reason is None and claim.algorithm not in (None, algorithm.value):
        reason = "other_algorithm"
    public = public_key_of(pem, algorithm)
    assert public is not None  # it was when it was registered
    fits = [is_signed(public, claim.signature, base) for base in signed]
    if reason is None and not any(fits):
        reason = "signature_wrong"
    if reason is not None:
        detail = "no key of this machine that is good now made this signature of this request"
        return _Fault(_refusal(Code.SIGNATURE_INVALID, detail, "not_verified", needed), reason)
    kept = claim.created + environment.signature_age_seconds_max + NONCE_KEPT_LONGER_SECONDS
    if use_nonce(books, claim.key_id, claim.nonce, datetime.fromtimestamp(kept, UTC)):
        return None
    detail = "this nonce was used; each request has its own, a repeated one too"
    return _Fault(_refusal(Code.NONCE_REUSED, detail, "nonce_reused", needed), "nonce_reused")


def _outside(
    claim: Claim, now: datetime, age_seconds_max: int, needed: Sequence[Item]
) -> _Fault | None:
    """Whether it is too old, from the future, or over by its own `expires`."""
    seconds = int(now.timestamp())
    age = seconds - claim.created
    if -AHEAD_SECONDS_MAX <= age <= age_seconds_max and (
        claim.expires is None or seconds < claim.expires
    ):
        return None
    numbers = {
        "age_seconds": age,
        "age_seconds_max": age_seconds_max,
        "ahead_seconds_max": AHEAD_SECONDS_MAX,
    }
    detail = f"the signature was made {age} seconds ago by this clock, or says it has expired"
    refusal = _refusal(Code.SIGNATURE_EXPIRED, detail, "outside_window", needed, numbers)
    return _Fault(refusal, "outside_window")


_DETAILS = {
    "not_sent": "a machine signs its writes: send Signature-Input and Signature with its tag",
    "malformed": "Signature-Input or Signature cannot be read",
    "several": "one signature with this tag is enough; which one counts would be anybody's guess",
    "parameters_missing": "the signature lacks parameters",
    "component_twice": "a component is covered twice",
    "components_missing": "the signature does not cover all that it must",
    "component_unknown": "the signature covers what the request does not have, or not as one value",
    "digest_mismatch": "Content-Digest is not the SHA-256 or SHA-512 of the body as it was sent",
}


def _unusable(why: Unusable, needed: Sequence[Item]) -> _Fault:
    code = Code.SIGNATURE_REQUIRED if why.problem == "not_sent" else Code.SIGNATURE_INVALID
    numbers = {"about": list(why.about)} if why.about else {}
    return _Fault(_refusal(code, _DETAILS[why.problem], why.problem, needed, numbers), why.problem)


def _refusal(
    code: Code,
    detail: str,
    problem: str,
    needed: Sequence[Item],
    numbers: Mapping[str, object] | None = None,
) -> Refusal:
    told = {"problem": problem, "components": list(map(str, needed)), **(numbers or {})}
    remedy = "sign this very request anew: all components, a fresh nonce, and the time it is now"
    return Refusal(code, detail, told, remedy)
