"""Ramp's bills for one client (ramp contract, sections 3 to 5 and 8). Implements ExecutionRail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar
from urllib.parse import quote

from rowcol.domain.facts import RailBill, RailDraft
from rowcol.rails.http import (
    Answer,
    Call,
    CommandUncertain,
    Patience,
    RailHttp,
    Site,
    TokenSource,
    check_base_url,
)
from rowcol.rails.ramp import wire
from rowcol.rails.ramp.paging import walk
from rowcol.rails.ramp.translate import rail_bill, rail_draft
from rowcol.rails.untrusted import SAFE_ID, printable
from rowcol.rails.wire_reading import model, parse
from rowcol.service.ports import (
    CapabilityMissing,
    CommandAccepted,
    CommandRefused,
    CommandResult,
    ConnectionBroken,
    OutcomeUnknown,
    RailError,
    RailProtocolError,
)

RAIL = "ramp"
HOSTS = frozenset({"api.ramp.com", "demo-api.ramp.com"})
PREFIX = "/developer/v1"
HOLD_REASON_CHARACTERS_MAX = 200
# Ramp cuts a call at 60 s; waiting longer makes our timeout mean that it has ended there.
PATIENCE = Patience(read_seconds=70.0, read_attempts_max=4, throttle_seconds=2.0)
Row = TypeVar("Row", wire.Bill, wire.Draft)
# Levers with an address of their own: 404 may mean that the account does not have it.
_OWN_PATHS = frozenset({"hold", "lift"})


def site(base_url: str) -> Site:
    """Ramp at a checked base URL."""
    return Site(RAIL, check_base_url(RAIL, base_url, HOSTS), PATIENCE, "x-trace-id")


class RampBills:
    """Bills of the one business that the tokens reach."""

    def __init__(self, http: RailHttp, tokens: TokenSource) -> None:
        self._http = http
        self._tokens = tokens

    # ---- reads

    def read_bill(self, bill_id: str) -> RailBill | None:
        """The bill now; only this read has the vendor's trace id.

        None when Ramp does not know it.
        """
        answer = self._read(Call("GET", f"{PREFIX}/bills/{_segment(bill_id)}"))
        if answer.status == 404:
            return None
        return self._bill(self._expect(answer, 200))

    def bills_of_payment(self, payment_id: str) -> tuple[RailBill, ...]:
        """All bills that share a payment."""
        return tuple(self._pages({"payment_id": payment_id}))

    def open_bills(self) -> Iterator[RailBill]:
        """Every bill not yet paid.

        A bill that changes during paging may be missed or come twice.
        """
        return self._pages({"payment_status": "OPEN"})

    def paid_bills(self, since: datetime) -> Iterator[RailBill]:
        """Bills paid since an instant."""
        return self._pages({"payment_status": "PAID", "from_paid_at": _text(since)})

    def archived_bills(self, since: datetime) -> Iterator[RailBill]:
        """Archived bills created since an instant; Ramp cannot be asked when they were archived."""
        return self._pages({"is_archived": "true", "from_created_at": _text(since)})

    def drafts(self) -> Iterator[RailDraft]:
        """Every draft: they are in none of the lists of bills."""
        for answer, rows in self._rows(f"{PREFIX}/bills/drafts", wire.DraftPage, {}):
            for row in rows:
                yield rail_draft(row, answer.read)

    def _pages(self, query: Mapping[str, str]) -> Iterator[RailBill]:
        for answer, rows in self._rows(f"{PREFIX}/bills", wire.BillPage, query):
            trace_id = self._http.trace_id(answer)
            for row in rows:
                yield rail_bill(row, answer.read, trace_id)

    def _rows(
        self, path: str, kind: type[wire.PageOf[Row]], query: Mapping[str, str]
    ) -> Iterator[tuple[Answer, Sequence[Row]]]:
        def read(asked: Mapping[str, str]) -> tuple[Answer, wire.PageOf[Row]]:
            answer = self._expect(self._read(Call("GET", path, asked)), 200)
            return answer, model(RAIL, kind, parse(RAIL, answer))

        for answer, page in walk(read, self._http.base_url, path, query):
            yield answer, page.data

    # ---- commands

    def set_payment_date(self, bill_id: str, day: date) -> CommandResult:
        """Ask for a day. Ramp may move it: what it took is in the accepted bill's payment."""
        return self._change_date(bill_id, day.isoformat())

    def clear_payment_date(self, bill_id: str) -> CommandResult:
        """Take the payment off Ramp's schedule."""
        return self._change_date(bill_id, None)

    def _change_date(self, bill_id: str, day: str | None) -> CommandResult:
        call = Call("PATCH", f"{PREFIX}/bills/{_segment(bill_id)}", body={"payment_date": day})
        return self._command(call, bill_id, "payment_date")

    def set_payment_method(self, bill_id: str, method: str) -> CommandResult:
        """Choose how the bill is paid, by one of the 11 methods that can be written."""
        path = f"{PREFIX}/bills/{_segment(bill_id)}"
        call = Call("PATCH", path, body={"payment_method": method})
        return self._command(call, bill_id, "payment_method")

    def hold(self, bill_id: str, reason: str | None = None) -> CommandResult:
        """Stop the bill on every payment rail (beta)."""
        body = {"reason": reason[:HOLD_REASON_CHARACTERS_MAX] if reason else None}
        call = Call("POST", f"{PREFIX}/bills/{_segment(bill_id)}/hold", body=body)
        return self._command(call, bill_id, "hold")

    def lift(self, bill_id: str) -> CommandResult:
        """Lift a hold (beta). Ramp's path says release; it does not release a payment."""
        call = Call("POST", f"{PREFIX}/bills/{_segment(bill_id)}/release")
        return self._command(call, bill_id, "lift")

    def archive(self, bill_id: str) -> CommandResult:
        """Archive the bill. The answer is empty: what it did is read."""
        call = Call("DELETE", f"{PREFIX}/bills/{_segment(bill_id)}")
        return self._command(call, bill_id, "archive")

    def _command(self, call: Call, bill_id: str, lever: str) -> CommandResult:
        try:
            answer = self._http.command(call, self._tokens)
        except CommandUncertain as uncertain:
            return OutcomeUnknown(uncertain.detail)
        if answer.status == 200:
            return self._accepted(answer, bill_id)
        if answer.status == 204:
            return self._done(bill_id)
        error = self._error(answer)
        code, detail = error.error_code or str(answer.status), printable(error.message or "")
        if answer.status == 422 and lever in (error.additional_info or {}):
            return CapabilityMissing(lever, detail)
        if answer.status == 405:
            return CapabilityMissing(lever, detail)
        if answer.status == 403:
            raise ConnectionBroken(RAIL, "a scope or permission is missing", code)
        if answer.status == 404 and lever in _OWN_PATHS and self.read_bill(bill_id) is not None:
            return CapabilityMissing(lever, "the bill is known, the lever is not")
        return CommandRefused(code, detail, self._http.trace_id(answer))

    def _accepted(self, answer: Answer, bill_id: str) -> CommandResult:
        try:
            bill = self._bill(answer)
        except RailError as odd:
            return OutcomeUnknown(f"accepted with an odd answer: {odd.detail}")
        if bill.bill_id != bill_id:
            return OutcomeUnknown("accepted with another bill")
        return CommandAccepted(bill)

    def _done(self, bill_id: str) -> CommandResult:
        try:
            bill = self.read_bill(bill_id)
        except RailError as error:
            return OutcomeUnknown(f"done, and not readable: {error.detail}")
        return CommandAccepted(bill) if bill else OutcomeUnknown("done, and not to be found")

    # ---- answers

    def _read(self, call: Call) -> Answer:
        return self._http.read(call, self._tokens)

    def _bill(self, answer: Answer) -> RailBill:
        bill = model(RAIL, wire.Bill, parse(RAIL, answer))
        return rail_bill(bill, answer.read, self._http.trace_id(answer))

    def _expect(self, answer: Answer, status: int) -> Answer:
        if answer.status == status:
            return answer
        code = self._error(answer).error_code or str(answer.status)
        if answer.status == 403:
            raise ConnectionBroken(RAIL, "a scope or permission is missing", code)
        raise RailProtocolError(
            RAIL,
            f"answered {answer.status} {printable(code)}",
            trace_id=self._http.trace_id(answer),
        )

    def _error(self, answer: Answer) -> wire.ErrorV2:
        """What the refusal says, as far as it can be read."""
        try:
            body = model(RAIL, wire.ErrorBody, parse(RAIL, answer))
        except RailProtocolError:
            return wire.ErrorV2()
        return body.error_v2 or wire.ErrorV2()


def _segment(bill_id: str) -> str:
    """An id as one path segment.

    Raises RailProtocolError for what is no id: it would name another path.
    """
    if not SAFE_ID.match(bill_id):
        raise RailProtocolError(RAIL, "not a bill id")
    return quote(bill_id, safe="")


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
