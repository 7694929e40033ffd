"""Names what a template asks for and the emulator does not do, so nothing is dropped silently."""

from typing import Any

from local.engine.template import MACHINE, Template, TemplateError, resources

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
    for logical_id, properties in resources(template, MACHINE):
        definition = properties.get("Definition")
        if isinstance(definition, dict):
            found += [f"{logical_id}: {text}" for text in machine_notices(definition)]
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
