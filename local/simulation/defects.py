"""Listens to the product's logs: what it caught and logged may still be a defect."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from local.simulation.broken import InvariantBroken
from local.simulation.product import PASSING


class _Listener(logging.Handler):
    """Raises for an exception that nobody should have met."""

    def emit(self, record: logging.LogRecord) -> None:
        """One log record."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, PASSING):
            raise InvariantBroken("no defects", f"{record.getMessage()}: {error!r}") from error


class _Nowhere(io.TextIOBase):
    """Where the functions' metrics go."""

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


@contextmanager
def no_defects() -> Iterator[None]:
    """Within, a logged defect ends the run; other lines are not written anywhere."""
    listener = _Listener()
    inner = logging.getLogger("rowcol")
    edge = logging.getLogger("service_undefined")
    httpx_logger = logging.getLogger("httpx")
    before = (inner.propagate, edge.level, httpx_logger.level)
    inner.addHandler(listener)
    inner.propagate = False
    edge.setLevel(logging.CRITICAL)
    httpx_logger.setLevel(logging.WARNING)
    try:
        with contextlib.redirect_stdout(_Nowhere()):
            yield
    finally:
        inner.removeHandler(listener)
        inner.propagate = before[0]
        edge.setLevel(before[1])
        httpx_logger.setLevel(before[2])
