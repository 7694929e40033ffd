"""Files of bills and drafts, and the remittance receipt (ramp contract, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

from local.simulators.messages import Json, SimRequest, SimResponse, json_response
from local.simulators.ramp.errors import invalid, refuse
from local.simulators.ramp.oauth import Access

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_KINDS = ("EMAIL", "FILE", "INVOICE", "VENDOR_CREDIT")


class Uploads:
    """Handlers of `/attachments` and `/remittance-receipt`. Table: attachments."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def attach_bill(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """A file for a bill; one INVOICE per bill."""
        return self._attach("bills", bill_id, access, request)

    def attach_draft(self, access: Access, request: SimRequest, draft_bill_id: str) -> SimResponse:
        """A file for a draft."""
        return self._attach("drafts", draft_bill_id, access, request)

    def receipt(self, access: Access, request: SimRequest, bill_id: str) -> SimResponse:
        """The remittance receipt, a PDF, once the vendor was paid."""
        bill = self._own("bills", bill_id, access)
        if bill["status"] != "PAID" or bill["payment_method"] == "PAID_MANUALLY":
            raise refuse(404, "no receipt")
        return SimResponse(200, {"content-type": "application/pdf"}, _pdf(bill))

    def _attach(self, table: str, key: str, access: Access, request: SimRequest) -> SimResponse:
        row = self._own(table, key, access)
        fields = _form(request)
        kind = fields.get("attachment_type", b"").decode("utf-8", "replace")
        if kind not in _KINDS:
            raise invalid(attachment_type=f"Must be one of: {', '.join(_KINDS)}.")
        if not fields.get("file"):
            raise invalid(file="Missing data for required field.")
        kept = list(row.get("attachments", []))
        if kind == "INVOICE" and "INVOICE" in kept:
            raise refuse(400, "there is an invoice file already")
        self._core.document.put(table, key, {**row, "attachments": [*kept, kind]})
        made = {"id": self._core.new_id(), "business_id": access.business_id, "kind": kind}
        self._core.document.put("attachments", made["id"], made)
        return json_response(201, {"id": made["id"]})

    def _own(self, table: str, key: str, access: Access) -> Json:
        row = self._core.document.get(table, key)
        if row is None or row["business_id"] != access.business_id:
            raise refuse(404, "not found")
        return dict(row)


def _form(request: SimRequest) -> Mapping[str, bytes]:
    """The parts of a multipart form by name. Raises Refusal 422 when it is none."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise refuse(422, "multipart/form-data is required")
    parser = BytesParser(policy=HTTP)
    message = parser.parsebytes(b"content-type: " + kind.encode("latin-1") + b"\n\n" + request.body)
    if not message.is_multipart():
        raise refuse(422, "the form has no parts")
    found: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content.rstrip(b"\r\n")
    return found


def _pdf(bill: Mapping[str, object]) -> bytes:
    """A small PDF that names the bill."""
    text = f"BT /F1 12 Tf 72 720 Td (Remittance {bill['invoice_number']}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        + table
        + trailer % (len(objects) + 1, len(body))
    )
