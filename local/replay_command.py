"""`rowcol replay`: count, then have put-aside events and given-up work done again.

By the API, with the rights of who asks: here as a partner of the demo firm, elsewhere with a token
from ROWCOL_TOKEN. It goes on a hundred a minute until all that was counted is done.
"""

from __future__ import annotations

import argparse
import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
from rich.console import Console

FIELDS = ("since", "until", "rail", "type")
PER_MINUTE, WINDOW_SECONDS = 100, 61.0
Post = Callable[[str, dict[str, Any], str], httpx.Response]


def add_parser(commands: Any, post_of: Callable[[argparse.Namespace], Post]) -> None:
    """`post_of`: how the API is called, for the options of a command."""
    replay: argparse.ArgumentParser = commands.add_parser(
        "replay", help="have events that were put aside, and given-up work, done again"
    )
    whose = replay.add_mutually_exclusive_group(required=True)
    whose.add_argument("--client", help="whose events")
    whose.add_argument("--firm-wide", action="store_true", help="events of no client")
    replay.add_argument("--id", action="append", default=[], help="an item of the tray; repeat it")
    replay.add_argument("--since", help="came in at or after, as 2026-11-20T00:00:00Z")
    replay.add_argument("--until", help="came in before")
    replay.add_argument("--rail", choices=("ramp", "plaid", "qbo", "stripe"))
    replay.add_argument("--type", help="a label, as the count shows them")
    replay.add_argument("--yes", action="store_true", help="do it; without, it is only counted")
    replay.add_argument("--api", help="address of a deployed API; the token from ROWCOL_TOKEN")
    replay.set_defaults(command=lambda options: run(options, post_of(options), Console()))


def remote(address: str) -> Post:
    """The API of a deployed stack. KeyError names the missing variable."""
    headers = {"Authorization": f"Bearer {os.environ['ROWCOL_TOKEN']}"}
    http = httpx.Client(base_url=address, headers=headers, timeout=30)
    return lambda path, body, key: http.post(path, json=body, headers={"Idempotency-Key": key})


def run(
    options: argparse.Namespace,
    post: Post,
    console: Console,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Count; with `--yes` replay as many as were counted. Gives the exit status."""
    path = f"/clients/{options.client}/replay" if options.client else "/replay"
    asked: dict[str, Any] = {name: getattr(options, name) for name in FIELDS}
    asked = {name: value for name, value in asked.items() if value}
    asked |= {"ids": options.id} if options.id else {}
    counted = _asked(post, path, {**asked, "dry_run": True}, pause)
    if isinstance(counted, str):
        console.print(f"rowcol: {counted}", style="red")
        return 1
    rails = ", ".join(f"{name} {many}" for name, many in sorted(counted["by_rail"].items()))
    types = ", ".join(f"{name} {many}" for name, many in sorted(counted["by_type"].items()))
    console.print(
        f"{counted['matching']} to replay; by rail: {rails or '-'}; by type: {types or '-'}"
    )
    if not options.yes or not counted["matching"]:
        return 0
    begun = 0
    # By the ids that were counted: what comes in meanwhile was not asked for.
    while counted["item_ids"]:
        names = counted["item_ids"]
        done = _asked(post, path, {"ids": names}, pause)
        if isinstance(done, str):
            console.print(f"rowcol: {done}", style="red")
            return 1
        begun += done["matching"]
        console.print(f"replayed {begun} of {max(begun, counted['matching'])}")
        if len(names) < PER_MINUTE:
            break
        pause(WINDOW_SECONDS)
        counted = _asked(post, path, {**asked, "dry_run": True}, pause)
        if isinstance(counted, str) or set(counted["item_ids"]) == set(names):
            break  # the same ones are put aside again: their cause is not mended
    return 0


def _asked(
    post: Post, path: str, body: dict[str, Any], pause: Callable[[float], None]
) -> dict[str, Any] | str:
    """One question, asked again after its minute when there is no room; a text for a refusal."""
    key = str(uuid.uuid4())
    answer = post(path, body, key)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        pause(WINDOW_SECONDS)
        answer = post(path, body, str(uuid.uuid4()))
    told = answer.json()
    if answer.is_success:
        return dict(told)
    return f"{told.get('code', answer.status_code)}: {told.get('detail', '')}"
