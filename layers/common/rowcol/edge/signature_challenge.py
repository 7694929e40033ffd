"""How a caller is asked for a signature (RFC 9421, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.message_signature import TAG
from rowcol.edge.structured_fields import Item

CODES = frozenset(
    {
        Code.SIGNATURE_REQUIRED,
        Code.SIGNATURE_INVALID,
        Code.SIGNATURE_EXPIRED,
        Code.NONCE_REUSED,
    }
)


def headers(refusal: Refusal) -> Mapping[str, str]:
    """`Accept-Signature` with what must be covered, and the challenge that a 401 has to have.

    No registered scheme names message signatures; a REST API renames that header anyway.
    """
    covered = refusal.numbers.get("components", ())
    names = covered if isinstance(covered, Iterable) else ()
    return {
        "Accept-Signature": f"rowcol=({' '.join(map(str, names))});created;tag={Item(TAG, {})}",
        "WWW-Authenticate": f'Signature realm="rowcol", error="{refusal.code.value}"',
    }
