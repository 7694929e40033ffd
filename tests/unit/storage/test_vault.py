"""The vault asks KMS with the owner's context, and tells passing trouble in the port's words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from rowcol.service.store import StoreUnavailable
from rowcol.storage.vault import KmsVault

CONTEXT = {"firm": "oak", "client": "bluebird", "connection": "qbo"}


class Keys:
    """KMS that turns text round, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.contexts: list[dict[str, str]] = []

    def encrypt(self, **given: Any) -> dict[str, bytes]:
        return {"CiphertextBlob": self._turned(given["Plaintext"], given)}

    def decrypt(self, **given: Any) -> dict[str, bytes]:
        return {"Plaintext": self._turned(given["CiphertextBlob"], given)}

    def _turned(self, content: bytes, given: dict[str, Any]) -> bytes:
        self.contexts.append(given["EncryptionContext"])
        assert given["KeyId"] == "key-1" if "Plaintext" in given else True
        if self.error is not None:
            raise self.error
        return content[::-1]


def vault(keys: Any) -> KmsVault:
    return KmsVault("key-1", lambda: keys)


def test_a_sealed_secret_is_text_and_opens_again() -> None:
    keys = Keys()
    sealed = vault(keys).seal("token \u00fc", CONTEXT)
    assert sealed.isascii()
    assert "token" not in sealed
    assert vault(keys).open(sealed, CONTEXT) == "token \u00fc"
    assert keys.contexts == [CONTEXT, CONTEXT]


def failed(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Decrypt")


@pytest.mark.parametrize(
    "error",
    [
        failed("ThrottlingException", 400),
        failed("KMSInternalException", 500),
        ReadTimeoutError(endpoint_url="https://kms"),
    ],
)
def test_passing_trouble_is_told_as_unavailable(error: Exception) -> None:
    with pytest.raises(StoreUnavailable):
        vault(Keys(error)).open("c2VhbGVk", CONTEXT)
    with pytest.raises(StoreUnavailable):
        vault(Keys(error)).seal("secret", CONTEXT)


def test_another_context_is_a_defect() -> None:
    with pytest.raises(ClientError):
        vault(Keys(failed("InvalidCiphertextException", 400))).open("c2VhbGVk", CONTEXT)
