"""What a state shows its task, its branches and the state after it. Nothing here changes a walk."""

from __future__ import annotations

from typing import Any

from local.walker.data import as_json, fill, need
from local.walker.definition import Block
from local.walker.errors import RUNTIME, StateFailed
from local.walker.runs import Run


def state_input(run: Run) -> Any:
    """The part of its data that a state works on."""
    path = run.state.get("InputPath", "$")
    return {} if path is None else need(path, run.data, run.context)


def parameters(run: Run) -> Any:
    """What a state hands to its task, filled in."""
    data = state_input(run)
    template = run.state.get("Parameters")
    return data if template is None else fill(template, data, run.context)


def shown(run: Run, data: Any) -> Any:
    """The part of its data that a state leaves to the next one."""
    path = run.state.get("OutputPath", "$")
    return {} if path is None else need(path, data, run.context)


def branches(run: Run) -> list[Run]:
    """The walks of a Parallel, one for each branch, all with the same input."""
    data = parameters(run)
    return [_child(run, block, data) for block in run.state["Branches"]]


def items(run: Run) -> list[Run]:
    """The walks of a Map, one for each item."""
    data = state_input(run)
    found = need(run.state.get("ItemsPath", "$"), data, run.context)
    if not isinstance(found, list):
        raise StateFailed(RUNTIME, "ItemsPath is no list")
    template = run.state.get("ItemSelector", run.state.get("Parameters"))
    children: list[Run] = []
    for index, item in enumerate(found):
        context = {**run.context, "Map": {"Item": {"Index": index, "Value": item}}}
        given = item if template is None else fill(template, data, context)
        child = _child(run, run.state["ItemProcessor"], given)
        child.context["Map"] = context["Map"]
        children.append(child)
    return children


def _child(run: Run, block: Block, data: Any) -> Run:
    return Run(block, block.start, as_json(data), dict(run.context), run)
