"""`rowcol sign` and `rowcol machine-key`: what a machine of a firm does before it writes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.demo.firm import FIRM

Now = Callable[[argparse.Namespace], datetime]


def add_parsers(commands: Any, now: Now) -> None:
    """`now`: the time that the API goes by, for the options of a command."""
    sign = commands.add_parser("sign", help="print headers that sign a request (RFC 9421)")
    sign.add_argument("--key", type=Path, required=True, help="private key, PEM")
    sign.add_argument("--method", default="POST")
    sign.add_argument("--url", required=True, help="the whole address, as it is called")
    sign.add_argument("--body", type=Path, help="file with the body as it is sent")
    sign.add_argument(
        "--header", action="append", default=[], metavar="'NAME: VALUE'",
        help="Authorization, and Idempotency-Key or If-Match where they are sent; repeat it",
    )  # fmt: skip
    sign.set_defaults(command=lambda options: _told(_sign, options, now))
    key = commands.add_parser("machine-key", help="print the body that registers a machine's key")
    key.add_argument("machine", help="id of the machine in RowCol")
    key.add_argument("--key", type=Path, required=True, help="private key, PEM")
    key.add_argument("--firm", default=FIRM)
    key.add_argument("--days", type=int, default=365, help="how long it is good")
    key.set_defaults(command=lambda options: _told(_register, options, now))


def _told(
    command: Callable[[argparse.Namespace, Now], str], options: argparse.Namespace, now: Now
) -> int:
    from local.signing import CannotSign

    try:
        print(command(options, now))
    except (CannotSign, OSError) as problem:
        print(f"rowcol: {problem}", file=sys.stderr)
        return 1
    return 0


def _sign(options: argparse.Namespace, now: Now) -> str:
    """Header lines, for `curl --header @file`: those given, and those of the signature."""
    from local.signing import Outgoing, private_key_of, signed_headers

    given = dict(_header(line) for line in options.header)
    content = options.body.read_bytes() if options.body else b""
    outgoing = Outgoing(options.method.upper(), options.url, content, given)
    added = signed_headers(outgoing, private_key_of(options.key.read_bytes()), now(options))
    return "\n".join(f"{name}: {value}" for name, value in {**given, **added}.items())


def _header(line: str) -> tuple[str, str]:
    from local.signing import CannotSign

    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise CannotSign(f"no header: {line[:60]!r}")
    return name.strip(), value.strip()


def _register(options: argparse.Namespace, now: Now) -> str:
    from local.signing import private_key_of, registration

    key = private_key_of(options.key.read_bytes())
    expires_at = now(options).astimezone(UTC).replace(microsecond=0) + timedelta(days=options.days)
    return json.dumps(registration(key, options.firm, options.machine, expires_at), indent=1)
