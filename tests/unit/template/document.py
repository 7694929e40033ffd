"""Reads template.yaml twice: as written, and as SAM expands it for CloudFormation.

Rules about what we write look at the first; rules about what AWS gets (permissions, the API's
security, stream mappings) look at the second, so that what SAM adds is judged too.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

ROOT = Path(__file__).resolve().parents[3]
PARAMETERS = {
    "Stage": "test",
    "OidcIssuer": "https://issuer.example",
    "OidcAudience": "rowcol",
    "OidcJwksUrl": "https://issuer.example/keys",
}
MANAGED_POLICIES = "arn:aws:iam::aws:policy/service-role/"


class _CloudFormationLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, in their long form."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt":
        return {"Fn::GetAtt": value.split(".", 1) if isinstance(value, str) else value}
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_CloudFormationLoader.add_multi_constructor("!", _long_form)


@cache
def template_text() -> str:
    """The file as it stands."""
    return (ROOT / "template.yaml").read_text()


@cache
def written() -> dict[str, Any]:
    """The template as written."""
    loaded = yaml.load(template_text(), _CloudFormationLoader)  # noqa: S506 - a SafeLoader with tags
    assert isinstance(loaded, dict)
    return loaded


@cache
def expanded() -> dict[str, Any]:
    """The template as CloudFormation gets it. Code locations are made up; SAM wants them in S3."""
    template = copy.deepcopy(written())
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    defaults = {k: v["Default"] for k, v in template["Parameters"].items() if "Default" in v}
    session = boto3.session.Session(region_name="us-east-1")
    managed = {
        name: MANAGED_POLICIES + name
        for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaDynamoDBExecutionRole")
    }
    result = Translator(managed, Parser(), boto_session=session).translate(
        template, defaults | PARAMETERS
    )
    assert isinstance(result, dict)
    return result


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Resources of a type, by logical id."""
    return {k: v for k, v in template["Resources"].items() if v["Type"] == kind}


def as_written(kind: str) -> dict[str, dict[str, Any]]:
    """Resources of a type in the template as written."""
    return of_type(written(), kind)


def as_expanded(kind: str) -> dict[str, dict[str, Any]]:
    """Resources of a type in the template as expanded."""
    return of_type(expanded(), kind)


def functions() -> dict[str, dict[str, Any]]:
    """Properties of the functions as written, by logical id."""
    return {k: v["Properties"] for k, v in as_written("AWS::Serverless::Function").items()}


def folder_of(function: dict[str, Any]) -> str:
    """The function's folder under functions/."""
    return Path(function["CodeUri"]).name


def by_folder(folder: str) -> str:
    """Logical id of the function that lives in a folder."""
    return next(name for name, function in functions().items() if folder_of(function) == folder)


def timeout_of(function: dict[str, Any]) -> int:
    """Seconds after which Lambda ends the function."""
    return int(function.get("Timeout", written()["Globals"]["Function"]["Timeout"]))


def name_of(value: Any) -> str:
    """A readable form of a reference: `InboxTable.Arn`, or the text with its ${...}."""
    if isinstance(value, dict):
        [(function, argument)] = value.items()
        if function == "Fn::GetAtt":
            return ".".join(argument)
        if function in {"Ref", "Fn::Sub"}:
            return str(argument)
        raise AssertionError(f"unexpected {function}: {argument}")
    return str(value)


def as_list(value: Any) -> list[Any]:
    """IAM allows one or many."""
    return value if isinstance(value, list) else [value]


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy document."""
    return as_list(document["Statement"])


def policies_of_role(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every statement of a role, inline or through our shared policies."""
    properties = role["Properties"]
    for policy in properties.get("Policies", []):
        yield from statements(policy["PolicyDocument"])
    for arn in properties.get("ManagedPolicyArns", []):
        if isinstance(arn, dict) and "Ref" in arn:
            shared = expanded()["Resources"][arn["Ref"]]
            yield from statements(shared["Properties"]["PolicyDocument"])


def grants(folder: str) -> set[tuple[str, str]]:
    """What a function may do: (action, resource)."""
    role = expanded()["Resources"][f"{by_folder(folder)}Role"]
    return {
        (action, name_of(resource))
        for statement in policies_of_role(role)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def placeholders(text: str) -> set[str]:
    """Names inside ${...}."""
    return set(re.findall(r"\$\{([A-Za-z0-9]+)\}", text))
