"""QuickBooks Online's answers, composed from its contract."""

from __future__ import annotations

from typing import Any

REALM = "9130000000000001"


def bill(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "1803",
        "SyncToken": "1",
        "domain": "QBO",
        "sparse": False,
        "MetaData": {"LastUpdatedTime": "2026-10-16T10:01:11-07:00"},
        "VendorRef": {"value": "56", "name": "Greenleaf"},
        "DocNumber": "GP-7802",
        "TxnDate": "2026-09-19",
        "DueDate": "2026-10-19",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "TotalAmt": 1250.0,
        "Balance": 0,
        "LinkedTxn": [
            {"TxnId": "1830", "TxnType": "BillPaymentCheck"},
            {"TxnId": "9", "TxnType": "VendorCredit"},
        ],
        "Line": [{"Id": "1", "Amount": 1250.0, "DetailType": "AccountBasedExpenseLineDetail"}],
        **changes,
    }


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "1830",
        "SyncToken": "0",
        "domain": "QBO",
        "MetaData": {"LastUpdatedTime": "2026-10-16T09:12:08-07:00"},
        "VendorRef": {"value": "56"},
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "35"}, "PrintStatus": "NotSet"},
        "TotalAmt": 1250.0,
        "TxnDate": "2026-10-16",
        "PrivateNote": "Synced",
        "Line": [
            {"Amount": 1200.5, "LinkedTxn": [{"TxnId": "1803", "TxnType": "Bill"}]},
            {"Amount": 49.5, "LinkedTxn": [{"TxnId": "7", "TxnType": "VendorCredit"}]},
        ],
        **changes,
    }


def invoice(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "1741",
        "SyncToken": "1",
        "domain": "QBO",
        "MetaData": {"LastUpdatedTime": "2026-10-16T10:01:11-07:00"},
        "CustomerRef": {"value": "201", "name": "Blue Heron Hotels LLC"},
        "DocNumber": "INV-2041",
        "TxnDate": "2026-09-15",
        "DueDate": "2026-10-15",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "TotalAmt": 1480.0,
        "Balance": 480.5,
        "LinkedTxn": [{"TxnId": "1751", "TxnType": "Payment"}],
        "Line": [{"Amount": 1480.0, "DetailType": "SalesItemLineDetail"}],
        **changes,
    }


def fault(code: str, message: str = "Some message", **changes: Any) -> dict[str, Any]:
    error = {"Message": message, "Detail": "what it was about", "code": code, "element": ""}
    return {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "t", **changes}


def gateway_fault(code: str) -> dict[str, Any]:
    error = {"message": f"errorCode=00{code}", "detail": None, "code": code, "element": None}
    return {"warnings": None, "fault": {"error": [error], "type": "SERVICE"}, "time": 1}


XML_THROTTLE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<IntuitResponse time="t" xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE">'
    b'<Error code="3001"><Message>message=ThrottleExceeded</Message></Error>'
    b"</Fault></IntuitResponse>"
)


def feed(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"CDCResponse": [{"QueryResponse": [*parts, {}]}], "time": "t"}


def tombstone(object_id: str) -> dict[str, Any]:
    return {
        "domain": "QBO",
        "status": "Deleted",
        "Id": object_id,
        "MetaData": {"LastUpdatedTime": "t"},
    }
