"""Applies table settings of the template that the emulator's CloudFormation leaves out.

Expiry and point-in-time recovery are dropped when a table comes from a template, and protection
against deletion is kept as text, so the launcher asks for them as an account's owner would.
"""

from collections.abc import Mapping
from typing import Any

from local.engine.template import Template, TemplateError, resources

TABLE = "AWS::DynamoDB::Table"


def complete_tables(template: Template, tables: Mapping[str, str], dynamodb: Any) -> None:
    """Set expiry and recovery on `tables` (physical name by logical id) as the template says."""
    for logical_id, properties in resources(template, TABLE):
        if logical_id not in tables:
            continue
        name = tables[logical_id]
        expiry = properties.get("TimeToLiveSpecification", {})
        if _is_on(logical_id, expiry, "Enabled"):
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
        recovery = properties.get("PointInTimeRecoverySpecification", {})
        if _is_on(logical_id, recovery, "PointInTimeRecoveryEnabled"):
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification=recovery
            )
        _correct_protection(name, dynamodb)


def _correct_protection(name: str, dynamodb: Any) -> None:
    """Turn protection given by a parameter from the text "false" or "true" into a flag."""
    protected = dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled")
    if isinstance(protected, str):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=protected == "true")


def _is_on(logical_id: str, specification: Mapping[str, Any], flag: str) -> bool:
    """Whether a literal flag is set; an intrinsic function here cannot be evaluated locally."""
    value = specification.get(flag, False)
    if not isinstance(value, bool):
        message = f"{logical_id}: {flag} must be true or false, written out"
        raise TemplateError(message)
    return value
