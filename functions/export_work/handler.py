"""Write one list into a file and put it where it is fetched."""

from typing import Any

from rowcol import wiring_exports
from rowcol.edge.exports.worker import run
from rowcol.edge.observability import logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"firm", "client", "export"}`, asynchronously."""
    return run(wiring_exports.environment(), event)
