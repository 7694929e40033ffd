"""Tokens sealed by KMS, bound to firm, client and connection by the encryption context.

A token is far below the 4 KB that KMS encrypts directly.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowcol.storage.calls import guarded

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsVault:
    """Seals with one key. `connect` gives the client at the first call.

    Raises StoreUnavailable when KMS does not answer, like the tables in which tokens are.
    """

    def __init__(self, key_id: str, connect: Callable[[], KMSClient]) -> None:
        self._key_id = key_id
        self._connect = connect

    def seal(self, secret: str, context: dict[str, str]) -> str:
        """Ciphertext in base64."""
        answer = guarded(
            lambda: self._connect().encrypt(
                KeyId=self._key_id, Plaintext=secret.encode(), EncryptionContext=context
            )
        )
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, sealed: str, context: dict[str, str]) -> str:
        """The secret; KMS refuses another context."""
        blob = base64.b64decode(sealed)
        answer = guarded(
            lambda: self._connect().decrypt(
                KeyId=self._key_id, CiphertextBlob=blob, EncryptionContext=context
            )
        )
        return answer["Plaintext"].decode()
