"""Examples of RFC 9421, appendix B: keys, messages, signature bases, signatures.

Shared secrets are left out (B.2.5): no machine has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rowcol.domain.machine_key import KeyAlgorithm
from rowcol.edge.message_signature import Message

KEYS = {
    "test-key-rsa-pss": (
        KeyAlgorithm.RSA_PSS,
        """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
""",
    ),
    "test-key-ecc-p256": (
        KeyAlgorithm.ECDSA_P256,
        """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----
""",
    ),
    "test-key-ed25519": (
        KeyAlgorithm.ED25519,
        """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
""",
    ),
}
# B.1.4; its public half is above.
ED25519_PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHW"
    "XvJwew==:"
)
_ANSWER_DIGEST = (
    "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5"
    "aGgfLQ==:"
)
_CERTIFICATE = (
    ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNV"
    "BAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMM"
    "AkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3Y"
    "C8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYC"
    "uiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRj"
    "QGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEA"
    "x/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:"
)

REQUEST = Message(
    {
        "@method": "POST",
        "@authority": "example.com",
        "@path": "/foo",
        "@query": "?param=Value&Pet=dog",
        "@target-uri": "https://example.com/foo?param=Value&Pet=dog",
    },
    {
        "host": "example.com",
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-digest": _DIGEST,
        "content-length": "18",
    },
    {"param": ["Value"], "Pet": ["dog"]},
)
ANSWER = Message(
    {"@status": "200"},
    {
        "date": "Tue, 20 Apr 2021 02:07:56 GMT",
        "content-type": "application/json",
        "content-digest": _ANSWER_DIGEST,
        "content-length": "23",
    },
)
PROXIED = replace(
    REQUEST,
    derived={**REQUEST.derived, "@authority": "service.internal.example"},
    fields={**REQUEST.fields, "client-cert": _CERTIFICATE},
)
ACCEPTING = Message(
    {
        "@method": "GET",
        "@authority": "example.org",
        "@path": "/demo",
        "@query": "?name1=Value1&Name2=value2",
    },
    {
        "host": "example.org",
        "date": "Fri, 15 Jul 2022 14:24:55 GMT",
        "accept": "application/json, */*",
    },
    {"name1": ["Value1"], "Name2": ["value2"]},
)


@dataclass(frozen=True, slots=True)
class Example:
    """A signed message with its fields, and the base that the RFC prints."""

    label: str
    message: Message
    signature_input: str
    signature: str
    lines: tuple[str, ...]

    @property
    def base(self) -> str:
        """The signature base."""
        covered = self.signature_input.partition("=")[2]
        return "\n".join((*self.lines, f'"@signature-params": {covered}'))


EXAMPLES = (
    Example(
        "sig-b21",
        REQUEST,
        'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
        "sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it"
        "++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbz"
        "R72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5W"
        "Sb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q="
        "=:",
        (),
    ),
    Example(
        "sig-b22",
        REQUEST,
        'sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473'
        ';keyid="test-key-rsa-pss";tag="header-example"',
        "sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CD"
        "fKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1r"
        "LEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ"
        "99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw="
        "=:",
        (
            '"@authority": example.com',
            f'"content-digest": {_DIGEST}',
            '"@query-param";name="Pet": dog',
        ),
    ),
    Example(
        "sig-b23",
        REQUEST,
        'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest"'
        ' "content-length");created=1618884473;keyid="test-key-rsa-pss"',
        "sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFke"
        "Gt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7Ks"
        "LNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9Bmzhuz"
        "F8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA"
        "==:",
        (
            '"date": Tue, 20 Apr 2021 02:07:55 GMT',
            '"@method": POST',
            '"@path": /foo',
            '"@query": ?param=Value&Pet=dog',
            '"@authority": example.com',
            '"content-type": application/json',
            f'"content-digest": {_DIGEST}',
            '"content-length": 18',
        ),
    ),
    Example(
        "sig-b24",
        ANSWER,
        'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473'
        ';keyid="test-key-ecc-p256"',
        "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+"
        "32oiasw==:",
        (
            '"@status": 200',
            '"content-type": application/json',
            f'"content-digest": {_ANSWER_DIGEST}',
            '"content-length": 23',
        ),
    ),
    Example(
        "sig-b26",
        REQUEST,
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"',
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5W"
        "PpBKRCw==:",
        (
            '"date": Tue, 20 Apr 2021 02:07:55 GMT',
            '"@method": POST',
            '"@path": /foo',
            '"@authority": example.com',
            '"content-type": application/json',
            '"content-length": 18',
        ),
    ),
    Example(
        "ttrp",
        PROXIED,
        'ttrp=("@path" "@query" "@method" "@authority" "client-cert");created=1618884473'
        ';keyid="test-key-ecc-p256"',
        "ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOg"
        "mizw==:",
        (
            '"@path": /foo',
            '"@query": ?param=Value&Pet=dog',
            '"@method": POST',
            '"@authority": service.internal.example',
            f'"client-cert": {_CERTIFICATE}',
        ),
    ),
    Example(
        "transform",
        ACCEPTING,
        'transform=("@method" "@path" "@authority" "accept");created=1618884473'
        ';keyid="test-key-ed25519"',
        "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2"
        "m0pmj3NDA==:",
        (
            '"@method": GET',
            '"@path": /demo',
            '"@authority": example.org',
            '"accept": application/json, */*',
        ),
    ),
)
# B.4: what a proxy may do to the message between signer and verifier, and what not.
TRANSFORMED = (
    (
        "a query parameter and a header more",
        replace(
            ACCEPTING,
            derived={**ACCEPTING.derived, "@query": "?name1=Value1&Name2=value2&param=added"},
            fields={**ACCEPTING.fields, "accept-language": "en-US,en;q=0.5"},
        ),
        True,
    ),
    (
        "another header less, one more",
        replace(
            ACCEPTING,
            fields={"accept": "application/json, */*", "referer": "https://developer.example.org/"},
        ),
        True,
    ),
    (
        "another method and authority",
        replace(
            ACCEPTING,
            derived={**ACCEPTING.derived, "@method": "POST", "@authority": "example.com"},
        ),
        False,
    ),
    (
        "lines of a header in another order",
        replace(ACCEPTING, fields={**ACCEPTING.fields, "accept": "*/*, application/json"}),
        False,
    ),
)


def changed(example: Example) -> Iterator[Message]:
    """The example's message with each thing that it covers made another."""
    message = example.message
    for name, value in message.derived.items():
        if f'"{name}"' in example.signature_input:
            yield replace(message, derived={**message.derived, name: value + "x"})
    for name, value in message.fields.items():
        if f'"{name}"' in example.signature_input:
            yield replace(message, fields={**message.fields, name: value + "x"})
    if "@query-param" in example.signature_input:
        yield replace(message, query={**message.query, "Pet": ["cat"]})
