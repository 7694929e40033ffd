"""HTTP Message Signatures against the examples of RFC 9421, appendix B, and what is unusable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.machine_key import KeyAlgorithm
from rowcol.edge.message_signature import (
    Claim,
    Message,
    Unusable,
    claim_of,
    content_digest,
    digest_fits,
    query_component,
    signature_base,
)
from rowcol.edge.signature_keys import is_signed, public_key_of
from rowcol.edge.structured_fields import InnerList, Item, dictionary
from tests.support.rfc9421 import (
    EXAMPLES,
    KEYS,
    REQUEST,
    TRANSFORMED,
    Example,
    changed,
)


def _key(name: str) -> KeyAlgorithm:
    return KEYS[name][0]


def _is_good(message: Message, example: Example) -> bool:
    """Whether the example's signature is one of this message."""
    covered = dictionary(example.signature_input)[example.label]
    signature = dictionary(example.signature)[example.label]
    assert isinstance(covered, InnerList)
    assert isinstance(signature, Item)
    assert isinstance(signature.value, bytes)
    name = str(covered.parameters["keyid"])
    key = public_key_of(KEYS[name][1], _key(name))
    assert key is not None
    base = signature_base(message, covered)
    return isinstance(base, bytes) and is_signed(key, signature.value, base)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.label)
def test_the_examples_of_the_rfc_are_good(example: Example) -> None:
    assert _is_good(example.message, example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.label)
def test_the_base_is_that_of_the_rfc(example: Example) -> None:
    covered = dictionary(example.signature_input)[example.label]
    assert isinstance(covered, InnerList)
    assert signature_base(example.message, covered) == example.base.encode()


@pytest.mark.parametrize("example", [one for one in EXAMPLES if "()" not in one.signature_input])
def test_an_example_of_another_message_is_not(example: Example) -> None:
    for message in changed(example):
        assert not _is_good(message, example)


@pytest.mark.parametrize(("name", "message", "good"), TRANSFORMED)
def test_what_may_happen_on_the_way(name: str, message: Message, good: bool) -> None:
    [example] = [one for one in EXAMPLES if one.label == "transform"]
    assert _is_good(message, example) == good, name


# ---- keys


@pytest.mark.parametrize("name", KEYS)
def test_a_key_is_only_of_its_own_algorithm(name: str) -> None:
    algorithm, pem = KEYS[name]
    assert [one for one in KeyAlgorithm if public_key_of(pem, one)] == [algorithm]


