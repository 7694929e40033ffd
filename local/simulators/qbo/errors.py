"""QBO's faults: the usual envelope, the gateway's lower-case one, and XML (qbo contract, 4)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from local.simulators.messages import Json, SimResponse, json_response

_PACIFIC = ZoneInfo("America/Los_Angeles")
_MESSAGES = {
    "610": (
        "Object Not Found",
        (
            "Object Not Found : Something you're trying to use has been made inactive. "
            "Check the fields with accounts, customers, items, vendors or employees."
        ),
    ),
    "2010": ("Request has invalid or unsupported property", "Property Name:{0} is unsupported"),
    "2020": (
        "Required param missing, need to supply the required value for the API",
        "Required parameter {0} is missing in the request",
    ),
    "2050": ("String length is either shorter or longer than supported", "{0} is too long"),
    "2500": ("Invalid Reference Id", "Invalid Reference Id : {0}"),
    "4000": ("Error parsing query", "QueryParserError: {0}"),
    "4001": ("Invalid query", "QueryValidationError: {0}"),
    "6000": ("A business validation error has occurred", "Business Validation Error: {0}"),
    "6140": (
        "Duplicate Document Number Error",
        (
            "Duplicate Document Number Error : You must specify a different number. "
            "This number has already been used."
        ),
    ),
    "6190": ("Invalid Company Status", "Subscription period has ended or canceled"),
    "6240": (
        "Duplicate Name Exists Error",
        "The name supplied already exists. : {0}",
    ),
}


class Fault(Exception):
    """A refused operation. `code` is QBO's; `element` names the field."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        message: str | None = None,
        kind: str = "ValidationFault",
        element: str | None = "",
    ) -> None:
        default, template = _MESSAGES.get(code, (message or "Error", "{0}"))
        self.code = code
        self.message = message or default
        self.detail = template.format(detail) if message is None else detail
        named = code in ("2020", "2050")
        self.element = detail if named else None if code == "4001" else element
        self.kind = kind
        super().__init__(f"{code} {self.detail}")

    def body(self) -> Json:
        """The `Fault` object. Not every fault names an element."""
        error = {"Message": self.message, "Detail": self.detail, "code": self.code}
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}


def stale() -> Fault:
    """Somebody else wrote first (5010, first meaning)."""
    return Fault(
        "5010",
        "Stale Object Error : You and root were working on this at the same time. "
        "root finished before you did, so your work was not saved.",
        message="Stale Object Error",
    )


def period_closed() -> Fault:
    """The books are closed for that date (5010, second meaning)."""
    return Fault(
        "5010", "The account period has closed. {1}", message="Account Period Closed", element=None
    )


def system_failure(detail: str) -> Fault:
    """A system fault; observed with HTTP 200 as well as 500."""
    return Fault(
        "10000",
        f"System Failure Error: {detail}",
        message="An application error has occurred while processing your request",
        kind="SystemFault",
        element="SystemFailureError",
    )


def user_lost_access() -> Fault:
    """The person who connected the app is no user of the company any more."""
    return Fault(
        "120",
        "The user does not have access to this company.",
        message="Authorization Failure",
        kind="AuthorizationFault",
    )


def pacific(instant: datetime) -> str:
    """A MetaData time: seconds with the Pacific offset."""
    return instant.astimezone(_PACIFIC).isoformat(timespec="seconds")


def body_time(instant: datetime) -> str:
    """The `time` of a body: milliseconds with the Pacific offset."""
    return instant.astimezone(_PACIFIC).isoformat(timespec="milliseconds")


def gateway_fault(status: int, code: str, name: str, detail: str | None, now: datetime) -> Json:
    """The gateway's own shape, with lower-case keys."""
    kind = "AUTHENTICATION" if status == 401 else "SERVICE"
    message = f"message={name}; errorCode=00{code}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": code, "element": None}
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(now.timestamp() * 1000),
        "status": None,
        "cdcresponse": [],
    }


def throttled(now: datetime, form: str = "xml") -> SimResponse:
    """429 as XML, whatever was asked for; `form` "json" has been seen as well."""
    if form == "json":
        text = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
        detail = "The request limit was reached.  Try again later"
        error = {"Message": text, "Detail": detail, "code": "3001", "element": ""}
        fault = {"Error": [error], "type": "SERVICE"}
        return json_response(429, {"Fault": fault, "time": body_time(now)})
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<IntuitResponse time="{body_time(now)}" xmlns="http://schema.intuit.com/finance/v3">\n'
        '  <Fault type="SERVICE">\n    <Error code="3001">\n'
        "      <Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>\n"
        "      <Detail>The request limit was reached.  Try again later</Detail>\n"
        "    </Error>\n  </Fault>\n</IntuitResponse>\n"
    )
    return SimResponse(429, {"content-type": "application/xml"}, text.encode())
