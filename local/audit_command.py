"""`rowcol audit verify`: a log by the API, or an exported one on this machine alone.

The exit status is 0 for an intact log, 1 for a broken one or an answer that is none.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from rowcol.domain.chain import BreakKind, ChainProof, Mark
from rowcol.domain.chain_file import NotALog, end_of, verify_lines
from rowcol.domain.checkpoint import BadCheckpoint, checkpoint_read
from rowcol.domain.plain import from_plain
from rowcol.domain.scope import Scope

Get = Callable[[str], Any]
_TAIL_BYTES = 4_096


def add_parser(commands: Any, get_of: Callable[[argparse.Namespace], Get]) -> None:
    """`get_of`: how the API is called, for the options of a command."""
    audit = commands.add_parser("audit", help="the log and its proof")
    actions = audit.add_subparsers(required=True)
    verify: argparse.ArgumentParser = actions.add_parser(
        "verify", help="find what was changed in a log, and where"
    )
    whose = verify.add_mutually_exclusive_group(required=True)
    whose.add_argument("--client", help="whose log, by the API")
    whose.add_argument("--firm-wide", action="store_true", help="the firm's own log, by the API")
    whose.add_argument("--file", type=Path, help="a log exported as jsonl, without any access")
    verify.add_argument(
        "--checkpoint", type=Path, action="append", default=[], help="a daily checkpoint; repeat it"
    )
    verify.add_argument(
        "--head", metavar="SEQUENCE:HASH", action="append", default=[],
        help="a head that you wrote down; repeat it",
    )  # fmt: skip
    verify.add_argument("--api", help="address of a deployed API; the token from ROWCOL_TOKEN")
    verify.set_defaults(command=lambda options: run(options, get_of, Console()))


def remote(address: str) -> Get:
    """The API of a deployed stack. KeyError names the missing variable."""
    headers = {"Authorization": f"Bearer {os.environ['ROWCOL_TOKEN']}"}
    http = httpx.Client(base_url=address, headers=headers, timeout=30)

    def get(path: str) -> Any:
        answer = http.get(path)
        answer.raise_for_status()
        return answer.json()

    return get


def run(
    options: argparse.Namespace, get_of: Callable[[argparse.Namespace], Get], console: Console
) -> int:
    """Verify, and tell; the exit status."""
    if options.file is None:
        return _by_api(options, get_of(options), console)
    try:
        proof, against = by_file(options.file, options.checkpoint, options.head)
    except (NotALog, BadCheckpoint, OSError, ValueError) as problem:
        console.print(f"broken: {problem}", style="red")
        return 1
    return _told(console, proof, against)


def by_file(
    place: Path, checkpoints: Iterable[Path], heads: Iterable[str]
) -> tuple[ChainProof, str]:
    """A file of a log; and against what it was held. Raises NotALog, BadCheckpoint, ValueError."""
    end = end_of(_last_line(place))
    known = [_head(text) for text in heads]
    days: list[str] = []
    for one in checkpoints:
        found = checkpoint_read(one.read_bytes())
        head = found.head_of(end.scope)
        if head is None:
            raise ValueError(f"{one.name} knows no log of {end.scope.firm}/{end.scope.client}")
        known.append(head.mark)
        days.append(found.statement.day.isoformat())
    longest = max((mark.sequence for mark in known), default=0)
    if longest > end.head.sequence:
        reason = f"the file ends at {end.head.sequence}, a known head is at {longest}"
        length = end.head.sequence
        return ChainProof(False, length, end.head.hash, length + 1, reason), ""
    with place.open("rb") as file:
        proof = verify_lines(_entries(file), end, known)
    told = [_name(end.scope), *(f"the checkpoint of {day}" for day in days)]
    return proof, ", ".join([*told, f"read at {end.read_at}"])


def _name(scope: Scope) -> str:
    return f"{scope.firm}/{scope.client}"


def _entries(file: Iterable[bytes]) -> Iterator[bytes]:
    """All lines but the last one, which is the end."""
    before: bytes | None = None
    for line in file:
        if before is not None:
            yield before
        before = line


def _last_line(place: Path) -> bytes:
    """The last line of a file, read from its end."""
    with place.open("rb") as file:
        file.seek(max(0, place.stat().st_size - _TAIL_BYTES))
        lines = file.read().splitlines(keepends=True)
    if not lines:
        raise NotALog("the file is empty")
    return lines[-1]


def _head(text: str) -> Mark:
    sequence, _, digest = text.partition(":")
    if not (sequence.isdigit() and len(digest) == 64):
        raise ValueError(f"--head wants SEQUENCE:HASH, not {text[:80]!r}")
    return Mark(int(sequence), digest)


def _by_api(options: argparse.Namespace, get: Get, console: Console) -> int:
    path = f"/clients/{options.client}/audit/verify" if options.client else "/audit/verify"
    cursor = ""
    while True:
        try:
            body = get(path + (f"?cursor={cursor}" if cursor else ""))
        except httpx.HTTPStatusError as refused:
            console.print(f"rowcol: {refused.response.text[:300]}", style="red")
            return 1
        cursor = body["next_cursor"]
        if not body["intact"] or cursor is None:
            break
        console.print(f"intact up to {body['length']} of {body['entries']} ...")
    point = body["checkpoint"]
    against = f"the checkpoint of {point['day']} at {point['sequence']}" if point else "its head"
    proof = from_plain(ChainProof, body)
    return _told(console, proof, against)


def _told(console: Console, proof: ChainProof, against: str) -> int:
    if proof.intact:
        console.print(f"intact: {proof.length} entries, held against {against}")
        return 0
    kind = proof.kind or BreakKind.CUT_TAIL
    console.print(f"broken at {proof.broken_at}: {kind}; {proof.reason}", style="red")
    console.print(f"intact up to {proof.length}")
    return 1
