"""Every state machine: the language subset that behaves the same on AWS and locally, no way to
hang, no error without an answer. Generic over statemachines/*.asl.json.
"""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.unit.template.document import (
    ROOT,
    as_written,
    functions,
    name_of,
    placeholders,
    timeout_of,
)

FILES = sorted((ROOT / "statemachines").glob("*.asl.json"))
INVOKE = "arn:aws:states:::lambda:invoke"
WAIT_FOR_TOKEN = INVOKE + ".waitForTaskToken"
ENDS = {"Succeed", "Fail"}
ATTEMPTS_MAX = 10
AWS_ERRORS = ("States.", "Lambda.", "Sandbox.")  # raised by the services, not by our code
CHOICE_TESTS_OF_PRESENCE = {"IsPresent"}

Scope = dict[str, Any]


def machine(name: str) -> Scope:
    loaded = json.loads((ROOT / "statemachines" / name).read_text())
    assert isinstance(loaded, dict)
    return loaded


def scopes(scope: Scope) -> Iterator[Scope]:
    """The machine and every branch and iteration in it; transitions never leave a scope."""
    yield scope
    for state in scope["States"].values():
        for branch in state.get("Branches", []):
            yield from scopes(branch)
        if "ItemProcessor" in state:
            yield from scopes(state["ItemProcessor"])


def states(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for scope in scopes(machine(name)):
        yield from scope["States"].items()


def targets(state: dict[str, Any]) -> Iterator[str]:
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for rule in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield rule["Next"]


NAMES = [path.name for path in FILES]
every_machine = pytest.mark.parametrize("name", NAMES)


def test_every_file_is_deployed_and_every_machine_has_a_file() -> None:
    deployed = as_written("AWS::Serverless::StateMachine").values()
    uris = {machine["Properties"]["DefinitionUri"] for machine in deployed}
    assert uris == {f"statemachines/{name}" for name in NAMES}


@every_machine
def test_substitutions_are_exactly_those_the_template_gives(name: str) -> None:
    [deployed] = [
        m["Properties"]
        for m in as_written("AWS::Serverless::StateMachine").values()
        if m["Properties"]["DefinitionUri"].endswith(name)
    ]
    assert deployed["Type"] == "STANDARD"
    assert deployed["Tracing"] == {"Enabled": True}
    # Payloads name accounts and amounts; the execution history has IAM of its own.
    assert deployed["Logging"]["IncludeExecutionData"] is False
    used = placeholders((ROOT / "statemachines" / name).read_text())
    assert used <= set(deployed["DefinitionSubstitutions"])


@every_machine
def test_language_subset(name: str) -> None:
    text = (ROOT / "statemachines" / name).read_text()
    whole = machine(name)
    assert "HeartbeatSeconds" not in text, "no heartbeat: the local engine ignores it"
    assert "TimeoutSeconds" not in whole, "no machine timeout: a payment may wait for weeks"
    assert whole.get("QueryLanguage", "JSONPath") == "JSONPath"
    assert "JSONata" not in text
    assert whole["Comment"]


@every_machine
def test_targets_exist_and_every_state_is_reached(name: str) -> None:
    for scope in scopes(machine(name)):
        found = scope["States"]
        reached, waiting = set(), [scope["StartAt"]]
        while waiting:
            state = waiting.pop()
            assert state in found, f"{state} does not exist"
            if state not in reached:
                reached.add(state)
                waiting += targets(found[state])
        assert reached == set(found)


@every_machine
def test_every_state_goes_on_or_ends(name: str) -> None:
    for label, state in states(name):
        ways = [key for key in ("Next", "End") if key in state]
        expected = 0 if state["Type"] in ENDS | {"Choice"} else 1
        assert len(ways) == expected, label


@every_machine
def test_every_choice_has_a_default_and_asks_before_it_compares(name: str) -> None:
    for label, state in states(name):
        if state["Type"] == "Choice":
            assert "Default" in state, label
            for rule in state["Choices"]:
                assert_presence_is_asked(rule, label)


def assert_presence_is_asked(rule: dict[str, Any], label: str) -> None:
    """Comparing a missing field ends the execution on AWS. In an And, presence comes first."""
    parts = rule.get("And", [rule])
    asked = {part["Variable"] for part in parts if part.get("IsPresent") is True}
    for part in parts:
        if "Or" in part or "Not" in part:
            inner = part.get("Or", []) or [part["Not"]]
            for each in inner:
                assert_presence_is_asked(each, label)
        elif "Variable" in part and not CHOICE_TESTS_OF_PRESENCE & set(part):
            guaranteed = part["Variable"] in asked or part["Variable"] == "$.outcome"
            assert guaranteed, f"{label}: {part['Variable']} is compared without IsPresent"


@every_machine
def test_every_task_calls_a_function_of_ours_and_cannot_hang(name: str) -> None:
    for label, state in states(name):
        if state["Type"] != "Task":
            continue
        assert state["Resource"] in {INVOKE, WAIT_FOR_TOKEN}, label
        waits = state["Resource"] == WAIT_FOR_TOKEN
        if "TimeoutSecondsPath" in state:
            assert waits, f"{label}: only a wait takes its deadline from the payment"
        else:
            [placeholder] = placeholders(state["Parameters"]["FunctionName"])
            function = functions()[placeholder.removesuffix("Arn")]
            # Otherwise the machine would repeat a step that is still running.
            assert state["TimeoutSeconds"] > timeout_of(function), label
        if waits:
            assert "$$.Task.Token" in json.dumps(state["Parameters"]), label


@every_machine
def test_every_task_retries_within_bounds_and_catches_the_rest(name: str) -> None:
    for label, state in states(name):
        if state["Type"] != "Task":
            continue
        assert state["Retry"], label
        for retry in state["Retry"]:
            assert 0 <= retry["MaxAttempts"] <= ATTEMPTS_MAX, label
            # Nothing to spread where nothing is repeated.
            assert retry["MaxAttempts"] == 0 or retry["JitterStrategy"] == "FULL", label
        assert state["Catch"], label
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], label
        for rule in [*state["Retry"], *state["Catch"][:-1]]:
            alone = rule["ErrorEquals"] == ["States.ALL"]
            assert alone or "States.ALL" not in rule["ErrorEquals"], label


