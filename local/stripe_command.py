"""`rowcol stripe`: preview a report of Stripe's here or over the API, and apply it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from local.file_sending import (
    ASKED,
    DONE,
    FAILED,
    Json,
    Print,
    Target,
    add_preview_and_apply,
    content_of,
    plain,
    say_problems,
    sent,
    until,
    with_target,
)
from rowcol.domain.receivables.file_reading import DecimalQuestion
from rowcol.domain.statements.reading import Rejected
from rowcol.edge.stripe_files.read import read_stripe_file


def add_parser(commands: Any, attach: Callable[[argparse.Namespace], Any]) -> None:
    """The `stripe` command; `attach` gives the running local stack."""
    stripe = commands.add_parser("stripe", help="report files of Stripe's")
    add_preview_and_apply(stripe, "a file", _add_options, lambda options: _run(options, attach))


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--decimal", choices=(".", ","), help="how amounts are written")


def _run(options: argparse.Namespace, attach: Callable[[argparse.Namespace], Any]) -> int:
    content = content_of(options.file)
    if content is None:
        return FAILED
    if options.client is None:
        return preview_here(content, options.decimal, print)
    return with_target(options, attach, lambda target: import_report(target, options, content))


def preview_here(content: bytes, decimal: str | None, say: Print) -> int:
    """What a file says, read by this process alone: nothing leaves the machine."""
    outcome = read_stripe_file(content, decimal)
    if isinstance(outcome, Rejected):
        where = f" (line {outcome.line})" if outcome.line else ""
        say(f"it cannot be imported: {outcome.code.value}: {outcome.message}{where}")
        return FAILED
    if isinstance(outcome, DecimalQuestion):
        return _ask(outcome.message, say)
    say(
        f"{outcome.layout.value}: {len(outcome.rows)} rows, {outcome.first_on} to {outcome.last_on}"
    )
    for total in outcome.totals:
        say(f"  gross {total.gross}, fees {total.fee}, net {total.net}")
    problems = (*outcome.warnings, *outcome.bad_rows)
    say_problems([(each.line, each.message) for each in problems], say)
    return DONE


def _ask(message: str, say: Print) -> int:
    say(f"asked: {plain(message)}")
    say("  answer with --decimal , or --decimal .")
    return ASKED


def import_report(
    target: Target, options: argparse.Namespace, content: bytes, say: Print = print
) -> int:
    """Send a file, and apply it if that is asked for."""
    base = f"/clients/{options.client}/stripe/import"
    more = {"decimal": options.decimal} if options.decimal else {}
    file = sent(target, base, options.file.name, content, more)
    if file["state"] == "rejected":
        say(f"it cannot be imported: {file['rejection']['message']}")
        return FAILED
    if file["state"] == "asking":
        return _ask(file["question"]["message"], say)
    _say_file(file, say)
    if not options.is_apply:
        return DONE
    one = f"{base}/{file['id']}"
    file = until(target, one, target.call("POST", f"{one}/apply"), "applying")
    say(f"{file['state']}: {file['rows_done']} rows, {file['changed_objects']} objects changed")
    return DONE if file["state"] == "applied" else FAILED


def _say_file(file: Json, say: Print) -> None:
    seen = file["seen"]
    say(f"{file['id']}: {seen['layout']}, {seen['rows']} rows, {seen['new_objects']} objects new, "
        f"{seen['known_objects']} known, {seen['bad_row_count']} rows cannot be read")  # fmt: skip
    problems = (*seen["warnings"], *seen["bad_rows"])
    say_problems([(each["line"], each["message"]) for each in problems], say)
    if seen["same_file_as"]:
        say(f"this very file was imported before: {seen['same_file_as']}")
