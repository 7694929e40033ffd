"""Names what a template asks for and the emulator does not do, so nothing is dropped silently."""

from typing import Any

from local.engine.template import FUNCTION, MACHINE, Template, TemplateError, resources

HTTP_API = "AWS::Serverless::HttpApi"


def notices(template: Template) -> list[str]:
    """One sentence for each feature of `template` that has no effect locally.

    Raises TemplateError for a feature without which the product would not work at all.
    """
    for logical_id, _ in resources(template, HTTP_API):
        raise TemplateError(
            f"{logical_id}: the emulator gives an HttpApi no routes; use AWS::Serverless::Api"
        )
    found = []
    for logical_id, properties in resources(template, FUNCTION):
        found += [f"{logical_id}.{text}" for text in _event_notices(logical_id, properties)]
    for logical_id, properties in resources(template, MACHINE):
        definition = properties.get("Definition")
        if isinstance(definition, dict):
            found += [f"{logical_id}: {text}" for text in machine_notices(definition)]
    return found


def _event_notices(logical_id: str, properties: dict[str, Any]) -> list[str]:
    found = []
    for name, event in properties.get("Events", {}).items():
        given = event.get("Properties", {})
        if event["Type"] == "Api" and str(given.get("Method", "")).upper() == "ANY":
            message = f"{logical_id}.{name}: the emulator does not import method ANY; name each one"
            raise TemplateError(message)
        if event["Type"] == "DynamoDB" and given.get("ParallelizationFactor", 1) != 1:
            found.append(
                f"{name}: ParallelizationFactor has no effect locally; batches run in turn"
            )
    return found


def machine_notices(definition: dict[str, Any]) -> list[str]:
    """What one state machine definition uses and the emulator ignores."""
    found = []
    if "TimeoutSeconds" in definition:
        found.append("the machine's own TimeoutSeconds never fires locally; tasks' timeouts do")
    for name, state in _states(definition):
        if "HeartbeatSeconds" in state or "HeartbeatSecondsPath" in state:
            found.append(f"{name}: HeartbeatSeconds is ignored locally; set TimeoutSeconds")
        if state.get("Type") == "Succeed" and "Output" in state:
            found.append(f"{name}: Output of a Succeed state is ignored locally; use a Pass state")
        if state.get("Type") == "Choice" and "Default" not in state:
            found.append(f"{name}: a Choice without Default fails under another error name locally")
    return found


def _states(definition: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every state with its name, including those inside Map and Parallel states."""
    found = []
    for name, state in definition.get("States", {}).items():
        found.append((name, state))
        inner = [*state.get("Branches", [])]
        inner += [state[key] for key in ("ItemProcessor", "Iterator") if key in state]
        for machine in inner:
            found += _states(machine)
    return found
