"""`rowcol replay`: counts, asks for what was counted, and goes on when a minute has no room."""

from __future__ import annotations

import argparse
import io
from typing import Any

import httpx
from rich.console import Console

from local.cli import _parser
from local.replay_command import Post, run


class Api:
    """Answers as the routes do: so many wait, a hundred a minute."""

    def __init__(self, waiting: int, *, applies: bool = True) -> None:
        self.names = [f"event-{number:04d}-quarantined_event" for number in range(waiting)]
        self.applies = applies
        self.room = 100
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, path: str, body: dict[str, Any], key: str) -> httpx.Response:
        self.calls.append((path, body))
        names = [name for name in self.names if not body.get("ids") or name in body["ids"]]
        if not body.get("dry_run"):
            if not names:
                return httpx.Response(404, json={"code": "not_found", "detail": "nothing"})
            if len(names) > self.room:
                return httpx.Response(429, json={"code": "rate_limited", "detail": "wait"})
            self.room -= len(names)
            self.names = [n for n in self.names if n not in names] if self.applies else self.names
        told = {"dry_run": bool(body.get("dry_run")), "matching": len(names)}
        many = {"by_rail": {"ramp": len(names)}, "by_type": {"odd_shape": len(names)}}
        return httpx.Response(200, json={**told, **many, "item_ids": names[:100]})

    def pause(self, _seconds: float) -> None:
        self.room = 100


def told(api: Api, *arguments: str) -> tuple[int, str]:
    options: argparse.Namespace = _parser().parse_args(["replay", *arguments])
    text = io.StringIO()
    post: Post = api
    return run(options, post, Console(file=text, width=200), api.pause), text.getvalue()


def test_without_yes_it_only_counts() -> None:
    api = Api(3)
    status, text = told(api, "--client", "bluebird", "--rail", "ramp")
    assert (status, len(api.names)) == (0, 3)
    assert "3 to replay" in text
    assert api.calls == [("/clients/bluebird/replay", {"rail": "ramp", "dry_run": True})]


def test_a_backlog_goes_a_hundred_a_minute() -> None:
    api = Api(230)
    status, text = told(api, "--firm-wide", "--yes")
    assert (status, api.names) == (0, [])
    assert "replayed 230" in text
    assert {path for path, _ in api.calls} == {"/replay"}


def test_what_is_put_aside_again_is_not_asked_for_ever() -> None:
    api = Api(150, applies=False)
    status, _ = told(api, "--firm-wide", "--yes")
    assert status == 0
    assert len(api.calls) < 6


def test_a_full_minute_is_waited_for_and_a_refusal_is_told() -> None:
    api = Api(5)
    api.room = 0
    assert told(api, "--client", "bluebird", "--yes")[0] == 0
    assert api.names == []
    gone = Api(0)
    status, text = told(gone, "--client", "bluebird", "--yes", "--id", "x")
    assert (status, "0 to replay" in text) == (0, True)
