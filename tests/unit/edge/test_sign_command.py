"""`rowcol sign` and `rowcol machine-key`: what they print is what the API takes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from local import cli
from local.signing import CannotSign, Outgoing, PrivateKey, private_key_of, signed_headers
from rowcol.domain.machine_key import KeyAlgorithm
from rowcol.edge.structured_fields import InnerList, dictionary
from tests.support.domain.builders import NOW
from tests.support.signing import key_id, private_key


def pem(key: PrivateKey | ed448.Ed448PrivateKey) -> bytes:
    """A private key as openssl writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(params=KeyAlgorithm)
def key_file(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[KeyAlgorithm, Path]:
    """A key of each algorithm, as a file."""
    path = tmp_path / "robot.pem"
    path.write_bytes(pem(private_key(request.param)))
    return request.param, path


def rowcol(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """The command's exit status and what it printed; no stack runs there."""
    capsys.readouterr()
    status = cli.main(["--data", str(tmp_path / "nothing"), *arguments])
    printed = capsys.readouterr()
    return status, printed.out or printed.err


def test_header_lines_are_printed_for_curl(
    key_file: tuple[KeyAlgorithm, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    algorithm, path = key_file
    body = tmp_path / "body.json"
    body.write_text('{"a": 1}', encoding="utf-8")
    status, printed = rowcol(
        capsys, tmp_path, "sign", "--key", str(path), "--url", "https://API.example.com:443/p/x",
        "--body", str(body), "--header", "Authorization: Bearer x", "--header",
        "Idempotency-Key: key-0001",
    )  # fmt: skip
    assert status == 0
    lines = dict(line.split(": ", 1) for line in printed.splitlines())
    assert list(lines) == [
        "Authorization", "Idempotency-Key", "Content-Digest", "Signature-Input", "Signature",
    ]  # fmt: skip
    covered = dictionary(lines["Signature-Input"])["rowcol"]
    assert isinstance(covered, InnerList)
    assert [item.value for item in covered.items] == [
        "@method", "@authority", "@path", "content-digest", "authorization", "idempotency-key",
    ]  # fmt: skip
    assert covered.parameters["alg"] == algorithm.value
    assert covered.parameters["keyid"] == key_id(private_key(algorithm))


def test_a_registration_names_what_is_asked_for(
    key_file: tuple[KeyAlgorithm, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    algorithm, path = key_file
    status, printed = rowcol(capsys, tmp_path, "machine-key", "robot", "--key", str(path))
    body = json.loads(printed)
    assert (status, body["algorithm"]) == (0, algorithm.value)
    assert set(body) == {"algorithm", "public_key", "expires_at", "proof"}
    assert "PRIVATE" not in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("sign", "--key", "none.pem", "--url", "https://h/p"),
        ("sign", "--key", "{key}", "--url", "https://h/p?a=1"),
        ("sign", "--key", "{key}", "--url", "https://h/p", "--header", "no header"),
        ("sign", "--key", "{body}", "--url", "https://h/p"),
        ("machine-key", "robot", "--key", "{body}"),
    ],
)
def test_what_cannot_be_signed_is_one_line(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, body = tmp_path / "robot.pem", tmp_path / "body.json"
    key.write_bytes(pem(private_key()))
    body.write_text("{}", encoding="utf-8")
    named = [one.format(key=key, body=body) for one in arguments]
    status, printed = rowcol(capsys, tmp_path, *named)
    assert status == 1
    assert printed.startswith("rowcol: ")
    assert printed.count("\n") == 1


def test_other_keys_are_not_taken() -> None:
    with pytest.raises(CannotSign):
        private_key_of(pem(ed448.Ed448PrivateKey.generate()))
    with pytest.raises(CannotSign):
        private_key_of(pem(ec.generate_private_key(ec.SECP384R1())))


def test_what_stands_on_two_lines_cannot_be_signed() -> None:
    outgoing = Outgoing("POST", "https://h/p", b"", {"Idempotency-Key": "a\nb"})
    with pytest.raises(CannotSign):
        signed_headers(outgoing, private_key(), NOW + timedelta(seconds=1))
