"""Builds the authorizer, and only that: it stands before every call of the console."""

from __future__ import annotations

import os
import urllib.request
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from rowcol.clock_source import SystemClock
from rowcol.edge.authorizer import KeySet, Provider

ANSWER_BYTES_MAX = 256 * 1024
TIMEOUT_SECONDS = 3
FIRM_CLAIM = "rowcol_firm"


class KeysUnavailable(Exception):
    """The provider's keys could not be read, or its address is not https (loopback excepted)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handler needs."""

    provider: Provider
    keys: KeySet
    clock: SystemClock


@cache
def parts() -> Parts:
    """Built at the first call from the OIDC_* variables; KeyError names a missing one."""
    environment = os.environ
    url = environment["OIDC_JWKS_URL"]
    claim = environment.get("OIDC_FIRM_CLAIM", FIRM_CLAIM)
    provider = Provider(environment["OIDC_ISSUER"], environment["OIDC_AUDIENCE"], claim)
    return Parts(provider, KeySet(lambda: fetch(url)), SystemClock())


def fetch(url: str) -> bytes:
    """The JWKS document, bounded in size and time. Raises KeysUnavailable."""
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise KeysUnavailable("the JWKS address must be https")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # scheme checked above
            document: bytes = answer.read(ANSWER_BYTES_MAX + 1)
    except OSError as error:
        raise KeysUnavailable(str(error)) from error
    if len(document) > ANSWER_BYTES_MAX:
        raise KeysUnavailable("the JWKS document is too large")
    return document
