"""One logger for every function but webhook intake.

Identifiers only, never bodies or account numbers.
"""

from __future__ import annotations

import logging
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers

logger = Logger()


def adopt_library_loggers() -> None:
    """Inner code logs with the standard library; its records come out as structured ones too."""
    copy_config_to_registered_loggers(source_logger=logger, include={"rowcol"})
    logging.getLogger("httpx").setLevel(logging.WARNING)


def line(message: str, **fields: Any) -> None:
    """The one log line of a unit of work, written at its end."""
    logger.info(message, extra=fields)
