"""Least privilege, read from the roles that CloudFormation makes, with what SAM adds."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.unit.template.document import (
    as_expanded,
    as_list,
    folder_of,
    functions,
    grants,
    name_of,
    policies_of_role,
    statements,
)

ROLES = as_expanded("AWS::IAM::Role")
WEBHOOKS = ("ramp_webhook", "plaid_webhook", "qbo_webhook", "stripe_webhook")
PARAMETERS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/rowcol/${Stage}/"
MACHINE_ARN = (
    "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
    ":stateMachine:${AWS::StackName}-payment-custody"
)

# The only wildcards: a prefix of parameters that belong together, and actions without resources.
WILDCARD_RESOURCES = (
    {PARAMETERS + "apps/*"}
    | {"${Files.Arn}/uploads/*", "${Files.Arn}/posted/*"}
    | {"${Checkpoints.Arn}/checkpoints/*", "${Exports.Arn}/exports/*"}
    | {f"{PARAMETERS}endpoints/{rail}/*" for rail in ("ramp", "plaid", "qbo", "stripe")}
)
LOG_DELIVERY = {  # Step Functions' log delivery is an account-wide setting
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}
# AWS's own policies, attached by SAM: write logs, send traces, read the function's streams.
AWS_POLICIES = {
    "AWSLambdaBasicExecutionRole",
    "AWSXrayWriteOnlyAccess",
    "AWSLambdaDynamoDBExecutionRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
}


def every_statement() -> list[dict[str, Any]]:
    shared = as_expanded("AWS::IAM::ManagedPolicy").values()
    return [
        *itertools.chain.from_iterable(policies_of_role(role) for role in ROLES.values()),
        *itertools.chain.from_iterable(
            statements(p["Properties"]["PolicyDocument"]) for p in shared
        ),
    ]


def test_no_action_is_a_wildcard_and_nothing_is_granted_by_exclusion() -> None:
    for statement in every_statement():
        assert not {"NotAction", "NotResource"} & set(statement)
        assert not [action for action in as_list(statement["Action"]) if "*" in action]


def test_no_resource_is_a_wildcard_but_the_reasoned_ones() -> None:
    for statement in every_statement():
        resources = {name_of(r) for r in as_list(statement["Resource"])}
        wild = {r for r in resources if "*" in r}
        if wild == {"*"}:
            assert set(as_list(statement["Action"])) <= LOG_DELIVERY
        else:
            assert wild <= WILDCARD_RESOURCES


def test_only_known_policies_of_aws_are_attached() -> None:
    for name, role in ROLES.items():
        for arn in role["Properties"].get("ManagedPolicyArns", []):
            if isinstance(arn, dict) and "Ref" in arn:
                continue
            assert name_of(arn).rsplit("/", 1)[-1] in AWS_POLICIES, name


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_a_webhook_can_store_a_row_and_read_its_own_secrets_only(folder: str) -> None:
    rail = folder.removesuffix("_webhook")
    allowed = {
        ("dynamodb:PutItem", "InboxTable.Arn"),
        ("ssm:GetParameter", f"{PARAMETERS}endpoints/{rail}/*"),
        ("kms:Decrypt", "TokenKey.Arn"),
    }
    if rail == "plaid":
        allowed.add(("ssm:GetParameter", PARAMETERS + "apps/plaid"))
    assert grants(folder) == allowed


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_a_webhook_decrypts_parameters_and_never_a_token(folder: str) -> None:
    role = next(r for n, r in ROLES.items() if n.lower().startswith(folder.replace("_", "")))
    [decryption] = [s for s in policies_of_role(role) if s["Action"] == "kms:Decrypt"]
    via = decryption["Condition"]["StringEquals"]["kms:ViaService"]
    assert name_of(via) == "ssm.${AWS::Region}.amazonaws.com"
    [(key, names)] = decryption["Condition"]["StringLike"].items()
    assert key == "kms:EncryptionContext:PARAMETER_ARN"
    read = {resource for action, resource in grants(folder) if action == "ssm:GetParameter"}
    assert {name_of(name) for name in as_list(names)} == read


@pytest.mark.parametrize("folder", [folder_of(f) for f in functions().values()])
def test_nobody_can_change_the_log(folder: str) -> None:
    of_stream = {"dynamodb:GetShardIterator", "dynamodb:GetRecords"}
    on_log = {
        action
        for action, resource in grants(folder)
        if resource.startswith("AuditTable")
        and not (resource == "AuditTable.StreamArn" and action in of_stream)
    }
    assert on_log <= {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"} | {
        "dynamodb:PutItem"
    }


@pytest.mark.parametrize("folder", [folder_of(f) for f in functions().values()])
def test_nobody_scans_a_table(folder: str) -> None:
    assert not [action for action, _ in grants(folder) if action == "dynamodb:Scan"]


def test_queries_cannot_write() -> None:
    actions = {action for action, _ in grants("console_query")}
    assert actions == {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


def test_the_authorizer_needs_nothing() -> None:
    assert grants("api_authorizer") == set()


def holders(action: str) -> set[str]:
    return {
        folder_of(function)
        for function in functions().values()
        if any(granted == action for granted, _ in grants(folder_of(function)))
    }


def test_who_starts_executions() -> None:
    assert holders("states:StartExecution") == {"event_relay", "due_work", "payment_commands"}
    started = ("states:StartExecution", "DecisionBatchMachine")
    assert [one for one in grants("payment_commands") if one[0] == started[0]] == [started]


def test_who_completes_a_step_of_custody() -> None:
    waiting = {"payment_execution", "custody_record"}
    assert holders("states:SendTaskSuccess") == waiting | {"event_relay", "due_work"}
    for folder in waiting:
        assert ("states:SendTaskSuccess", MACHINE_ARN) in grants(folder)


def test_only_callers_of_a_rail_can_use_tokens() -> None:
    callers = {
        "plaid_balance_refresh",
        "event_application",
        "payment_execution",
        "qbo_verification",
        "cash_verification",
        "due_work",
        "reconciliation",
        "connections_admin",
    }
    assert holders("kms:Encrypt") == callers
    assert holders("kms:Decrypt") == callers | set(WEBHOOKS)


def test_only_connecting_writes_endpoints_and_takes_consents() -> None:
    assert holders("ssm:PutParameter") == {"connections_admin"}
    assert holders("ssm:DeleteParameter") == {"connections_admin"}
    written = {name for action, name in grants("connections_admin") if action == "ssm:PutParameter"}
    # QuickBooks has one address for the whole app, set by an operator.
    assert written == {f"{PARAMETERS}endpoints/{rail}/*" for rail in ("ramp", "plaid", "stripe")}
    [taken] = [
        statement
        for statement in policies_of_role(ROLES["ConnectionsAdminFunctionRole"])
        if statement["Action"] == "dynamodb:DeleteItem"
    ]
    assert taken["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["consent/*"]}
    }


def test_only_the_relay_publishes_and_only_the_projection_writes_views() -> None:
    assert holders("events:PutEvents") == {"event_relay"}
    for function in functions().values():
        folder = folder_of(function)
        on_views = {action for action, resource in grants(folder) if "ViewsTable" in resource}
        if folder in ("console_query", "tray_admin", "digest", "exports", "export_work"):
            assert on_views <= {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
        elif folder != "view_projection":
            assert on_views == set(), folder


def test_a_machine_runs_exactly_the_functions_it_names() -> None:
    for logical_id, machine in as_expanded("AWS::StepFunctions::StateMachine").items():
        named = {name_of(v) for v in machine["Properties"]["DefinitionSubstitutions"].values()}
        granted = {
            name_of(resource)
            for statement in policies_of_role(ROLES[f"{logical_id}Role"])
            if "lambda:InvokeFunction" in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }
        assert granted == named


def test_checkpoints_are_written_by_one_function_and_deleted_by_none() -> None:
    for function in functions().values():
        folder = folder_of(function)
        on_them = {action for action, place in grants(folder) if "Checkpoints" in place}
        reading = {"s3:ListBucketVersions", "s3:GetObjectVersion"}
        if folder == "checkpoints":
            assert on_them == reading | {"s3:PutObject"}
        else:
            assert on_them in (set(), reading), folder
    assert {action for action, _ in grants("audit_proof") if action.startswith("dynamodb:")} == {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
    }


@pytest.mark.parametrize("folder", ["exports", "export_work"])
def test_who_exports_lists_may_read_all_that_lists_are_read_from(folder: str) -> None:
    views = as_expanded("AWS::DynamoDB::Table")["ViewsTable"]["Properties"]
    indexes = views["GlobalSecondaryIndexes"] + views["LocalSecondaryIndexes"]
    wanted = {f"${{ViewsTable.Arn}}/index/{one['IndexName']}" for one in indexes}
    assert wanted <= {place for action, place in grants(folder) if action == "dynamodb:Query"}
