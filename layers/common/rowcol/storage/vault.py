"""Tokens sealed with a data key of KMS, bound to firm, client and connection.

Envelope encryption: KMS gives a data key under the owner's encryption context, AES-256-GCM seals
with it here, and the wrapped key lies beside the ciphertext. So nothing is asked of KMS between a
rail's answer and the write that keeps it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowcol.storage.calls import guarded

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

# What a ciphertext of this form begins with; those without it were sealed by KMS itself.
FORM = "1."
NONCE_BYTES = 12


class Unopenable(Exception):
    """A ciphertext was changed, or is another owner's: a defect or an attack, never retried."""


class KmsVault:
    """Seals with data keys of one KMS key. `connect` gives the client at the first call.

    Raises StoreUnavailable when KMS does not answer, like the tables in which tokens are.
    """

    def __init__(self, key_id: str, connect: Callable[[], KMSClient]) -> None:
        self._key_id = key_id
        self._connect = connect

    def sealer(self, context: dict[str, str]) -> DataKey:
        """A fresh data key for one owner: one call of KMS."""
        answer = guarded(
            lambda: self._connect().generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=context
            )
        )
        return DataKey(answer["Plaintext"], answer["CiphertextBlob"], context)

    def open(self, sealed: str, context: dict[str, str]) -> str:
        """The secret; KMS refuses another context. Raises Unopenable for what was changed."""
        if not sealed.startswith(FORM):
            return self._unwrapped(base64.b64decode(sealed), context).decode()
        blob = base64.b64decode(sealed[len(FORM) :])
        end = 2 + int.from_bytes(blob[:2], "big")
        key = self._unwrapped(blob[2:end], context)
        return _opened(key, blob[end : end + NONCE_BYTES], blob[end + NONCE_BYTES :], context)

    def _unwrapped(self, blob: bytes, context: dict[str, str]) -> bytes:
        answer = guarded(
            lambda: self._connect().decrypt(
                KeyId=self._key_id, CiphertextBlob=blob, EncryptionContext=context
            )
        )
        return bytes(answer["Plaintext"])


class DataKey:
    """One data key, for the tokens of one write. Its repr says nothing."""

    __slots__ = ("_context", "_key", "_wrapped")

    def __init__(self, key: bytes, wrapped: bytes, context: dict[str, str]) -> None:
        self._key = key
        self._wrapped = wrapped
        self._context = context

    def seal(self, secret: str) -> str:
        """Length of the wrapped key (2 bytes), wrapped key, nonce, ciphertext; in base64."""
        from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415  # slow to load
            AESGCM,
        )

        nonce = os.urandom(NONCE_BYTES)
        ciphertext = AESGCM(self._key).encrypt(nonce, secret.encode(), _bound(self._context))
        length = len(self._wrapped).to_bytes(2, "big")
        return FORM + base64.b64encode(length + self._wrapped + nonce + ciphertext).decode()


def _opened(key: bytes, nonce: bytes, ciphertext: bytes, context: dict[str, str]) -> str:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # slow to load
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # as above

    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound(context)).decode()
    except InvalidTag:
        raise Unopenable("a token's ciphertext was changed") from None


def _bound(context: dict[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True).encode()
