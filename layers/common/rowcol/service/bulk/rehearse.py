"""Look what a batch would say, item by item and in order. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

from rowcol.domain.batch_items import ItemResult
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.bulk.items import Work, plan_all
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import UnknownClient, open_change
from rowcol.service.environment import Environment


def rehearse(
    environment: Environment, scope: Scope, actor: Actor, verb: Verb, items: Sequence[str]
) -> tuple[ItemResult, ...] | Refusal:
    """Each item's result if all were done now, those before it included. `not_found`: no client.

    `version` is the one that the item would have after it.
    """
    try:
        change = open_change(environment.store, environment.surroundings, scope, actor)
    except UnknownClient:
        return Refusal(Code.NOT_FOUND, "no such client")
    return tuple(plan_all(Work.of(environment, verb, items), change))
