"""Functions: folders, timeouts, logs, queues for what failed."""

from __future__ import annotations

import pytest

from tests.unit.template.document import (
    ROOT,
    as_expanded,
    as_written,
    folder_of,
    functions,
    name_of,
    timeout_of,
    written,
)

HTTP_TIMEOUT_SECONDS = 70  # Ramp ends a request at 60; see the rails' clients
API_TIMEOUT_SECONDS = 29  # API Gateway ends a request
# Invoked asynchronously, by the API or by themselves.
_CALLED_BY_OTHERS = {
    "plaid_balance_refresh",
    "payment_batch",
    "connections_admin",
    "statement_work",
    "export_work",
    "digest",
    "event_relay",
    "view_projection",
}
RAIL_CALLERS = {
    "plaid_balance_refresh",
    "payment_execution",
    "qbo_verification",
    "cash_verification",
    "due_work",
    "event_application",
    "reconciliation",
}


def test_every_folder_is_a_function_and_every_function_a_folder() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert {folder_of(function) for function in functions().values()} == folders


def test_a_function_is_one_file() -> None:
    extra = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "functions").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "handler.py"
    }
    assert extra == set()


@pytest.mark.parametrize("name", functions())
def test_a_function_has_a_purpose_and_logs_that_expire(name: str) -> None:
    function = functions()[name]
    assert function["Description"]
    group = written()["Resources"][function["LoggingConfig"]["LogGroup"]["Ref"]]
    assert group["Type"] == "AWS::Logs::LogGroup"
    assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    # The name is the one Lambda would take by itself, so that people and tools find it.
    function_name = name_of(function["FunctionName"])
    assert name_of(group["Properties"]["LogGroupName"]) == f"/aws/lambda/{function_name}"


def test_every_log_group_expires() -> None:
    for name, group in as_written("AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_no_two_functions_share_a_log_group() -> None:
    groups = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in functions().values()]
    assert len(groups) == len(set(groups))


def test_who_calls_a_rail_outlives_the_http_timeout() -> None:
    for function in functions().values():
        if folder_of(function) in RAIL_CALLERS:
            assert timeout_of(function) > HTTP_TIMEOUT_SECONDS, folder_of(function)


def test_who_answers_the_api_ends_before_the_gateway_gives_up() -> None:
    for function in functions().values():
        kinds = {event["Type"] for event in function.get("Events", {}).values()}
        # The balance refresh answers 202 at once; its long run is the one it starts by itself.
        if "Api" in kinds and folder_of(function) != "plaid_balance_refresh":
            assert timeout_of(function) < API_TIMEOUT_SECONDS, folder_of(function)


def test_every_function_is_told_its_own_name() -> None:
    for function in functions().values():
        variables = function["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == folder_of(function)


def test_the_relay_due_work_and_who_decides_for_many_start_executions() -> None:
    starting = {
        folder_of(function)
        for function in functions().values()
        if "states:StartExecution" in str(function.get("Policies", []))
    }
    assert starting == {"event_relay", "due_work", "payment_commands"}


def test_asynchronous_calls_end_in_a_queue_after_bounded_tries() -> None:
    configured = as_expanded("AWS::Lambda::EventInvokeConfig")
    called = {
        name
        for name, function in functions().items()
        if any(e["Type"].startswith("Schedule") for e in function.get("Events", {}).values())
        or folder_of(function) in _CALLED_BY_OTHERS
    }
    assert {name_of(c["Properties"]["FunctionName"]) for c in configured.values()} == called
    for name, config in configured.items():
        properties = config["Properties"]
        assert properties["MaximumRetryAttempts"] <= 2, name
        assert properties["MaximumEventAgeInSeconds"] <= 300, name
        assert properties["DestinationConfig"]["OnFailure"]["Destination"], name


def test_every_schedule_is_bounded_and_can_be_switched_off() -> None:
    schedules = as_expanded("AWS::Scheduler::Schedule")
    assert len(schedules) == 5
    for name, schedule in schedules.items():
        properties = schedule["Properties"]
        assert properties["State"] == {"Ref": "ScheduleState"}, name
        target = properties["Target"]
        assert name_of(target["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetters.Arn", name
        assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 5, name


def test_no_function_reserves_concurrency() -> None:
    # See the head of the template; a reservation would also fail in an account with a small quota.
    assert not [n for n, f in functions().items() if "ReservedConcurrentExecutions" in f]
