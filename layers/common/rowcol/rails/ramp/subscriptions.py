"""Ramp's webhook subscriptions (ramp contract, section 7.1).

There is no update: delete, make, verify again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rowcol.rails.http import Answer, Call, CommandUncertain, RailHttp, TokenSource
from rowcol.rails.ramp import wire
from rowcol.rails.ramp.client import PREFIX, RAIL
from rowcol.rails.ramp.paging import next_query
from rowcol.rails.ramp.webhook import ACTED_ON
from rowcol.rails.untrusted import SAFE_ID
from rowcol.rails.wire_reading import model, parse
from rowcol.service.ports import RailProtocolError, RailUnavailable

_PAGES_MAX = 100
# What accounts of 2025 know; one unknown name makes Ramp refuse the whole list.
OLDER_TYPES = ("bills.created", "bills.approved", "bills.rejected", "bills.paid")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address Ramp sends to.

    `secret` only right after it was made; `missing` types are found by sweeps alone.
    """

    subscription_id: str
    business_id: str
    status: str
    endpoint_url: str
    secret: str | None = field(default=None, repr=False)
    missing: tuple[str, ...] = ()


class RampSubscriptions:
    """Subscriptions of one business."""

    def __init__(self, http: RailHttp, tokens: TokenSource) -> None:
        self._http = http
        self._tokens = tokens

    def create(self, endpoint_url: str) -> Subscription:
        """Subscribe to all types that matter, or to the older ones when the account knows no
        others.

        Ramp sends a challenge to the address meanwhile. Raises RailProtocolError when refused,
        RailUnavailable also when it may or may not exist: list, delete what is not wanted.
        """
        wanted = tuple(sorted(ACTED_ON))
        answer = self._subscribe(endpoint_url, wanted)
        missing: tuple[str, ...] = ()
        if answer.status == 422:
            answer = self._subscribe(endpoint_url, OLDER_TYPES)
            missing = tuple(kind for kind in wanted if kind not in OLDER_TYPES)
        if answer.status not in (200, 201):
            raise RailProtocolError(RAIL, f"subscription answered {answer.status}")
        return _subscription(model(RAIL, wire.Subscription, parse(RAIL, answer)), missing)

    def _subscribe(self, endpoint_url: str, types: tuple[str, ...]) -> Answer:
        body = {"endpoint_url": endpoint_url, "event_types": list(types)}
        call = Call("POST", f"{PREFIX}/webhooks", body=body)
        try:
            return self._http.command(call, self._tokens)
        except CommandUncertain as uncertain:
            raise RailUnavailable(RAIL, f"subscription: {uncertain.detail}") from uncertain

    def verify(self, subscription_id: str, challenge: str) -> bool:
        """Hand back the challenge; True when the rail says that the subscription is active now.

        A second time, after a lost answer, Ramp refuses: then the list tells.
        """
        path = f"{PREFIX}/webhooks/{_segment(subscription_id)}/verify"
        call = Call("POST", path, body={"challenge": challenge})
        answer = self._http.read(call, self._tokens)
        if answer.status != 200:
            return False
        told = parse(RAIL, answer)
        return not (isinstance(told, dict) and told.get("success") is False)

    def all(self) -> tuple[Subscription, ...]:
        """What exists, to be compared with what should.

        Ramp is asked for no size of page, which this list may not know; pages it tells of are read.
        """
        path = f"{PREFIX}/webhooks"
        found: list[Subscription] = []
        asked: dict[str, str] | None = {}
        seen: set[str] = set()
        while asked is not None:
            rows, following = self._page(Call("GET", path, asked))
            found += [_subscription(model(RAIL, wire.Subscription, row), ()) for row in rows]
            if following in seen or len(seen) >= _PAGES_MAX:
                raise RailProtocolError(RAIL, "subscriptions go on without an end")
            seen.add(following or "")
            asked = next_query(following, self._http.base_url, path) if following else None
        return tuple(found)

    def _page(self, call: Call) -> tuple[list[object], str | None]:
        """Rows, and where more are: a plain list, or a page that names the next one."""
        answer = self._http.read(call, self._tokens)
        if answer.status != 200:
            raise RailProtocolError(RAIL, f"subscriptions answered {answer.status}")
        body = parse(RAIL, answer)
        rows = body.get("data") if isinstance(body, dict) else body
        page = body.get("page") if isinstance(body, dict) else None
        following = page.get("next") if isinstance(page, dict) else None
        if not isinstance(rows, list) or not isinstance(following, str | None):
            raise RailProtocolError(RAIL, "subscriptions are no list")
        return rows, following

    def delete(self, subscription_id: str) -> None:
        """End a subscription; one that is unknown counts as ended."""
        call = Call("DELETE", f"{PREFIX}/webhooks/{_segment(subscription_id)}")
        answer = self._http.read(call, self._tokens)
        if answer.status not in (200, 204, 404):
            raise RailProtocolError(RAIL, f"delete answered {answer.status}")


def _subscription(row: wire.Subscription, missing: tuple[str, ...]) -> Subscription:
    return Subscription(
        row.id, row.business_id or "", row.status, row.endpoint_url or "", row.secret, missing
    )


def _segment(subscription_id: str) -> str:
    if not SAFE_ID.match(subscription_id):
        raise RailProtocolError(RAIL, "not a subscription id")
    return subscription_id
