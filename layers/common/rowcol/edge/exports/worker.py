"""The worker of exports: one invocation makes one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError, valid_id
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput
from rowcol.service.environment import Environment
from rowcol.service.exports.jobs import carry_out


def run(
    environment: Environment, event: Mapping[str, Any], until: datetime | None = None
) -> dict[str, object]:
    """`{"firm", "client", "export"}`; the client is "-" for the firm's. Raises BadTaskInput.

    `until`: when what can be gone on with by another run is handed over.
    """
    firm, client, name = event.get("firm"), event.get("client", FIRM_WIDE), event.get("export")
    if not (isinstance(name, str) and valid_id(name)):
        raise BadTaskInput("export is needed")
    try:
        scope = Scope(str(firm), str(client))
    except ScopeError as problem:
        raise BadTaskInput("firm and client are needed") from problem
    export = carry_out(environment, scope, name, until)
    state = export.state.value if export else "unknown"
    rows = export.file.rows if export and export.file else None
    line("export", client=scope.client, export=name, state=state, rows=rows)
    return {"state": state, "rows": rows}
