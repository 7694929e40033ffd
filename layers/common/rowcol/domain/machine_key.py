"""A machine's public key: what its signed requests are checked with, and for how long.

Whoever holds the private key acts with the hands of the person who answers for the machine. A key
is therefore only good while that person is the one who registered it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.plain import instant_text

# Old and new while they are changed over, on a few hosts each.
LIVE_KEYS_MAX = 10
LIFETIME_MAX = timedelta(days=398)


class KeyAlgorithm(StrEnum):
    """Signature algorithms by their names in RFC 9421, section 3.3: none shares a secret."""

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256-sha256"
    RSA_PSS = "rsa-pss-sha512"


@dataclass(frozen=True, slots=True)
class KeyWindow:
    """From when until when a key is good: from `not_before` to just before `expires_at`."""

    not_before: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MachineKey(NeverDue):
    """One public key, PEM. Its id is made of the key, so a key belongs to one machine for good.

    `responsible_id`: who answered for the machine when the key was registered, and registered it.
    """

    id: str
    version: int
    member_id: str
    responsible_id: str
    algorithm: KeyAlgorithm
    public_key: str
    window: KeyWindow
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    kind = "machine_key"

    @property
    def list_key(self) -> str | None:
        """A machine's keys stand together."""
        return f"{self.member_id}/{self.id}"

    def fault(self, now: datetime, member_id: str, responsible_id: str | None) -> str | None:
        """Why it says nothing for a machine now, in one word for the log; None when it does."""
        if self.member_id != member_id:
            return "key_of_another"
        if self.revoked_at is not None:
            return "key_revoked"
        if now < self.window.not_before:
            return "key_not_yet_valid"
        if now >= self.window.expires_at:
            return "key_expired"
        return None if self.responsible_id == responsible_id else "key_of_former_responsible"

    def is_live(self, now: datetime) -> bool:
        """Whether it is good now or will be."""
        return self.revoked_at is None and now < self.window.expires_at

    def revoked(self, by: str, now: datetime) -> MachineKey:
        """Never good again."""
        return replace(self, revoked_at=now, revoked_by=by)


def key_id_of(spki: bytes) -> str:
    """The id of a public key, from its SubjectPublicKeyInfo (DER): SHA-256, in base64url."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(spki).digest()).decode().rstrip("=")
    return f"key-{digest}"


def proof_text(
    firm: str,
    machine: str,
    algorithm: KeyAlgorithm,
    key_id: str,
    not_before: datetime | None,
    expires_at: datetime,
) -> str:
    """What is signed with the private key to show that whoever registers it has it.

    It names all that is registered, so it proves nothing for another firm, machine or time.
    """
    return "\n".join(
        (
            "rowcol machine key",
            f"firm: {firm}",
            f"machine: {machine}",
            f"algorithm: {algorithm.value}",
            f"key: {key_id}",
            f"not before: {instant_text(not_before) if not_before else 'now'}",
            f"expires: {instant_text(expires_at)}",
        )
    )
