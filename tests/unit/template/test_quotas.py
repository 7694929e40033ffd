"""What AWS limits about a stack as a whole: found here, not by a deployment."""

from __future__ import annotations

import json
from collections import defaultdict

from tests.unit.template.document import as_expanded, expanded

# CloudFormation: 500 resources a stack. Lambda: 20 KB of resource policy a function, which grows by
# one statement per route. Both with room for what is next.
RESOURCES_MAX = 480
POLICY_BYTES_MAX = 18_000
STATEMENT = {
    "Sid": "rowcol-production-PaymentCommandsFunctionReissuePermission-ABCDEFGHIJKL",
    "Effect": "Allow",
    "Principal": {"Service": "apigateway.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:rowcol-production-name",
}


def test_the_stack_is_not_too_large() -> None:
    assert len(expanded()["Resources"]) <= RESOURCES_MAX


def test_no_function_has_more_routes_than_its_policy_can_name() -> None:
    sizes: dict[str, int] = defaultdict(int)
    for permission in as_expanded("AWS::Lambda::Permission").values():
        source = json.dumps(permission["Properties"]["SourceArn"])
        condition = {"ArnLike": {"AWS:SourceArn": source}}
        statement = json.dumps({**STATEMENT, "Condition": condition}, separators=(",", ":"))
        sizes[str(permission["Properties"]["FunctionName"])] += len(statement)
    assert max(sizes.values()) <= POLICY_BYTES_MAX, dict(sizes)
