"""The budgets of the rails: limits by rail (rails/limits.py) over cells that processes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from rowcol.rails.budget import Budget, GatedBudget, Gates
from rowcol.rails.limits import (
    PLAID_CLIENT,
    PLAID_ITEM,
    QBO_REALM,
    QBO_SANDBOX_HOST,
    QBO_UNMETERED,
    RAMP,
)
from rowcol.rails.shared_gate import SharedGate
from rowcol.service.ports import Surroundings
from rowcol.service.rail_budget_ports import Cells
from rowcol.service.read_quota import KeptBudgets, ReadQuota

QBO = "qbo"
# What the free tier gives all clients together each month.
QBO_READS_DEFAULT = "500000"


class BudgetsOfRails:
    """Budgets of this process, and `kept`, what is left of the months' (port RailBudgets).

    `environment`: QBO_BASE_URL, and QBO_MONTHLY_READS where another number was bought.
    """

    def __init__(
        self,
        cells: Cells,
        surroundings: Surroundings,
        environment: Mapping[str, str],
        waited: Callable[[str, int], None] | None = None,
    ) -> None:
        self._gates = Gates(cells, surroundings, waited)
        limit = int(environment.get("QBO_MONTHLY_READS", QBO_READS_DEFAULT))
        self._reads = ReadQuota(QBO, limit, cells, surroundings)
        self.kept = KeptBudgets({QBO: self._reads})
        # The sandbox is never counted.
        host = urlsplit(environment.get("QBO_BASE_URL", "")).hostname
        self._is_metered = host != QBO_SANDBOX_HOST
        self.ramp: Budget = GatedBudget(lambda _kind, _owner: self._gates.of({"ramp": RAMP}))
        self.plaid: Budget = GatedBudget(self._of_plaid)
        # Of the company that owns the call, where one client of the rail speaks for several.
        self.qbo_companies: Budget = GatedBudget(
            lambda _kind, realm: self._gates.of({f"qbo.{realm}": QBO_REALM}), self._qbo_worked
        )

    def qbo(self, realm: str) -> Budget:
        """Of one company: its own limits, and the reads of all of them."""
        rules = {f"qbo.{realm}": QBO_REALM}
        return GatedBudget(lambda _kind, _owner: self._gates.of(rules), self._qbo_worked)

    def _qbo_worked(self, kind: str) -> None:
        if self._is_metered and kind not in QBO_UNMETERED:
            self._reads.count()

    def _of_plaid(self, kind: str, owner: str) -> tuple[SharedGate, ...]:
        """Per item, then all items. Calls that the contract names no limit of have none."""
        if kind not in PLAID_CLIENT:
            return ()
        name = f"plaid.{kind.replace('/', '-')}"
        return self._gates.of({f"{name}.{owner}": PLAID_ITEM[kind], name: PLAID_CLIENT[kind]})
