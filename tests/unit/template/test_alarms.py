"""Alarms: each says what to do and reaches somebody; nothing that can fail silently is left out."""

from __future__ import annotations

import json
import re

import pytest

from tests.unit.template.document import (
    ROOT,
    as_expanded,
    as_written,
    folder_of,
    functions,
    name_of,
    template_text,
)

ALARMS = {k: v["Properties"] for k, v in as_written("AWS::CloudWatch::Alarm").items()}


def watched(metric: str, dimension: str) -> set[str]:
    """What is watched by alarms on a metric: the values of one dimension."""
    return {
        name_of(d["Value"])
        for alarm in ALARMS.values()
        if alarm["MetricName"] == metric
        for d in alarm["Dimensions"]
        if d["Name"] == dimension
    }


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_has_a_name_says_what_to_do_and_reaches_somebody(name: str) -> None:
    alarm = ALARMS[name]
    assert re.fullmatch(r"\$\{AWS::StackName\}-[a-z0-9-]+", name_of(alarm["AlarmName"]))
    assert len(alarm["AlarmDescription"].split()) >= 5
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
    # Of what must be there, its absence is the alarm.
    is_missed = name == "CheckpointMissingAlarm"
    assert alarm["TreatMissingData"] == ("breaching" if is_missed else "notBreaching")
    assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]


def test_names_are_unique() -> None:
    names = [name_of(alarm["AlarmName"]) for alarm in ALARMS.values()]
    assert len(names) == len(set(names))


def test_every_dead_letter_queue_is_watched() -> None:
    queues = {f"{name}.QueueName" for name in as_written("AWS::SQS::Queue")}
    assert watched("ApproximateNumberOfMessagesVisible", "QueueName") == queues


def test_every_stream_consumer_is_watched_for_age() -> None:
    mappings = as_expanded("AWS::Lambda::EventSourceMapping").values()
    consumers = {name_of(m["Properties"]["FunctionName"]) for m in mappings}
    assert watched("IteratorAge", "FunctionName") == consumers


def test_every_function_is_watched_for_errors() -> None:
    # Webhooks are watched through what the rails see: answers with 5xx.
    webhooks = {n for n, f in functions().items() if folder_of(f).endswith("_webhook")}
    assert watched("Errors", "FunctionName") == set(functions()) - webhooks
    assert len(watched("5XXError", "Resource")) == len(webhooks)


def test_every_function_of_custody_is_watched_for_throttles() -> None:
    [custody] = (
        machine["Properties"]["DefinitionSubstitutions"].values()
        for name, machine in as_written("AWS::Serverless::StateMachine").items()
        if name == "PaymentCustodyMachine"
    )
    steps = {name_of(arn).removesuffix(".Arn") for arn in custody}
    assert steps <= watched("Throttles", "FunctionName")


def test_every_machine_is_watched() -> None:
    machines = set(as_written("AWS::Serverless::StateMachine"))
    assert watched("ExecutionsFailed", "StateMachineArn") == machines
    assert watched("ExecutionsTimedOut", "StateMachineArn") == machines


def test_our_own_metrics_are_ones_that_the_code_emits() -> None:
    # An alarm on a name that nobody emits is quiet for ever.
    shown = set(re.findall(r'\["RowCol", "(\w+)"', template_text()))
    ours = shown | {a["MetricName"] for a in ALARMS.values() if a["Namespace"] == "RowCol"}
    sources = [*(ROOT / "layers/common/rowcol").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    assert {name for name in ours if f'"{name}"' not in code} == set()


def test_the_dashboard_is_readable_json() -> None:
    [dashboard] = as_written("AWS::CloudWatch::Dashboard").values()
    body = re.sub(r"\$\{[^}]+\}", "x", dashboard["Properties"]["DashboardBody"]["Fn::Sub"])
    widgets = json.loads(body)["widgets"]
    assert all(widget["properties"]["title"] for widget in widgets)
