"""The `rowcol` command: the local stack, tokens, time, samples, signed requests; views anywhere."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from local import (
    audit_command,
    replay_command,
    sign_command,
    sim_command,
    statements_command,
    stripe_command,
)
from local.demo.local_stack import SIMULATOR_PORTS, CannotStart, LocalStack, Ports, running

DATA = Path(".local")


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except CannotStart as problem:
        print(f"rowcol: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rowcol", description="RowCol on this machine")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the local state")
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="start everything, tell the main job once, stay up")
    run.add_argument("--api-port", type=int, default=8080)
    run.add_argument("--engine-port", type=int, default=4566)
    run.add_argument("--simulator-ports", type=int, default=4571, help="first of five ports")
    run.add_argument("--once", action="store_true", help="end after the stories")
    run.add_argument("--no-stories", action="store_true", help="only start")
    run.set_defaults(command=_run)
    token = commands.add_parser("token", help="print an access token of a person of the demo firm")
    token.add_argument("sub", nargs="?", default="ann-advisor")
    token.add_argument("--step-up", action="store_true", help="with a second factor shown now")
    token.set_defaults(command=_token)
    clock = commands.add_parser("clock", help="show the clocks, or advance them all")
    clock.add_argument("--advance-hours", type=float, default=0.0)
    clock.set_defaults(command=_clock)
    send = commands.add_parser("send", help="invoke a function with a sample of events/")
    send.add_argument("sample", type=Path, help="events/<function>/<case>.json")
    send.set_defaults(command=_send)
    sign_command.add_parsers(commands, _now)
    rebuild = _views_parser(commands)
    rebuild.set_defaults(command=_views)
    sim_command.add_parser(commands)
    statements_command.add_parser(commands, _attached)
    stripe_command.add_parser(commands, _attached)
    replay_command.add_parser(commands, _post)
    audit_command.add_parser(commands, _get)
    every = (*commands.choices.values(), rebuild)
    for command in every:  # also after the command: make run ARGS="--data ..."
        command.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _views_parser(commands: Any) -> argparse.ArgumentParser:
    views = commands.add_parser("views", help="the read models, and the log that they come from")
    views.set_defaults(command=_views)
    actions = views.add_subparsers(required=True)
    rebuild: argparse.ArgumentParser = actions.add_parser("rebuild", help="fold the log again")
    rebuild.add_argument("--firm", help="of the client; the demo firm unless given")
    whom = rebuild.add_mutually_exclusive_group(required=True)
    whom.add_argument("--client", help="the client whose views are meant")
    whom.add_argument("--all", action="store_true", help="every client of every firm")
    rebuild.add_argument("--after", type=int, help="go on after this position of the log")
    rebuild.add_argument("--check", action="store_true", help="compare only, without writing")
    rebuild.add_argument("--stack", help="a deployed stack, by the AWS credentials at hand")
    return rebuild


def _run(options: argparse.Namespace) -> int:
    console = Console(highlight=False, soft_wrap=True)
    already = running(options.data)
    if already is not None:
        console.print(f"RowCol is already running (process {already['pid']}).")
        _print_addresses(console, already["api_url"], already["urls"], options.data)
        return 0
    ports = {rail: options.simulator_ports + place for place, rail in enumerate(SIMULATOR_PORTS)}
    stack = LocalStack(options.data, Ports(options.api_port, options.engine_port, ports))
    try:
        _start(console, stack)
        failed = 0 if options.no_stories else _stories(console, stack)
        if failed or options.once:
            logs = f"{options.data}/engine/functions.log"
            console.print(f"Stopped; state is kept in {options.data}, function logs in {logs}.")
            return 1 if failed else 0
        _print_addresses(console, stack.api_url, stack.urls, options.data)
        console.print("Up until Ctrl-C. State is kept; `make clean` forgets it.")
        stack.wait()
        return 0
    finally:
        stack.stop()


def _start(console: Console, stack: LocalStack) -> None:
    began = time.monotonic()
    with console.status("starting") as status:

        def progress(text: str) -> None:
            status.update(f"starting: {text}")
            if not console.is_terminal:
                console.print(f"starting: {text}")

        stack.start(progress)
    seconds = time.monotonic() - began
    console.print(
        f"ready after {seconds:.1f} s; it is {stack.timeline.now():%A %Y-%m-%d %H:%M}Z here"
    )


def _stories(console: Console, stack: LocalStack) -> int:
    """Tell the stories once per state folder; afterwards show how they ended."""
    from local.demo.stories import Stories

    kept = stack.data / "stories.json"
    if kept.exists():
        _print_outcomes(console, json.loads(kept.read_text(encoding="utf-8")), "told before")
        return 0
    began = time.monotonic()

    def say(who: str, text: str) -> None:
        console.print(f"{stack.timeline.now():%a %m-%d %H:%M}  {who:<6} {text}", soft_wrap=True)

    outcomes = [
        {"name": told.name, "ok": told.ok, "shown": told.shown, "path": told.path}
        for told in Stories(stack, say).tell()
    ]
    kept.write_text(json.dumps(outcomes), encoding="utf-8")
    _print_outcomes(console, outcomes, f"{time.monotonic() - began:.0f} s")
    return sum(not outcome["ok"] for outcome in outcomes)


def _print_outcomes(console: Console, outcomes: list[dict[str, Any]], note: str) -> None:
    console.print(f"\nThe stories ({note}):")
    for place, outcome in enumerate(outcomes, 1):
        mark = "ok " if outcome["ok"] else "NOT"
        console.print(f"{place:>3} {mark} {outcome['name']}: {outcome['shown']}")
        console.print(f"        GET {outcome['path']}")


def _print_addresses(console: Console, api_url: str, urls: dict[str, str], data: Path) -> None:
    console.print(f"\nAPI         {api_url}")
    for rail, url in urls.items():
        console.print(f"{rail:<11} {url}  (control: {url}/_sim/health)")
    console.print(
        f"logs        {data}/engine/functions.log, {data}/engine/engine.log, {data}/simulators.log"
    )
    # The interpreter and folder that are running, so that the line can be pasted as it is.
    python = os.path.relpath(sys.executable)
    token = f"{python} -m local --data {data} token"
    console.print(
        f'try         curl -s -H "Authorization: Bearer $({token})" {api_url}/clients/'
        "harbor-dental/console | python3 -m json.tool\n"
    )


def _attached(options: argparse.Namespace) -> LocalStack:
    """The running stack, to talk to its parts."""
    status = running(options.data)
    if status is None:
        raise CannotStart("nothing is running; start it with `make run`")
    ports = {rail: int(url.rsplit(":", 1)[1]) for rail, url in status["urls"].items()}
    return LocalStack(options.data, Ports(int(status["api_url"].rsplit(":", 1)[1]), 0, ports))


def _token(options: argparse.Namespace) -> int:
    with closing(_attached(options)) as stack:
        print(stack.token(options.sub, step_up=options.step_up))
    return 0


def _now(options: argparse.Namespace) -> datetime:
    """The time of the running stack, which is not everybody's; without one, everybody's."""
    if running(options.data) is None:
        return datetime.now(UTC)
    with closing(_attached(options)) as stack:
        return stack.timeline.now()


def _clock(options: argparse.Namespace) -> int:
    from datetime import timedelta

    with closing(_attached(options)) as stack:
        if options.advance_hours > 0:
            stack.timeline.advance_to(stack.timeline.now() + timedelta(hours=options.advance_hours))
        print(f"product {stack.timeline.now().isoformat()}")
    return 0


def _views(options: argparse.Namespace) -> int:
    """Ask view_projection, here or of a deployed stack, for one part after the other."""
    from local.demo.firm import FIRM
    from local.views_command import CommandFailed, Target, all_targets, of_lambda, run

    invoke = of_lambda(*_projection(options))
    try:
        asked = [Target(options.firm or FIRM, options.client)] if options.client else None
        targets = all_targets(invoke) if asked is None else asked
        console = Console(highlight=False)
        return run(invoke, targets, console, check=options.check, after=options.after)
    except CommandFailed as problem:
        print(f"rowcol: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _projection(options: argparse.Namespace) -> tuple[Any, str]:
    """A client of Lambda and the function's name."""
    if options.stack:
        import boto3

        return boto3.client("lambda"), f"{options.stack}-view-projection"
    from local.engine.deploy import client
    from local.engine.status import read_status

    _attached(options).close()
    status = read_status(options.data / "engine" / "status.json")
    if status is None:
        raise CannotStart("the engine has no status file")
    return client("lambda", status["endpoint"]), status["functions"]["view_projection"]


def _post(options: argparse.Namespace) -> replay_command.Post:
    """Calls of the API: of a deployed one, or here as a partner of the demo firm."""
    if options.api:
        return replay_command.remote(options.api)
    from local.demo.api import Api

    api = Api(_attached(options), "ben-partner")
    return api.post


def _get(options: argparse.Namespace) -> audit_command.Get:
    """Reads of the API: of a deployed one, or here as a partner of the demo firm."""
    if options.api:
        return audit_command.remote(options.api)
    from local.demo.api import Api

    return Api(_attached(options), "ben-partner").get


def _send(options: argparse.Namespace) -> int:
    """Invoke the function that the sample's folder names, in the running stack."""
    from local.engine.deploy import client
    from local.engine.status import read_status

    _attached(options).close()
    status = read_status(options.data / "engine" / "status.json")
    if status is None:
        raise CannotStart("the engine has no status file")
    function = status["functions"][options.sample.parent.name]
    answer = client("lambda", status["endpoint"]).invoke(
        FunctionName=function, Payload=options.sample.read_bytes()
    )
    print(answer["Payload"].read().decode())
    return os.EX_OK
