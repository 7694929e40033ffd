"""How commands send a file to the API: as one person, in a request or by an upload link."""

from __future__ import annotations

import argparse
import base64
import os
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx

IN_REQUEST_BYTES_MAX = 4_000_000
WAIT_SECONDS = 600.0
PROBLEMS_TOLD = 20
# Exit statuses: done, refused or failed, and a question that only a person can answer.
DONE, FAILED, ASKED = 0, 1, 2
Json = dict[str, Any]
Print = Callable[[str], None]


class Refused(Exception):
    """The API said no; the message is its problem in words."""


class Target(Protocol):
    """The API, as one person."""

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """The answer's body. Raises Refused."""
        ...


class HttpTarget:
    """A deployed API, or the local one. `token` gives an access token for each call."""

    def __init__(self, http: httpx.Client, url: str, token: Callable[[], str]) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._token = token

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """One call with a fresh key."""
        headers = {"Authorization": f"Bearer {self._token()}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        sent = body if body is not None or method == "GET" else {}
        answer = self._http.request(method, f"{self._url}{path}", json=sent, headers=headers)
        found: Json = answer.json() if answer.content else {}
        if answer.status_code >= 400:
            raise Refused(_problem(found, answer.status_code))
        return found


def _problem(body: Json, status: int) -> str:
    numbers = body.get("numbers") or {}
    lines = [f"{body.get('code', status)}: {body.get('detail', 'no reason given')}"]
    if numbers.get("line"):
        lines[0] += f" (line {numbers['line']})"
    lines += [f"  line {row['line']}: {row['reason']}" for row in numbers.get("bad_rows") or ()]
    if body.get("remedy"):
        lines.append(f"  {body['remedy']}")
    return "\n".join(lines)


def add_preview_and_apply(
    command: argparse.ArgumentParser,
    what: str,
    more: Callable[[argparse.ArgumentParser], None],
    run: Callable[[argparse.Namespace], int],
) -> None:
    """The two commands about files of a kind. `more`: adds the options of that kind alone."""
    below = command.add_subparsers(required=True)
    shown = below.add_parser("preview", help="say what is in a file; without --client, here only")
    taken = below.add_parser("apply", help=f"bring {what} into a client's books")
    for parser in (shown, taken):
        _add_options(parser, needs_client=parser is taken)
        more(parser)
        parser.set_defaults(command=run, is_apply=parser is taken)


def _add_options(parser: argparse.ArgumentParser, *, needs_client: bool) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--client", required=needs_client)
    parser.add_argument("--api", help="a deployed API; its token is in ROWCOL_TOKEN")
    parser.add_argument("--as", dest="person", default="ann-advisor", help="of the local firm")


def content_of(path: Path) -> bytes | None:
    """A file's bytes; what keeps them from being read is said."""
    try:
        return path.read_bytes()
    except OSError as error:
        print(f"rowcol: {path}: {error.strerror}", file=sys.stderr)
        return None


def with_target(
    options: argparse.Namespace,
    attach: Callable[[argparse.Namespace], Any],
    act: Callable[[Target], int],
) -> int:
    """Do something with the API that the options name; the local one unless they name another."""
    try:
        if options.api:
            token = os.environ.get("ROWCOL_TOKEN", "")
            with httpx.Client(timeout=60) as http:
                return act(HttpTarget(http, options.api, lambda: token))
        stack = attach(options)
        try:
            return act(HttpTarget(stack.http, stack.api_url, lambda: stack.token(options.person)))
        finally:
            stack.close()
    except (Refused, httpx.HTTPError) as problem:
        print(f"rowcol: {problem}", file=sys.stderr)
        return FAILED


def sent(target: Target, base: str, name: str, content: bytes, more: Mapping[str, object]) -> Json:
    """The file as the API has it: posted, or put where the API says, and read."""
    if len(content) <= IN_REQUEST_BYTES_MAX:
        encoded = base64.b64encode(content).decode()
        return target.call("POST", base, {"file_name": name, "content": encoded, **more})
    size = {"file_name": name, "size_bytes": len(content), **more}
    file = target.call("POST", f"{base}/uploads", size)
    upload = file["upload"]
    put = httpx.request(
        upload["method"], upload["url"], content=content, headers=upload["headers"], timeout=300
    )
    put.raise_for_status()
    target.call("POST", f"{base}/{file['id']}/read")
    return until(target, f"{base}/{file['id']}", file, "uploading")


def until(target: Target, path: str, file: Json, state: str) -> Json:
    """The file once it has left a state."""
    end = time.monotonic() + WAIT_SECONDS
    while file["state"] == state and time.monotonic() < end:
        time.sleep(0.5)
        file = target.call("GET", path)
    return file


def say_problems(problems: Sequence[tuple[int | None, str]], say: Print) -> None:
    """The first of what a reader found, each with its line where it has one."""
    for line, message in problems[:PROBLEMS_TOLD]:
        where = f"line {line}: " if line else ""
        say(f"  {where}{plain(message)}")


def plain(text: str) -> str:
    """A file's own text, as it may be written to a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
