"""What becomes due in the tray: snoozes, fixes nobody sees, ends of rules and what follows.

After rules changed or ended every live item is looked at again, page by page; each page is one
write with the place it got to, so that a walk that dies goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.domain.tray_acts import come_due
from rowcol.domain.tray_rules import TRAY_RULES, TrayRules
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.tray import evaluated, rules_of
from rowcol.service.tray_rules import not_made, without

# An item and its fact each; the rules' row beside them.
ITEMS_PER_WRITE = 40
WRITES_PER_RUN = 25
_WALKED = (TrayState.EXCLUDED, TrayState.OPEN)


def wake_item(environment: Environment, scope: Scope, item_id: str) -> None:
    """The sweep's part: a snooze is over, or a fix was not seen in time."""

    def plan(change: Change) -> bool:
        item = change.get(TrayItem, item_id)
        woken = come_due(item, change.now) if item is not None else None
        if woken is None or item is None:
            return False
        change.put(woken)
        snoozed = item.state is TrayState.OPEN
        change.state("tray.woken" if snoozed else "tray.opened", tray=woken)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def look_at_rules(environment: Environment, scope: Scope, _rules_id: str = TRAY_RULES) -> None:
    """What is due of a client's rules: ends of rules and of proposals, and the walk."""
    _run(environment, scope, _ends)
    for _ in range(WRITES_PER_RUN):
        rules = environment.store.books(scope).get(TrayRules, TRAY_RULES)
        if rules is None or rules.look_from is None or not _is_due(rules, environment):
            return
        _page(environment, scope, rules.look_from)


def _is_due(rules: TrayRules, environment: Environment) -> bool:
    return rules.look_at is not None and rules.look_at <= environment.now()


def _run(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> None:
    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _ends(change: Change) -> bool:
    rules = change.get(TrayRules, TRAY_RULES)
    if rules is None:
        return False
    pending = rules.pending
    if pending is not None and rules.waiting(change.now) is None:
        rules = not_made(change, rules, pending, "tray_rules.expired")
    over = tuple(rule for rule in rules.rules if rule.expires_at <= change.now)
    if over:
        without(change, rules, over, "its time is over")
    return True


def _page(environment: Environment, scope: Scope, place: str) -> None:
    """One page of one state: what the rules of now say of its items, and where to go on."""
    state, _, after = place.partition("|")
    walked = TrayState(state) if state else _WALKED[0]
    books = environment.store.books(scope)
    prefix = f"{walked.value}#"
    page = books.ids(TrayItem, prefix=prefix, after=after or None, limit=ITEMS_PER_WRITE)
    following = _following(walked, page.next_key)

    def plan(change: Change) -> bool:
        rules = rules_of(change)
        if rules.look_from != place:
            return False  # the rules changed again, or somebody else walked on
        change.load(TrayItem, page.ids)
        for name in page.ids:
            item = change.get(TrayItem, name)
            news = evaluated(item, rules, change) if item is not None else None
            if news is not None:
                change.put(news)
                kept_out = news.state is TrayState.EXCLUDED
                change.state("tray.excluded" if kept_out else "tray.opened", tray=news)
        change.put(_moved(rules, following))
        return True

    _run(environment, scope, plan)


def _following(walked: TrayState, next_key: str | None) -> str | None:
    if next_key is not None:
        return f"{walked.value}|{next_key}"
    place = _WALKED.index(walked) + 1
    return f"{_WALKED[place].value}|" if place < len(_WALKED) else None


def _moved(rules: TrayRules, following: str | None) -> TrayRules:
    look_at = rules.look_at if following is not None else None
    return replace(rules, look_from=following, look_at=look_at)
