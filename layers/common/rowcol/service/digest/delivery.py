"""What the mail service reports afterwards: it took a mail, or a mail came back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rowcol.domain.digest_settings import DigestSettings
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.digest import outcomes
from rowcol.service.digest.sending import DIGEST
from rowcol.service.environment import Environment
from rowcol.service.rights import rights_of

# Its clock and ours differ by less.
CLOCKS_APART = timedelta(minutes=1)


class Told(StrEnum):
    """What is reported of a mail."""

    TAKEN = "taken"
    BOUNCED = "bounced"
    BOUNCED_FOR_NOW = "bounced_for_now"
    COMPLAINED = "complained"
    REJECTED = "rejected"


# After these nothing more goes to the address until its person sets it again.
_FINAL = frozenset({Told.BOUNCED, Told.COMPLAINED})


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `sort`: of which messages it is; `to`: for whom; `at`: when it was taken."""

    told: Told
    firm: str
    member_id: str
    sort: str
    to: tuple[str, ...]
    at: datetime
    message_id: str


def take_report(environment: Environment, report: Report) -> bool:
    """Keep what follows from a report; True when it changed something. Repeats change nothing."""
    scope = Scope(report.firm)
    known = environment.store.books(scope).get(DigestSettings, report.member_id)
    if known is None:
        return False
    if report.told is Told.TAKEN:
        return _taken(environment, scope, report, known)

    def plan(change: Change) -> bool:
        known = change.get(DigestSettings, report.member_id)
        ended = _after(known, report) if known is not None else None
        if ended is None:
            return False
        outcomes.state(change, ended.planned(change.now), report.told)
        return True

    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    return result is True


def _taken(environment: Environment, scope: Scope, report: Report, known: DigestSettings) -> bool:
    """A digest whose sender died before it could say so, or never heard an answer."""
    if report.sort != DIGEST or not known.handed or report.at < known.handed[0] - CLOCKS_APART:
        return False
    rights = rights_of(environment.store, report.firm, report.member_id)
    clients = rights.visible_clients(environment.store) if rights is not None else ()
    member, message = report.member_id, report.message_id
    return outcomes.sent(environment, scope, member, message, known.handed[0], clients)


def _after(known: DigestSettings, report: Report) -> DigestSettings | None:
    """Settings after a mail came back; None for an address that is theirs no more, and repeats."""
    named = {address.casefold() for address in report.to}
    waiting = known.waiting
    if waiting is not None and waiting.address.casefold() in named:
        # The code never came: nobody is going to send it back.
        return replace(known, waiting=None, trouble=report.told)
    if known.address is None or known.address.casefold() not in named:
        return None
    if known.trouble == report.told:
        return None
    if report.told in _FINAL:
        return replace(known, is_on=False, trouble=report.told)
    return replace(known, trouble=report.told)
