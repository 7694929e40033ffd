"""Public keys and signatures of the algorithms that machines may use (RFC 9421, section 3.3)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from rowcol.domain.machine_key import KeyAlgorithm

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PEM_CHARACTERS_MAX = 4_096
RSA_BITS = range(2_048, 4_097)
_P256_BYTES = 32
_PSS = padding.PSS(padding.MGF1(hashes.SHA512()), hashes.SHA512().digest_size)


def public_key_of(pem: str, algorithm: KeyAlgorithm) -> PublicKey | None:
    """A public key in PEM (SubjectPublicKeyInfo); None when it is none of this algorithm.

    RSA keys have 2,048 to 4,096 bits.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    match algorithm, key:
        case KeyAlgorithm.ED25519, ed25519.Ed25519PublicKey():
            return key
        case KeyAlgorithm.ECDSA_P256, ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return key
        case KeyAlgorithm.RSA_PSS, rsa.RSAPublicKey(key_size=bits) if bits in RSA_BITS:
            return key
        case _:
            return None


def spki(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo (DER), always the same bytes for the same key."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem_of(key: PublicKey) -> str:
    """SubjectPublicKeyInfo (PEM)."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_signed(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's for this message. Never raises, whatever the bytes."""
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                key.verify(signature, message)
            case ec.EllipticCurvePublicKey():
                if len(signature) != 2 * _P256_BYTES:
                    return False
                key.verify(_der(signature), message, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPublicKey():
                key.verify(signature, message, _PSS, hashes.SHA512())
    except InvalidSignature:
        return False
    return True


def _der(signature: bytes) -> bytes:
    """ECDSA's two numbers, which the RFC has side by side, as the library takes them."""
    r, s = signature[:_P256_BYTES], signature[_P256_BYTES:]
    return utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
