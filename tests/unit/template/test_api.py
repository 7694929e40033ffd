"""The HTTP API as API Gateway gets it: who may call what, limits, gateway answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.openapi import operations
from rowcol.edge import (
    audit_proof,
    balance_request,
    cash_operations,
    connections,
    consent_callback,
    decision_operations,
    digest_operations,
    payment_operations,
    people_operations,
    plans,
    query_operations,
    receivables_operations,
    settings_operations,
    statement_operations,
    tray_operations,
)
from rowcol.edge.download import XLSX
from rowcol.edge.exports import routes as export_routes
from tests.unit.template.document import as_expanded, as_written, written

[API] = as_expanded("AWS::ApiGateway::RestApi").values()
[STAGE] = as_expanded("AWS::ApiGateway::Stage").values()
RAILS = ("ramp", "plaid", "qbo", "stripe")
OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    (method.upper(), path): operation
    for path, methods in API["Properties"]["Body"]["paths"].items()
    for method, operation in methods.items()
}
WEBHOOKS = {("POST", f"/webhooks/{rail}/{{endpoint_key}}") for rail in RAILS}
CALLBACK = ("GET", consent_callback.ROUTE)
OPEN = WEBHOOKS | {CALLBACK}
ROUTES = OPEN | {(one.method, one.path) for one in operations()}


def test_the_routes_are_exactly_the_operations() -> None:
    assert set(OPERATIONS) - ROUTES == set(), "deployed, and nobody serves it"
    assert ROUTES - set(OPERATIONS) == set(), "served, and not deployed"


def test_a_route_leads_to_the_function_that_serves_it() -> None:
    serving = {
        "DecisionSubmission": decision_operations.OPERATIONS,
        "PlaidBalanceRefresh": balance_request.OPERATIONS,
        "CashMatching": cash_operations.OPERATIONS,
        "PaymentCommands": payment_operations.OPERATIONS,
        "PeopleAdmin": people_operations.OPERATIONS,
        "Digest": digest_operations.OPERATIONS,
        "SettingsAdmin": settings_operations.OPERATIONS,
        "StatementImports": statement_operations.OPERATIONS,
        "ConnectionsAdmin": {**connections.OPERATIONS, CALLBACK: None},
        "PlanProposal": plans.PROPOSALS,
        "AuditProof": audit_proof.READS,
        "Exports": export_routes.OPERATIONS,
        "TrayAdmin": tray_operations.OPERATIONS,
        "ConsoleQuery": query_operations.OPERATIONS,
        "Receivables": receivables_operations.OPERATIONS,
    }
    for function, served in serving.items():
        for method, path in served:
            integration = OPERATIONS[method, path]["x-amazon-apigateway-integration"]
            assert f"${{{function}Function.Arn}}" in json.dumps(integration), (method, path)


def test_a_workbook_is_the_only_answer_that_is_not_text() -> None:
    # A type in this list also makes requests of that type binary: never one that JSON comes in.
    assert API["Properties"]["BinaryMediaTypes"] == [XLSX]


@pytest.mark.parametrize("route", sorted(ROUTES - OPEN))
def test_every_other_route_asks_for_a_token(route: tuple[str, str]) -> None:
    assert OPERATIONS[route]["security"] == [{"OidcAuthorizer": []}]


@pytest.mark.parametrize("route", sorted(OPEN))
def test_a_webhook_is_signed_and_a_consent_has_its_state_so_neither_has_an_authorizer(
    route: tuple[str, str],
) -> None:
    assert OPERATIONS[route]["security"] in ([], [{"NONE": []}])


def test_the_authorizer_sees_the_request_and_is_asked_again_within_minutes() -> None:
    scheme = API["Properties"]["Body"]["components"]["securitySchemes"]["OidcAuthorizer"]
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "request"
    assert authorizer["identitySource"] == "method.request.header.Authorization"
    assert 0 <= authorizer["authorizerResultTtlInSeconds"] <= 300


def settings() -> dict[tuple[str, str], dict[str, Any]]:
    return {(s["HttpMethod"], s["ResourcePath"]): s for s in STAGE["Properties"]["MethodSettings"]}


def test_every_method_is_throttled_and_no_body_is_logged() -> None:
    found = settings()
    assert ("*", "/*") in found
    for method, setting in found.items():
        assert 0 < setting["ThrottlingRateLimit"] <= setting["ThrottlingBurstLimit"], method
        assert setting["DataTraceEnabled"] is False, method


def test_what_is_open_to_strangers_has_limits_and_metrics_of_its_own() -> None:
    for method, path in OPEN:
        # CloudFormation wants slashes as ~1; the slash in front stays one.
        setting = settings()[(method, "/" + path.replace("/", "~1"))]
        assert setting["MetricsEnabled"] is True


def test_access_is_logged_without_secrets_and_traced() -> None:
    assert STAGE["Properties"]["TracingEnabled"] is True
    logged = json.loads(STAGE["Properties"]["AccessLogSetting"]["Format"])
    assert {"request_id", "resource", "status", "latency_milliseconds"} <= set(logged)
    # $context.path would hold endpoint keys; the resource path has their placeholder.
    assert not {"$context.path", "$context.identity.apiKey"} & set(logged.values())
    assert API["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def answers() -> dict[str, Any]:
    body = API["Properties"]["Body"]
    found = body["x-amazon-apigateway-gateway-responses"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("UNAUTHORIZED", 401),
        ("ACCESS_DENIED", 403),
        ("MISSING_AUTHENTICATION_TOKEN", 404),
        ("RESOURCE_NOT_FOUND", 404),
        ("REQUEST_TOO_LARGE", 413),
        ("THROTTLED", 429),
        ("INTEGRATION_TIMEOUT", 504),
        ("DEFAULT_4XX", None),
        ("DEFAULT_5XX", None),
    ],
)
def test_what_the_gateway_answers_is_a_problem_document(kind: str, status: int | None) -> None:
    answer = answers()[kind]
    headers = answer["responseParameters"]
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    text = answer["responseTemplates"]["application/json"]
    problem = json.loads(text.replace("$context.error.messageString", '"why"'))
    assert {"type", "title", "code", "request_id"} <= set(problem)
    if status is not None:
        assert int(answer["statusCode"]) == problem["status"] == status


def test_a_missing_token_is_answered_with_the_challenge() -> None:
    headers = answers()["UNAUTHORIZED"]["responseParameters"]
    assert headers["gatewayresponse.header.WWW-Authenticate"].startswith("'Bearer ")


def test_a_web_acl_can_be_put_before_the_api() -> None:
    [association] = as_written("AWS::WAFv2::WebACLAssociation").values()
    assert association["Condition"] == "HasWebAcl"
    assert written()["Parameters"]["WebAclArn"]["Default"] == ""
