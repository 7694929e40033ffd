"""The ledger is read-only: a transport that lets reads and one kind of note through, and nothing
else.

QBO has no read-only scope, so the provider cannot enforce it; this does, below everything that
builds requests.
"""

from __future__ import annotations

import re

import httpx

_COMPANY = r"/v3/company/[0-9]{1,20}"
READABLE = frozenset({
    "bill", "billpayment", "vendor", "vendorcredit", "account", "companyinfo", "journalentry",
    "invoice", "payment", "purchase", "preferences",
})  # fmt: skip
_READS = re.compile(
    rf"{_COMPANY}/(?:query|cdc|(?:{'|'.join(sorted(READABLE))})/[A-Za-z0-9:_-]{{1,64}})\Z"
)
_NOTE = re.compile(rf"{_COMPANY}/attachable\Z")
_NOTE_QUERY = frozenset({"requestid", "minorversion"})


class LedgerWriteRefused(Exception):
    """A defect: something tried to send the ledger what it must never be sent.

    Nothing left this process.
    """


def permitted(method: str, url: httpx.URL) -> bool:
    """GET of an entity, a query or the change feed; POST of a note.

    No operation parameter, ever.
    """
    path = url.raw_path.split(b"?", 1)[0].decode("ascii", "replace")
    names = set(url.params.keys())
    if "operation" in names or "include" in names:
        return False
    if method == "GET":
        return bool(_READS.match(path))
    return method == "POST" and bool(_NOTE.match(path)) and names <= _NOTE_QUERY


class ReadOnlyTransport(httpx.BaseTransport):
    """Refuses before the inner transport sees the request."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass on what is permitted. Raises LedgerWriteRefused."""
        if not permitted(request.method, request.url):
            raise LedgerWriteRefused(f"{request.method} {request.url.path}")
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()