@cache
def exception_names() -> set[str]:
    """Classes that the code can raise, by the name that a state machine sees."""
    found = {name for name in dir(builtins) if name.endswith("Error")}
    for folder in ("layers/common/rowcol", "functions"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    return found


@every_machine
def test_every_named_error_exists(name: str) -> None:
    for label, state in states(name):
        for rule in [*state.get("Retry", []), *state.get("Catch", [])]:
            for error in rule["ErrorEquals"]:
                if not error.startswith(AWS_ERRORS):
                    assert error in exception_names(), f"{label}: {error}"


@every_machine
def test_throttled_functions_are_called_again(name: str) -> None:
    for label, state in states(name):
        if state["Type"] == "Task":
            retried = {error for rule in state["Retry"] for error in rule["ErrorEquals"]}
            everything = {"States.ALL", "States.TaskFailed"} & retried
            assert everything or "Lambda.TooManyRequestsException" in retried, label


@every_machine
def test_maps_are_bounded_and_wait_for_all_but_one(name: str) -> None:
    for label, state in states(name):
        if state["Type"] == "Map":
            assert 1 <= state["MaxConcurrency"] <= 40, label
            assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE", label


def test_the_substituted_functions_exist() -> None:
    for logical_id, deployed in as_written("AWS::Serverless::StateMachine").items():
        for key, arn in deployed["Properties"]["DefinitionSubstitutions"].items():
            assert name_of(arn) == f"{key.removesuffix('Arn')}.Arn", logical_id
            assert key.removesuffix("Arn") in functions(), logical_id
