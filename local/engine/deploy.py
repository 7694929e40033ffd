"""Creates the stack in the emulator from the localised template and reports what it made."""

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from local.engine.safety import DUMMY_CREDENTIALS, REGION, require_loopback
from local.engine.settings import DEFAULT_PARAMETERS, STACK_NAME
from local.engine.table_settings import complete_tables
from local.engine.template import BUNDLE_BUCKET, Bundle

POLL_SECONDS = 0.02
DEPLOY_LIMIT_SECONDS = 240


class DeploymentFailed(Exception):
    """The emulator refused the template; the text lists the resources that failed."""


@dataclass
class Deployment:
    """What the stack consists of, by the names the rest of the project uses."""

    functions: dict[str, str] = field(default_factory=dict)
    """Physical function name by folder name."""
    tables: dict[str, str] = field(default_factory=dict)
    """Physical table name by logical id."""
    machines: dict[str, str] = field(default_factory=dict)
    """State machine ARN by logical id."""
    queues: dict[str, str] = field(default_factory=dict)
    """Queue URL by logical id."""
    resources: dict[str, str] = field(default_factory=dict)
    """Physical id of every resource by logical id."""
    outputs: dict[str, str] = field(default_factory=dict)
    api_id: str = ""
    api_stage: str = ""

    def document(self) -> dict[str, Any]:
        """The JSON form used in the status file."""
        return asdict(self)


def client(service: str, endpoint: str, **settings: Any) -> Any:
    """A boto3 client of the emulator; refuses an endpoint that is not this machine."""
    options = {"retries": {"max_attempts": 1}, "inject_host_prefix": False, **settings}
    return boto3.client(
        service,
        endpoint_url=require_loopback(endpoint),
        region_name=REGION,
        aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(**options),
    )


def deploy(bundle: Bundle, parameters: Mapping[str, str], endpoint: str) -> Deployment:
    """Create the stack and wait for it; raises DeploymentFailed with the emulator's reasons."""
    store = client("s3", endpoint)
    # Stored objects survive a restart, and so does this bucket.
    with contextlib.suppress(store.exceptions.BucketAlreadyOwnedByYou):
        store.create_bucket(Bucket=BUNDLE_BUCKET)
    for key, content in bundle.objects.items():
        store.put_object(Bucket=BUNDLE_BUCKET, Key=key, Body=content)
    template_key = "template.json"
    store.put_object(
        Bucket=BUNDLE_BUCKET, Key=template_key, Body=json.dumps(bundle.template).encode()
    )
    # On busy cores the answer takes minutes, and a stack that is made twice is refused.
    cloudformation = client(
        "cloudformation", endpoint, read_timeout=DEPLOY_LIMIT_SECONDS, retries={"max_attempts": 0}
    )
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateURL=f"{endpoint}/{BUNDLE_BUCKET}/{template_key}",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": text}
            for name, text in parameter_values(bundle, parameters).items()
        ],
    )
    stack = _wait(cloudformation)
    deployment = _describe(bundle, stack, cloudformation)
    complete_tables(bundle.template, deployment.tables, client("dynamodb", endpoint))
    return deployment


def parameter_values(bundle: Bundle, given: Mapping[str, str]) -> dict[str, str]:
    """Template parameters: the local defaults the template knows, then what was asked for.

    Raises DeploymentFailed for a parameter the template does not declare.
    """
    declared = bundle.template.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise DeploymentFailed(f"the template declares no parameter {', '.join(unknown)}")
    defaults = {name: text for name, text in DEFAULT_PARAMETERS.items() if name in declared}
    return {**defaults, **given}


def _wait(cloudformation: Any) -> dict[str, Any]:
    give_up_at = time.monotonic() + DEPLOY_LIMIT_SECONDS
    while True:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return stack
        if not status.endswith("IN_PROGRESS") or time.monotonic() > give_up_at:
            raise DeploymentFailed(_reasons(cloudformation, stack))
        time.sleep(POLL_SECONDS)


def _reasons(cloudformation: Any, stack: Mapping[str, Any]) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED")
    ]
    summary = f"{stack['StackStatus']} {stack.get('StackStatusReason', '')}".strip()
    return "; ".join([summary, *dict.fromkeys(failed)])


def _describe(bundle: Bundle, stack: Mapping[str, Any], cloudformation: Any) -> Deployment:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
    made = Deployment(
        outputs={out["OutputKey"]: out["OutputValue"] for out in stack.get("Outputs", [])}
    )
    kinds: dict[str, str] = {}
    for page in pages:
        for row in page["StackResourceSummaries"]:
            made.resources[row["LogicalResourceId"]] = row["PhysicalResourceId"]
            kinds[row["LogicalResourceId"]] = row["ResourceType"]
    for folder, logical_id in bundle.functions.items():
        made.functions[folder] = made.resources[logical_id]
    for logical_id, kind in kinds.items():
        physical_id = made.resources[logical_id]
        if kind == "AWS::DynamoDB::Table":
            made.tables[logical_id] = physical_id
        elif kind == "AWS::SQS::Queue":
            made.queues[logical_id] = physical_id
        elif kind == "AWS::StepFunctions::StateMachine":
            made.machines[logical_id] = physical_id
        elif kind == "AWS::ApiGateway::RestApi":
            made.api_id = physical_id
        elif kind == "AWS::ApiGateway::Stage":
            made.api_stage = physical_id.rsplit("/", 1)[-1]
    return made
