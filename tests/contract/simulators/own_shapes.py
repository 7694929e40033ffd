"""Composed answers of QuickBooks and events of Stripe: what their samples show, in our own values.

They stand in for the samples where those are not at hand (contracts of qbo, 4 and 5; stripe, 2, 3).
"""

from __future__ import annotations

from collections.abc import Mapping

from local.simulators.messages import Json

_TIMES = {
    "CreateTime": "2026-11-01T09:00:00-08:00",
    "LastUpdatedTime": "2026-11-01T09:00:00-08:00",
}
_ROW: Json = {"domain": "QBO", "sparse": False, "Id": "7", "SyncToken": "0", "MetaData": _TIMES}
_USD = {"value": "USD", "name": "United States Dollar"}
_DAY = {"TxnDate": "2026-11-01", "CurrencyRef": _USD}
_PARTY = {"VendorRef": {"value": "5", "name": "A vendor"}}
_LINE: Json = {
    "Id": "1",
    "LineNum": 1,
    "Amount": 10.5,
    "DetailType": "AccountBasedExpenseLineDetail",
    "AccountBasedExpenseLineDetail": {
        "AccountRef": {"value": "6", "name": "An account"},
        "BillableStatus": "NotBillable",
        "TaxCodeRef": {"value": "NON"},
    },
}
_BILL: Json = {**_ROW, **_DAY, **_PARTY, "Balance": 10.5, "TotalAmt": 10.5, "Line": [_LINE]}
_PAID: Json = {
    **_ROW,
    **_DAY,
    **_PARTY,
    "PayType": "Check",
    "CheckPayment": {
        "BankAccountRef": {"value": "35", "name": "Checking"},
        "PrintStatus": "NotSet",
    },
    "TotalAmt": 10.5,
    "Line": [{"Amount": 10.5, "LinkedTxn": [{"TxnId": "7", "TxnType": "Bill"}]}],
}
_NOTE = {
    **_ROW,
    "Note": "n",
    "AttachableRef": [{"EntityRef": {"value": "7", "type": "BillPayment"}, "IncludeOnSend": False}],
}
_TIME = "2026-11-01T09:00:00.000-08:00"
_GATEWAY: Json = {
    **dict.fromkeys(("warnings", "intuitObject", "report", "queryResponse", "requestId")),
    **dict.fromkeys(("syncErrorResponse", "status")),
    "batchItemResponse": [],
    "attachableResponse": [],
    "cdcresponse": [],
    "time": 1,
}


def _fault(code: str, message: str, kind: str = "ValidationFault", **more: str) -> Json:
    error = {"Message": message, "Detail": "d", "code": code, **more}
    return {"Fault": {"Error": [error], "type": kind}, "time": _TIME}


def _gateway(status: int, code: str, name: str, kind: str) -> Json:
    text = f"message={name}; errorCode=00{code}; statusCode={status}"
    error = {"message": text, "detail": "d", "code": code, "element": None}
    return {"status": status, "body": {**_GATEWAY, "fault": {"error": [error], "type": kind}}}


def _ok(body: Json) -> Json:
    return {"status": 200, "body": {**body, "time": _TIME}}


QBO: Mapping[str, Json] = {
    "read_bill_open": _ok({"Bill": _BILL}),
    "read_billpayment": _ok({"BillPayment": _PAID}),
    "void_billpayment": _ok({"BillPayment": {**_PAID, "TotalAmt": 0, "Line": []}}),
    "create_attachable_note": _ok({"Attachable": _NOTE}),
    "query_bills_open": _ok(
        {"QueryResponse": {"Bill": [_BILL], "startPosition": 1, "maxResults": 1}}
    ),
    "query_count": _ok({"QueryResponse": {"totalCount": 1}}),
    "query_empty": _ok({"QueryResponse": {}}),
    "fault_610_not_found": {"status": 400, "body": _fault("610", "Object Not Found", element="")},
    "fault_4001_not_queryable": {"status": 400, "body": _fault("4001", "Invalid query")},
    "fault_5010_stale": {"status": 400, "body": _fault("5010", "Stale Object Error", element="")},
    "fault_5010_period_closed": {"status": 400, "body": _fault("5010", "Account Period Closed")},
    "fault_401_expired": _gateway(401, "3200", "AuthenticationFailed", "AUTHENTICATION"),
    "fault_403_wrong_company": _gateway(403, "3100", "ApplicationAuthorizationFailed", "SERVICE"),
    "oauth_invalid_client": {"status": 401, "body": {"error": "invalid_client"}},
    "oauth_refresh": {
        "status": 200,
        "body": {
            "token_type": "bearer",
            "access_token": "a",
            "expires_in": 3600,
            "refresh_token": "r",
            "x_refresh_token_expires_in": 8_640_000,
            "x_refresh_token_hard_expires_in": 1,
        },
    },
}
_PAYOUT: Json = {
    "id": "po_1",
    "object": "payout",
    "amount": 1,
    "arrival_date": 1,
    "created": 1,
    "automatic": True,
    "balance_transaction": "txn_1",
    "currency": "usd",
    "livemode": True,
    "description": "STRIPE PAYOUT",
    "destination": "ba_1",
    "metadata": {},
    "status": "paid",
    "method": "standard",
    "reconciliation_status": "completed",
    "source_type": "card",
    "statement_descriptor": "A",
    "type": "bank_account",
    "trace_id": {"status": "supported", "value": "1"},
    **dict.fromkeys(("application_fee", "application_fee_amount", "original_payout")),
    **dict.fromkeys(("failure_balance_transaction", "failure_code", "failure_message")),
    **dict.fromkeys(("payout_method", "reversed_by")),
}
_REFUND: Json = {
    "id": "re_1",
    "object": "refund",
    "amount": 1,
    "balance_transaction": "txn_1",
    "charge": "ch_1",
    "created": 1,
    "currency": "usd",
    "customer": "cus_1",
    "metadata": {},
    "payment_intent": "pi_1",
    "status": "succeeded",
    "destination_details": {
        "type": "card",
        "card": {
            "type": "refund",
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
        },
    },
    **dict.fromkeys(("reason", "receipt_number", "source_transfer_reversal")),
    "transfer_reversal": None,
}


def _event(kind: str, subject: Json) -> Json:
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1,
        "data": {"object": subject},
        "livemode": True,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


STRIPE: Mapping[str, Json] = {
    "payout_created": _event("payout.created", _PAYOUT),
    "payout_failed": _event("payout.failed", _PAYOUT),
    "payout_paid": _event("payout.paid", _PAYOUT),
    "refund_created": _event("refund.created", _REFUND),
}
