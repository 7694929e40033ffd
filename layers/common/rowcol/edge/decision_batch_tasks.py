"""Steps of the decision batch machine: read the input, call one use case, answer with keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.scope import Scope, valid_id
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.decision_batches.run import clients_to_do, close, run_part
from rowcol.service.environment import Environment

Run = Callable[[Environment, Mapping[str, Any], str, datetime], dict[str, object]]


def decision_step(
    environment: Environment, event: Mapping[str, Any], until: datetime
) -> dict[str, object]:
    """`{"step": "plan"|"part"|"close", "firm", "batch"}`, with "client" for a part.

    Raises BadTaskInput, LostDecisions, and defects of plans.
    """
    step, batch_id = event.get("step"), event.get("batch")
    run = _STEPS.get(str(step))
    if run is None or not (isinstance(batch_id, str) and valid_id(batch_id)):
        raise BadTaskInput(f"no step {str(step)[:40]!r} of a batch")
    answer = run(environment, event, batch_id, until)
    told = {key: value for key, value in answer.items() if key != "clients"}
    line("decisions", step=step, batch=batch_id, client=event.get("client"), **told)
    return answer


def _plan(
    environment: Environment, event: Mapping[str, Any], batch_id: str, _until: datetime
) -> dict[str, object]:
    clients = clients_to_do(environment, _firm(event), batch_id)
    return {"clients": list(clients), "count": len(clients)}


def _part(
    environment: Environment, event: Mapping[str, Any], batch_id: str, until: datetime
) -> dict[str, object]:
    done = run_part(environment, scope_of(event), batch_id, until)
    return {"over": done.over, "pending": done.pending}


def _close(
    environment: Environment, event: Mapping[str, Any], batch_id: str, _until: datetime
) -> dict[str, object]:
    batch = close(environment, _firm(event), batch_id)
    return {"over": batch.state is DecisionsState.DONE}


def _firm(event: Mapping[str, Any]) -> Scope:
    firm = event.get("firm")
    if not (isinstance(firm, str) and valid_id(firm)):
        raise BadTaskInput("firm is needed")
    return Scope(firm)


_STEPS: dict[str, Run] = {"plan": _plan, "part": _part, "close": _close}
