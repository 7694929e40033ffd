"""Keeps the local engine away from real AWS: loopback addresses and dummy credentials only."""

import os
from collections.abc import Mapping, MutableMapping
from urllib.parse import urlsplit

ACCOUNT = "000000000000"
REGION = "us-east-1"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

# Values no real account accepts; they name the emulator's default account.
DUMMY_CREDENTIALS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "SSL_CERT_FILE")


class NotLoopback(Exception):
    """An address that is not this machine was about to be used by the local engine."""


def require_loopback(url: str) -> str:
    """Return `url` unchanged when its host is loopback; raise NotLoopback otherwise."""
    host = urlsplit(url).hostname or ""
    if host not in LOOPBACK_HOSTS:
        raise NotLoopback(
            f"{url!r} is not a loopback address; the local engine never talks to another machine"
        )
    return url


def clean_environment(source: Mapping[str, str]) -> dict[str, str]:
    """The environment of the engine process: a few neutral variables and dummy credentials.

    Real credentials, profiles and settings of the caller never reach the engine or a function.
    """
    kept = {name: source[name] for name in KEPT_VARIABLES if name in source}
    kept.update({name: text for name, text in source.items() if name.startswith("ROWCOL_LOCAL_")})
    return {**kept, **DUMMY_CREDENTIALS}


def enforce_environment(environment: MutableMapping[str, str]) -> None:
    """Reduce `environment` in place to what `clean_environment` allows."""
    cleaned = clean_environment(environment)
    environment.clear()
    environment.update(cleaned)
