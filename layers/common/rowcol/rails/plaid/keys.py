"""Plaid's verification keys: remembered, re-read on rotation, and never looked up without a budget
(section 6).
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from rowcol.rails.plaid.webhook import SigningKey, signing_key
from rowcol.rails.untrusted import Unreadable, parse_object
from rowcol.service.intake_ports import IntakeUnavailable

KEY_AGE_MAX = timedelta(hours=1)
STALE_KEY_AGE_MAX = timedelta(hours=24)
MISS_AGE_MAX = timedelta(minutes=1)
LOOKUPS_PER_MINUTE_MAX = 10
REMEMBERED_MAX = 64
ANSWER_BYTES_MAX = 64 * 1024
PATIENCE_SECONDS = 4.0

FetchKey = Callable[[str], SigningKey | None]


class RememberedKeys:
    """SigningKeys over `fetch`.

    `kid` is chosen by the sender, so misses are remembered and look-ups are rationed.
    """

    def __init__(self, fetch: FetchKey) -> None:
        self._fetch = fetch
        self._known: OrderedDict[str, tuple[SigningKey | None, datetime]] = OrderedDict()
        self._lookups: deque[datetime] = deque()

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        """The key, from memory while it is fresh.

        Raises IntakeUnavailable without budget or answer.
        """
        remembered = self._known.get(kid)
        if remembered is not None:
            key, read_at = remembered
            if now - read_at < (KEY_AGE_MAX if key else MISS_AGE_MAX):
                return key
            if key is not None and now - read_at < STALE_KEY_AGE_MAX:
                return self._renew(kid, key, now)
        key = self._look_up(kid, now)
        if key is not None and remembered is None:
            self._renew_others(kid, now)
        return key

    def _renew(self, kid: str, old: SigningKey, now: datetime) -> SigningKey | None:
        try:
            return self._look_up(kid, now)
        except IntakeUnavailable:
            return old

    def _renew_others(self, kid: str, now: datetime) -> None:
        """A new key means a rotation: learn which of the others have expired."""
        for other, (key, _) in list(self._known.items()):
            if other != kid and key is not None and not key.expired:
                self._renew(other, key, now)

    def _look_up(self, kid: str, now: datetime) -> SigningKey | None:
        while self._lookups and now - self._lookups[0] > timedelta(minutes=1):
            self._lookups.popleft()
        if len(self._lookups) >= LOOKUPS_PER_MINUTE_MAX:
            raise IntakeUnavailable("key look-up budget is used up")
        self._lookups.append(now)
        key = self._fetch(kid)
        self._known[kid] = (key, now)
        self._known.move_to_end(kid)
        while len(self._known) > REMEMBERED_MAX:
            self._forget_one()
        return key

    def _forget_one(self) -> None:
        misses = (kid for kid, (key, _) in self._known.items() if key is None)
        victim = next(misses, None)
        if victim is None:
            self._known.popitem(last=False)
        else:
            del self._known[victim]


class KeyClient:
    """POST /webhook_verification_key/get over the standard library: intake cannot afford a larger
    client's import.
    """

    def __init__(self, base_url: str, credentials: Callable[[], Mapping[str, str]]) -> None:
        self._base = urlsplit(base_url)
        self._credentials = credentials

    def fetch(self, kid: str) -> SigningKey | None:
        """The key, None when Plaid refuses the id (4xx).

        Raises IntakeUnavailable for 5xx, 429 and network trouble.
        """
        status, answer = self._post({"key_id": kid})
        if status == 429 or status >= 500 or status < 200 or 300 <= status < 400:
            raise IntakeUnavailable(f"key look-up answered {status}")
        if status >= 400:
            return None
        try:
            jwk = parse_object(answer).get("key")
            key = signing_key(jwk) if isinstance(jwk, dict) else None
        except (Unreadable, ValueError):
            raise IntakeUnavailable("key look-up answered no key") from None
        return key if key is not None and key.kid == kid else None

    def _post(self, body: Mapping[str, str]) -> tuple[int, bytes]:
        secure = self._base.scheme == "https"
        make = HTTPSConnection if secure else HTTPConnection
        connection = make(self._base.hostname or "", self._base.port, timeout=PATIENCE_SECONDS)
        credentials = self._credentials()
        headers = {
            "Content-Type": "application/json",
            "PLAID-CLIENT-ID": credentials["client_id"],
            "PLAID-SECRET": credentials["secret"],
        }
        try:
            connection.request(
                "POST",
                f"{self._base.path.rstrip('/')}/webhook_verification_key/get",
                json.dumps(body),
                headers,
            )
            answer = connection.getresponse()
            return answer.status, answer.read(ANSWER_BYTES_MAX)
        except (OSError, HTTPException) as error:
            raise IntakeUnavailable(f"key look-up failed: {type(error).__name__}") from None
        finally:
            connection.close()
