"""The ledger is read-only: a transport that lets reads and one kind of note through, and nothing
else.

QBO has no read-only scope, so the provider cannot enforce it; this does, below everything that
builds requests. What is allowed is listed, down to the fields of the body; all else is a defect.
"""

from __future__ import annotations

import json
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
_NOTE_QUERY = ["minorversion", "requestid"]
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,36}\Z")
NOTE_BYTES_MAX = 10_000
NOTE_TARGETS = ("Bill", "BillPayment", "Invoice")
_TARGET_ID = re.compile(r"[A-Za-z0-9:_-]{1,64}\Z")
# Words by which a request is made into another one, whatever their case.
_OPERATIONS = frozenset({"operation", "include", "optionsdata", "_method"})
_OVERRIDES = ("x-http-method", "x-method-override", "x-original", "x-rewrite")


class LedgerWriteRefused(Exception):
    """A defect: something tried to send the ledger what it must never be sent.

    Nothing left this process.
    """


def permitted(method: str, url: httpx.URL) -> bool:
    """Whether method, path and parameters are those of a read, or of a note.

    GET of an entity, a query or the change feed; POST of a note. No operation parameter, ever.
    """
    path = url.raw_path.split(b"?", 1)[0].decode("ascii", "replace")
    names = [name for name, _ in url.params.multi_items()]
    if url.fragment or any(name.strip().casefold() in _OPERATIONS for name in names):
        return False
    if method == "GET":
        return bool(_READS.match(path)) and len(names) == len(set(names))
    known = method == "POST" and bool(_NOTE.match(path)) and sorted(names) == _NOTE_QUERY
    return known and bool(_REQUEST_ID.match(url.params["requestid"]))


def is_note(content: bytes) -> bool:
    """Whether a body is a new note beside one Bill, BillPayment or Invoice, and nothing else.

    An `Id` would make it a change of another object; a name that comes twice is read differently by
    different readers.
    """
    if len(content) > NOTE_BYTES_MAX:
        return False
    try:
        body = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return False
    if not isinstance(body, dict) or set(body) != {"Note", "AttachableRef"}:
        return False
    note, targets = body["Note"], body["AttachableRef"]
    if not isinstance(note, str) or not isinstance(targets, list) or len(targets) != 1:
        return False
    return bool(note) and _is_target(targets[0])


def _is_target(target: object) -> bool:
    if not isinstance(target, dict) or set(target) != {"EntityRef", "IncludeOnSend"}:
        return False
    named = target["EntityRef"]
    if target["IncludeOnSend"] is not False or not isinstance(named, dict):
        return False
    if set(named) != {"type", "value"} or named["type"] not in NOTE_TARGETS:
        return False
    return isinstance(named["value"], str) and bool(_TARGET_ID.match(named["value"]))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _plain(request: httpx.Request) -> bool:
    """Whether no header makes it another request, and a body comes only where one belongs."""
    names = [name.casefold() for name in request.headers]
    if any(name.startswith(_OVERRIDES) for name in names):
        return False
    if request.headers.get("host", "").casefold() not in _hosts(request.url):
        return False
    content = request.read()
    if request.method == "GET":
        return not content
    kind = request.headers.get("content-type", "").split(";")[0].strip().casefold()
    encoded = "content-encoding" in names
    return kind == "application/json" and not encoded and is_note(content)


def _hosts(url: httpx.URL) -> frozenset[str]:
    host = url.netloc.decode("ascii").casefold()
    return frozenset({host, url.host.casefold()})


class ReadOnlyTransport(httpx.BaseTransport):
    """Refuses before the inner transport sees the request."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass on what is permitted. Raises LedgerWriteRefused."""
        if not permitted(request.method, request.url) or not _plain(request):
            raise LedgerWriteRefused(f"{request.method} {request.url.path}")
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()
