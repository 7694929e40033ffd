"""Reads a definition: substitutions filled in, every field known, every target there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.walker.choice import check_rule
from local.walker.data import check_path, check_template, parts
from local.walker.errors import UnsupportedMachine

INVOKE = "arn:aws:states:::lambda:invoke"
INVOKE_AND_WAIT = f"{INVOKE}.waitForTaskToken"
State = Mapping[str, Any]

_COMMON = {"Type", "Comment", "InputPath", "OutputPath"}
_FLOW = _COMMON | {"Next", "End", "ResultPath"}
_SAFE = {"Retry", "Catch", "ResultSelector"}
_FIELDS = {
    "Pass": _FLOW | {"Result", "Parameters"},
    "Task": _FLOW | _SAFE | {"Resource", "Parameters", "TimeoutSeconds"},
    "Choice": _COMMON | {"Choices", "Default"},
    "Wait": (_FLOW - {"ResultPath"}) | {"Seconds", "SecondsPath"},
    "Succeed": _COMMON,
    "Fail": {"Type", "Comment", "Error", "Cause"},
    "Parallel": _FLOW | _SAFE | {"Branches", "Parameters"},
    "Map": _FLOW
    | _SAFE
    | {"ItemsPath", "ItemSelector", "ItemProcessor", "MaxConcurrency", "Parameters"},
}
_RETRY = {
    *("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate"),
    *("MaxDelaySeconds", "JitterStrategy", "Comment"),
}
_REQUIRED = {
    "Task": {"Resource", "Parameters"},
    "Choice": {"Choices"},
    "Parallel": {"Branches"},
    "Map": {"ItemProcessor"},
}
_INLINE = {"Mode": "INLINE"}
_CATCH = {"ErrorEquals", "ResultPath", "Next", "Comment"}
_BLOCK = {"StartAt", "States", "Comment", "ProcessorConfig"}
_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Block:
    """A start and its states: a machine, a branch, or what a Map does per item."""

    start: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Machine:
    """A checked definition."""

    name: str
    block: Block


def load(path: Path, substitutions: Mapping[str, str]) -> Machine:
    """A machine from a file with `${Name}` filled in. Raises KeyError for a name nobody gave."""
    text = _SUBSTITUTION.sub(
        lambda found: substitutions[found[1]], path.read_text(encoding="utf-8")
    )
    return parse(path.name.removesuffix(".asl.json"), json.loads(text))


def parse(name: str, definition: Mapping[str, Any]) -> Machine:
    """A machine from its definition. Raises UnsupportedMachine."""
    return Machine(name, _block(definition))


def _block(definition: Mapping[str, Any]) -> Block:
    _known(definition, _BLOCK, "machine")
    states = definition["States"]
    for name, state in states.items():
        _check(name, state)
        for target in _targets(state):
            if target not in states:
                raise UnsupportedMachine(f"{name}: no state {target}")
    if definition["StartAt"] not in states:
        raise UnsupportedMachine(f"no state {definition['StartAt']}")
    return Block(
        definition["StartAt"], {name: _with_blocks(state) for name, state in states.items()}
    )


def _with_blocks(state: State) -> State:
    if state["Type"] == "Parallel":
        return {**state, "Branches": [_block(branch) for branch in state["Branches"]]}
    if state["Type"] == "Map":
        return {**state, "ItemProcessor": _block(state["ItemProcessor"])}
    return state


def _check(name: str, state: State) -> None:
    kind = state.get("Type")
    if kind not in _FIELDS:
        raise UnsupportedMachine(f"{name}: type {kind}")
    _known(state, _FIELDS[kind], name)
    _required(state, _REQUIRED.get(kind, set()), name)
    if kind == "Wait" and ("Seconds" in state) == ("SecondsPath" in state):
        raise UnsupportedMachine(f"{name}: exactly one of Seconds and SecondsPath")
    if kind == "Map":
        _check_processor(name, state["ItemProcessor"])
    for field in ("Parameters", "ResultSelector", "ItemSelector"):
        check_template(state.get(field))
    for field in ("InputPath", "OutputPath", "ResultPath", "ItemsPath", "SecondsPath"):
        path = state.get(field)
        if path is not None:
            check_path(path)
    if any(isinstance(step, int) for step in parts(state.get("ResultPath") or "$")):
        raise UnsupportedMachine(f"{name}: ResultPath into a list")
    _check_rules(name, state)
    if kind == "Task":
        _check_task(name, state)
    if kind not in ("Choice", "Succeed", "Fail") and ("Next" in state) == bool(state.get("End")):
        raise UnsupportedMachine(f"{name}: exactly one of Next and End")


def _check_rules(name: str, state: State) -> None:
    for rule in state.get("Retry", []):
        _known(rule, _RETRY, name)
        _required(rule, {"ErrorEquals"}, name)
        if rule.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
            raise UnsupportedMachine(f"{name}: jitter {rule['JitterStrategy']}")
    for rule in state.get("Catch", []):
        _known(rule, _CATCH, name)
        _required(rule, {"ErrorEquals", "Next"}, name)
    for rule in state.get("Choices", []):
        _required(rule, {"Next"}, name)
        check_rule(rule)


def _check_processor(name: str, block: Mapping[str, Any]) -> None:
    if block.get("ProcessorConfig", _INLINE) != _INLINE:
        raise UnsupportedMachine(f"{name}: processor {block['ProcessorConfig']}")


def _check_task(name: str, state: State) -> None:
    if state["Resource"] not in (INVOKE, INVOKE_AND_WAIT):
        raise UnsupportedMachine(f"{name}: resource {state['Resource']}")
    parameters = state["Parameters"]
    _known(parameters, {"FunctionName", "Payload", "Payload.$"}, name)
    _required(parameters, {"FunctionName"}, name)
    if ("Payload" in parameters) == ("Payload.$" in parameters):
        raise UnsupportedMachine(f"{name}: exactly one of Payload and Payload.$")


def _known(given: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := set(given) - known:
        raise UnsupportedMachine(f"{where}: {sorted(unknown)}")


def _required(given: Mapping[str, Any], required: set[str], where: str) -> None:
    if missing := required - set(given):
        raise UnsupportedMachine(f"{where}: without {sorted(missing)}")


def _targets(state: State) -> list[str]:
    rules = [*state.get("Choices", []), *state.get("Catch", [])]
    named = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in rules)]
    return [target for target in named if target is not None]
