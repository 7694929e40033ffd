"""What kind of call a request is, for whoever counts them: its path without ids."""

from __future__ import annotations

import re

# Words of a path have no digits; ids of the rails have, or are longer.
_WORD = re.compile(r"[a-z_-]{1,30}\Z")
_PREFIX = re.compile(r"/developer/v1(?=/)|/v3/company/[^/]+(?=/)")


def kind_of(method: str, path: str) -> str:
    """`bills`, `bills/{id}`, `PATCH bills/{id}`, `cdc`, `accounts/balance/get`.

    GET and POST are told by their paths at every rail.
    """
    parts = _PREFIX.sub("", path, count=1).strip("/").split("/")
    told = "/".join(part if _WORD.match(part) else "{id}" for part in parts)
    return told if method in ("GET", "POST") else f"{method} {told}"
