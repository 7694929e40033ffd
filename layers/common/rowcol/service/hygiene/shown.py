"""What is wrong with bills and invoices, as their lists show it: from the views of the tray."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.plain import from_plain
from rowcol.domain.scope import Scope
from rowcol.domain.tray import Severity, TrayState, tray_id
from rowcol.domain.tray_kind import Family
from rowcol.domain.tray_kinds import KINDS, kind_of
from rowcol.service.environment import Environment
from rowcol.service.project import TRAY

DATA = frozenset({Family.BILL_DATA, Family.INVOICE_DATA})
DATA_KINDS = tuple(row.kind for row in KINDS.values() if row.family in DATA)
_WAITS = frozenset({TrayState.OPEN, TrayState.FIXED})


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """One problem: both values, how to mend it and where. `state`: what people made of it."""

    kind: str
    title: str
    expected: str
    found: str
    severity: Severity
    state: TrayState
    fix: str
    link: str | None
    blocks_staging: bool
    since: datetime
    tray_id: str

    @property
    def waits(self) -> bool:
        """Whether it still is to be mended: nobody accepted it, no rule keeps it out."""
        return self.state in _WAITS


Problems = dict[str, tuple[ShownProblem, ...]]


@dataclass(frozen=True, slots=True)
class _Item:
    """What is needed of an item's row."""

    id: str
    subject: str
    item: str
    title: str
    expected: str
    found: str
    severity: Severity
    state: TrayState
    opened_at: datetime
    link: str | None = None


def problems_of_client(environment: Environment, scope: Scope, what: str) -> Problems:
    """Live problems of a client's bills or invoices (`what`), by id, the gravest first.

    One query, and one read per hundred problems.
    """
    listed = environment.views.tray(scope.firm, scope.client)
    return _read(environment, scope, what, [row.key for row in listed if row.tray.item in _NAMES])


def problems_of_page(
    environment: Environment, scope: Scope, what: str, names: Collection[str]
) -> Problems:
    """The same of the bills or invoices of one page: one query, one read where there are any."""
    wanted = {tray_id(f"{what}-{name}", kind) for name in names for kind in DATA_KINDS}
    listed = environment.views.tray(scope.firm, scope.client) if names else ()
    return _read(environment, scope, what, [row.key for row in listed if row.key in wanted])


_NAMES = frozenset(DATA_KINDS)


def _read(environment: Environment, scope: Scope, what: str, keys: list[str]) -> Problems:
    rows = environment.views.get_many(scope, TRAY, keys)
    found: Problems = {}
    for key in keys:
        if key not in rows:
            continue
        item = from_plain(_Item, rows[key].row)
        subject, _, name = item.subject.partition("-")
        if subject == what:
            found[name] = (*found.get(name, ()), _shown(item))
    return found


def _shown(item: _Item) -> ShownProblem:
    kind = kind_of(item.item)
    return ShownProblem(
        item.item,
        item.title,
        item.expected,
        item.found,
        item.severity,
        item.state,
        kind.remedy,
        item.link,
        kind.blocks_staging,
        item.opened_at,
        item.id,
    )


def with_problems(problems: Problems) -> list[str]:
    """Ids of those that have a problem which still is to be mended, in order."""
    return sorted(name for name, each in problems.items() if any(one.waits for one in each))