@pytest.mark.parametrize(
    "pem", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_no_key_is_none(pem: str, algorithm: KeyAlgorithm) -> None:
    assert public_key_of(pem, algorithm) is None


@given(st.binary(max_size=300), st.sampled_from(list(KEYS)))
def test_any_bytes_are_no_signature_and_no_defect(signature: bytes, name: str) -> None:
    algorithm, pem = KEYS[name]
    key = public_key_of(pem, algorithm)
    assert key is not None
    assert not is_signed(key, signature, b"message")


# ---- claims

INPUT = 'rowcol=("@method");created=5;keyid="k";nonce="0123456789abcdef";tag="rowcol"'
SIGNATURE = "rowcol=:aGk=:"


def _claim(signature_input: str = INPUT, signature: str = SIGNATURE) -> Claim | Unusable:
    return claim_of({"signature-input": signature_input, "signature": signature})


def test_a_claim_is_what_was_sent() -> None:
    found = _claim()
    assert isinstance(found, Claim)
    assert (found.key_id, found.nonce, found.created) == ("k", "0123456789abcdef", 5)
    assert (found.signature, found.expires, found.algorithm) == (b"hi", None, None)


def test_signatures_for_others_are_not_looked_at() -> None:
    proxy = 'proxy=("@authority");created=9;keyid="p";tag="edge", '
    with_others = _claim(proxy + INPUT, "proxy=:AAAA:, " + SIGNATURE)
    assert with_others == _claim()
    assert _claim(proxy.rstrip(", "), "proxy=:AAAA:") == Unusable("not_sent")


def test_the_label_is_anybodys_choice() -> None:
    found = _claim(INPUT.replace("rowcol=", "sig1="), "sig1=:aGk=:")
    assert found == _claim()


@pytest.mark.parametrize(
    ("signature_input", "signature", "problem"),
    [
        (INPUT.replace("rowcol=", "other="), SIGNATURE, "malformed"),  # no signature of that label
        (f"{INPUT}, {INPUT.replace('rowcol=', 'b=')}", f"{SIGNATURE}, b=:aGk=:", "several"),
        (f"{INPUT}, {INPUT}", SIGNATURE, "malformed"),
        (INPUT, f"{SIGNATURE}, {SIGNATURE}", "malformed"),
        ('rowcol="text";tag="rowcol"', SIGNATURE, "malformed"),
        (INPUT, 'rowcol="aGk="', "malformed"),
        (INPUT, "rowcol=(:aGk=:)", "malformed"),
        (INPUT, "", "malformed"),
        ("", SIGNATURE, "not_sent"),
        (INPUT.replace(';tag="rowcol"', ""), SIGNATURE, "not_sent"),
        (INPUT.replace(';tag="rowcol"', ";tag=rowcol"), SIGNATURE, "not_sent"),
        (INPUT.replace("created=5", "created=5.5"), SIGNATURE, "malformed"),
        (INPUT.replace("created=5", 'created="5"'), SIGNATURE, "malformed"),
        (INPUT.replace("created=5", "created"), SIGNATURE, "malformed"),
        (INPUT.replace("created=5", "created=5;expires=?1"), SIGNATURE, "malformed"),
        (INPUT.replace('keyid="k"', "keyid=k"), SIGNATURE, "malformed"),
        (INPUT.replace('keyid="k"', 'keyid="k";alg=ed25519'), SIGNATURE, "malformed"),
        (INPUT.replace('"0123456789abcdef"', '"short"'), SIGNATURE, "malformed"),
        (INPUT.replace("0123456789abcdef", "x" * 129), SIGNATURE, "malformed"),
        (INPUT.replace("created=5;", ""), SIGNATURE, "parameters_missing"),
        (INPUT.replace('keyid="k";', ""), SIGNATURE, "parameters_missing"),
        (INPUT.replace('nonce="0123456789abcdef";', ""), SIGNATURE, "parameters_missing"),
        (INPUT.replace('("@method")', '("@method" "@method")'), SIGNATURE, "component_twice"),
        (INPUT + "x" * 10_000, SIGNATURE, "malformed"),
        ("(" * 5_000, SIGNATURE, "malformed"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked(signature_input: str, signature: str, problem: str) -> None:
    found = _claim(signature_input, signature)
    assert isinstance(found, Unusable)
    assert found.problem == problem


@given(st.text(max_size=80), st.text(max_size=80), st.booleans())
def test_any_headers_are_a_claim_or_unusable(first: str, second: str, near: bool) -> None:
    found = _claim((INPUT if near else "") + first, (SIGNATURE if near else "") + second)
    assert isinstance(found, Claim | Unusable)
    if isinstance(found, Claim):
        base = signature_base(REQUEST, found.covered)
        assert isinstance(base, bytes | Unusable)


# ---- the base


@pytest.mark.parametrize(
    "covered",
    [
        '("@status")', '("@unknown")', '("x-absent")', '("Date")', "(date)", "(5)", '("")',
        '("date";sf)', '("date";bs)', '("date";key="a")', '("date";req)', '("date";tr)',
        '("@method";req)', '("@query-param")', '("@query-param";name="nobody")',
        '("@query-param";name="Pet";x)', '("@signature-params")',
    ],
)  # fmt: skip
def test_what_cannot_be_rebuilt_is_unusable(covered: str) -> None:
    found = dictionary(f"a={covered}")["a"]
    assert isinstance(found, InnerList)
    base = signature_base(REQUEST, found)
    assert isinstance(base, Unusable)
    assert base.problem == "component_unknown"


def test_a_value_cannot_make_another_line() -> None:
    forged = replace(REQUEST, fields={"x-evil": 'a\n"@method": GET'})
    covered = InnerList((Item("x-evil", {}),), {})
    assert isinstance(signature_base(forged, covered), Unusable)
    beyond = replace(REQUEST, fields={"x-evil": "\u00fc"})
    assert isinstance(signature_base(beyond, covered), Unusable)


def test_query_parameters_are_encoded_again() -> None:
    # Section 2.2.8: decoded as a form has them, encoded with %20 for a space.
    message = Message({}, {}, {"v\u00e4r": ["this is~a *big*-value_."], "two": ["1", "2"]})
    covered = InnerList((query_component("v\u00e4r"),), {})
    assert signature_base(message, covered) == (
        b'"@query-param";name="v%C3%A4r": this%20is%7Ea%20*big*-value_.\n'
        b'"@signature-params": ("@query-param";name="v%C3%A4r")'
    )
    twice = InnerList((query_component("two"),), {})
    assert isinstance(signature_base(message, twice), Unusable)


# ---- digests

BODY = b'{"hello": "world"}'


@pytest.mark.parametrize(
    "told",
    [
        "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        (
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwE"
            "mTHWXvJwew==:"
        ),
        "md5=:AAAA:, sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        content_digest(BODY),
    ],
)
def test_a_right_digest_fits(told: str) -> None:
    assert digest_fits(told, BODY)
    assert not digest_fits(told, BODY + b" ")
    assert not digest_fits(told, b"")


@pytest.mark.parametrize(
    "told",
    [
        None, "", "sha-256", "sha-256=X48E", "sha-256=::", "md5=:AAAA:", "sha-1=:AAAA:",
        "sha-256=(:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:)",
        "SHA-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
        "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:, sha-512=:AAAA:",
        "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:, sha-512=1",
    ],
)  # fmt: skip
def test_a_wrong_digest_does_not(told: str | None) -> None:
    assert not digest_fits(told, BODY)


@given(st.text(max_size=60), st.binary(max_size=20))
def test_any_digest_fits_or_not(told: str, content: bytes) -> None:
    assert digest_fits(told, content) in (True, False)
    assert digest_fits(content_digest(content), content)
