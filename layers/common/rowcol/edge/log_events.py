"""Batches of the log's stream: to the workflow engine and the bus, and into the views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rowcol.domain.log import Entry
from rowcol.edge.observability import line, logger
from rowcol.edge.stream import Record, each_in_order, failures
from rowcol.service.environment import Environment
from rowcol.service.project import project
from rowcol.service.relay import Bus, relay

EntryOf = Callable[[Mapping[str, Any]], Entry]


def relay_entries(
    environment: Environment, bus: Bus, entry_of: EntryOf, event: Mapping[str, Any]
) -> dict[str, Any]:
    """Entry by entry, in order; the first that fails and all after it come again.

    What was relayed goes on the bus in one go; if the bus does not take it, the batch comes again.
    """
    done: dict[str, int] = {}
    relayed: list[Entry] = []

    def apply(record: Record) -> None:
        entry = entry_of(record["dynamodb"]["NewImage"])
        outcome = relay(environment, entry)
        relayed.append(entry)
        done[outcome] = done.get(outcome, 0) + 1

    answer = each_in_order(event, apply, _failed)
    try:
        bus.publish(relayed)
    except Exception as error:  # noqa: BLE001  # the whole batch is repeated, which is harmless
        _failed(error)
        answer = failures([event["Records"][0]["dynamodb"]["SequenceNumber"]])
    line("entries_relayed", **done, failed=len(answer["batchItemFailures"]))
    return answer


def project_entries(
    environment: Environment, entry_of: EntryOf, event: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole batch at once; if that fails, entry by entry up to the one that cannot be."""
    records = event.get("Records", [])
    try:
        rows = project(
            environment.views, [entry_of(record["dynamodb"]["NewImage"]) for record in records]
        )
    except Exception as error:  # noqa: BLE001  # one poison record must not take the batch with it
        _failed(error)
    else:
        line("entries_projected", entries=len(records), rows=rows)
        return {"batchItemFailures": []}

    def apply(record: Record) -> None:
        project(environment.views, [entry_of(record["dynamodb"]["NewImage"])])

    return each_in_order(event, apply, _failed)


def _failed(error: Exception) -> None:
    logger.exception("log entry not handled", exc_info=error)
