"""What every use case is handed: store, rails, workflow engine, and the surroundings of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from rowcol.domain.capability import Capability
from rowcol.domain.scope import Scope
from rowcol.service.executions import Executions
from rowcol.service.ports import Rails, Surroundings
from rowcol.service.rail_budget_ports import NoBudgets, RailBudgets
from rowcol.service.store import Store
from rowcol.service.view_ports import Views

if TYPE_CHECKING:
    from rowcol.service.checkpoint_ports import Checkpoints
    from rowcol.service.connection_ports import Connecting
    from rowcol.service.digest.ports import Digests
    from rowcol.service.exports.ports import ExportDesk
    from rowcol.service.replay_ports import Replaying
    from rowcol.service.statements.ports import StatementDesk
    from rowcol.service.subscription_ports import Subscribing

# OpenID PAPE 1.0: more than one factor. Providers' own names are a setting.
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
SIGNATURE_AGE_SECONDS_MAX = 300


@dataclass(frozen=True, slots=True)
class Environment:
    """The ports of one process. Nothing in it holds state of a request.

    `acr_values`: authentication contexts that prove a second factor, the one to ask for first.
    `signature_age_seconds_max`: how long a machine's signature of a request is good.
    `budgets`: what is left of the rails' calls. `connecting`: of the one function that connects
    clients to rails. `subscribing`: to webhooks of a rail, where a function may. `resubscribing`:
    asks the function that connects to have a lost subscription made anew, where one may ask.
    `digests`: of the one function that sends them.
    `checkpoints`: of the functions that prove a log by them. `exports`: of those that ask for
    files, call for their making, or make them.
    `sweeping`: has a client swept soon, elsewhere: how deep, in the run of which name.
    `statements`: of the functions that import statement files. `replaying`: of the function that
    has events and given-up work done again. `sites`: of the rails, where people find them here, by
    the production ones; those that are the same are left out.
    """

    store: Store
    views: Views
    rails: Rails
    executions: Executions
    surroundings: Surroundings
    acr_values: tuple[str, ...] = (MULTI_FACTOR,)
    signature_age_seconds_max: int = SIGNATURE_AGE_SECONDS_MAX
    budgets: RailBudgets = field(default_factory=NoBudgets)
    connecting: Connecting | None = None
    subscribing: Subscribing | None = None
    resubscribing: Callable[[Scope], None] | None = None
    sweeping: Callable[[Scope, str, str], None] | None = None
    capabilities: Mapping[str, tuple[Capability, ...]] = field(default_factory=dict)
    digests: Digests | None = None
    checkpoints: Checkpoints | None = None
    exports: ExportDesk | None = None
    statements: StatementDesk | None = None
    replaying: Replaying | None = None
    sites: Mapping[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        """Now, in UTC, by the clock handed in."""
        return self.surroundings.clock.now()
