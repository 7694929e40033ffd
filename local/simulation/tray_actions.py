"""What people do with the tray in a simulated run: any verb, one or many, rules, replays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.simulation.actions import Actions
from local.simulation.registration import CALLERS, PEOPLE
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_acts import TrayVerb
from rowcol.domain.tray_rules import TrayRules

_ACT = "/clients/{client}/tray/{item}/{verb}"
_RULES = "/clients/{client}/tray-rules"
_OFTEN = (TrayVerb.ACCEPT, TrayVerb.FIX, TrayVerb.SNOOZE, TrayVerb.EXCLUDE)


class TrayActions:
    """Draws from the same chance as all other actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance

    def tray(self) -> str | None:
        """Somebody does something with an item, or about a rule, or has events replayed."""
        drawn = self._chance.random()
        if drawn < 0.1:
            return self._rule()
        if drawn < 0.2:
            return self._replay()
        found = self._items()
        if not found:
            return None
        client, item = self._chance.choice(found)
        if drawn < 0.3:
            return self._many(client, [one for name, one in found if name == client])
        verb = self._chance.choice((*TrayVerb, *_OFTEN))
        path = {"client": client, "item": item.id, "verb": verb.value}
        person = self._chance.choice(CALLERS)
        return self._actions.ask("POST", _ACT, path, body=self._body(verb, item), person=person)

    def _items(self) -> list[tuple[str, TrayItem]]:
        """Mostly live ones."""
        items = self._actions.product.store.items
        every = [(key[1], item) for key, item in items.items() if isinstance(item, TrayItem)]
        live = [pair for pair in every if pair[1].is_live]
        return live if live and self._chance.random() < 0.9 else every

    def _body(self, verb: TrayVerb, item: TrayItem) -> dict[str, Any]:
        now = self._actions.product.clock.now()
        soon = (now + timedelta(hours=self._chance.randrange(1, 200))).isoformat()
        match verb:
            case TrayVerb.ACCEPT:
                # What was seen may be old.
                mark = item.mark if self._chance.random() < 0.9 else "0" * 16
                return {"text": "it is so", "mark": mark}
            case TrayVerb.EXCLUDE:
                rule: dict[str, Any] = {"expires_at": soon}
                if item.party_id and self._chance.random() < 0.5:
                    rule["party_id"] = item.party_id
                return {"text": "of no interest", "rule": rule}
            case TrayVerb.ASSIGN:
                return {"owner": self._chance.choice(PEOPLE)}
            case TrayVerb.SNOOZE:
                return {"until": soon}
            case TrayVerb.FIX | TrayVerb.ASK | TrayVerb.ANSWER:
                return {"text": "as it is said"}
        return {}

    def _many(self, client: str, items: list[TrayItem]) -> str:
        chosen = self._chance.sample(items, min(len(items), self._chance.randrange(1, 9)))
        body = {
            "verb": self._chance.choice(["accept", "fix", "assign"]),
            "items": [{"id": item.id, "mark": item.mark} for item in chosen],
            "text": "all of them",
        }
        return self._actions.ask(
            "POST", "/clients/{client}/tray/bulk", {"client": client}, body=body
        )

    def _rule(self) -> str | None:
        """What waits is agreed to or not; or a rule ends."""
        items = self._actions.product.store.items
        every = [(key[1], rules) for key, rules in items.items() if isinstance(rules, TrayRules)]
        if not every:
            return None
        client, rules = self._chance.choice(every)
        if rules.pending is not None:
            answer = self._chance.choice(["approve", "approve", "reject"])
            body = {"change_id": rules.pending.id}
            path = {"client": client}
            return self._actions.ask("POST", f"{_RULES}/{answer}", path, body=body)
        if not rules.rules:
            return None
        path = {"client": client, "rule": self._chance.choice(rules.rules).id}
        return self._actions.ask("DELETE", f"{_RULES}/{{rule}}", path)

    def _replay(self) -> str:
        client, _ = self._actions.any_client()
        route = self._chance.choice(["/clients/{client}/replay", "/replay"])
        path = {"client": client} if "{client}" in route else {}
        body = {"count": self._chance.randrange(1, 3)}
        return self._actions.ask("POST", route, path, body=body)
