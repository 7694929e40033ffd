"""One logger for every function but webhook intake.

Identifiers only, never bodies or account numbers.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE = "RowCol"
logger = Logger()


def adopt_library_loggers() -> None:
    """Inner code logs with the standard library; its records come out as structured ones too."""
    copy_config_to_registered_loggers(source_logger=logger, include={"rowcol"})
    logging.getLogger("httpx").setLevel(logging.WARNING)


def line(message: str, **fields: Any) -> None:
    """The one log line of a unit of work, written at its end."""
    logger.info(message, extra=fields)


def measure(name: str, value: float) -> None:
    """One metric in seconds; its one dimension is the function's service name."""
    service = os.environ.get("POWERTOOLS_SERVICE_NAME", "local")
    with single_metric(name, MetricUnit.Seconds, value, namespace=NAMESPACE) as metric:
        metric.add_dimension("service", service)


def count(name: str, number: int, service: str | None = None) -> None:
    """One count; its one dimension is the function's service name, or what all of them count as."""
    service = service or os.environ.get("POWERTOOLS_SERVICE_NAME", "local")
    with single_metric(name, MetricUnit.Count, number, namespace=NAMESPACE) as metric:
        metric.add_dimension("service", service)
