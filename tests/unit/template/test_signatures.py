"""Functions that check machines' signatures may do what that takes, and know the window."""

from __future__ import annotations

import json

import pytest

from local.openapi import operations
from rowcol.edge.signed_request import needs_signature
from tests.unit.template.document import as_expanded, grants, written

[API] = as_expanded("AWS::ApiGateway::RestApi").values()
PATHS = API["Properties"]["Body"]["paths"]
ROUTES = [one for one in operations() if needs_signature(one)]
# A key is read; a nonce is put; what was refused is told to the log.
NEEDED = {
    ("dynamodb:GetItem", "RecordsTable.Arn"),
    ("dynamodb:PutItem", "IdempotencyTable.Arn"),
    ("dynamodb:PutItem", "AuditTable.Arn"),
}


def serving() -> set[str]:
    """Folders of the functions that serve signed writes, as the routes are deployed."""
    found = set()
    for one in ROUTES:
        route = PATHS[one.path][one.method.lower()]["x-amazon-apigateway-integration"]
        for name, resource in written()["Resources"].items():
            if f"${{{name}.Arn}}" in json.dumps(route["uri"]):
                found.add(resource["Properties"]["CodeUri"].strip("/").rpartition("/")[2])
    return found


def test_there_are_some() -> None:
    assert {"decision_submission", "payment_commands"} <= serving()


@pytest.mark.parametrize("folder", sorted(serving()))
def test_a_function_that_serves_them_may_check_a_signature(folder: str) -> None:
    assert grants(folder) >= NEEDED


def test_the_window_is_a_bounded_setting() -> None:
    template = written()
    setting = template["Parameters"]["SignatureAgeSecondsMax"]
    assert (setting["Default"], setting["MinValue"], setting["MaxValue"]) == (300, 30, 900)
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["SIGNATURE_AGE_SECONDS_MAX"] == {"Ref": "SignatureAgeSecondsMax"}
