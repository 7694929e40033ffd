"""The vault asks KMS with the owner's context, and tells passing trouble in the port's words."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from rowcol.service.store import StoreUnavailable
from rowcol.storage.vault import KmsVault, Unopenable

CONTEXT = {"firm": "oak", "client": "bluebird", "connection": "qbo"}


class Keys:
    """KMS that turns bytes round, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[str] = []

    def generate_data_key(self, **given: Any) -> dict[str, bytes]:
        assert (given["KeyId"], given["KeySpec"]) == ("key-1", "AES_256")
        key = os.urandom(32)
        return {"Plaintext": key, "CiphertextBlob": self._turned("key", key, given)}

    def decrypt(self, **given: Any) -> dict[str, bytes]:
        return {"Plaintext": self._turned("open", given["CiphertextBlob"], given)}

    def _turned(self, what: str, content: bytes, given: dict[str, Any]) -> bytes:
        assert given["EncryptionContext"] == CONTEXT
        self.asked.append(what)
        if self.error is not None:
            raise self.error
        return content[::-1]


def vault(keys: Any) -> KmsVault:
    return KmsVault("key-1", lambda: keys)


def test_a_sealed_secret_is_text_and_opens_again() -> None:
    keys = Keys()
    sealed = vault(keys).sealer(CONTEXT).seal("token \u00fc")
    assert sealed.isascii()
    assert "token" not in sealed
    assert vault(keys).open(sealed, CONTEXT) == "token \u00fc"


def test_one_key_seals_all_tokens_of_a_write_and_kms_is_not_asked_again() -> None:
    keys = Keys()
    sealer = vault(keys).sealer(CONTEXT)
    first, second = sealer.seal("token"), sealer.seal("token")
    assert keys.asked == ["key"]
    assert first != second, "never the same nonce"
    assert "object at" in repr(sealer)


def test_what_kms_sealed_itself_still_opens() -> None:
    old = base64.b64encode(b"nekot").decode()
    assert vault(Keys()).open(old, CONTEXT) == "token"


def test_a_changed_ciphertext_does_not_open() -> None:
    sealed = vault(Keys()).sealer(CONTEXT).seal("token")
    blob = bytearray(base64.b64decode(sealed[2:]))
    blob[-1] ^= 1
    with pytest.raises(Unopenable):
        vault(Keys()).open("1." + base64.b64encode(bytes(blob)).decode(), CONTEXT)


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
        vault(Keys(error)).sealer(CONTEXT)


def test_another_context_is_a_defect() -> None:
    with pytest.raises(ClientError):
        vault(Keys(failed("InvalidCiphertextException", 400))).open("c2VhbGVk", CONTEXT)
