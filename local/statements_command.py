"""`rowcol statements`: preview a bank's file here or over the API, and apply it."""

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
from rowcol.domain.statements.checks import closing_gap
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.identity import major_text
from rowcol.domain.statements.reading import Problem, Question, Reading, Rejected
from rowcol.edge.statements.read import read_statement


def add_parser(commands: Any, attach: Callable[[argparse.Namespace], Any]) -> None:
    """The `statements` command; `attach` gives the running local stack."""
    statements = commands.add_parser("statements", help="bank statement files")
    add_preview_and_apply(
        statements, "a file's lines", _add_options, lambda options: _run(options, attach)
    )


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", help="the client's account, `new`, or `leave`")
    parser.add_argument("--date-order", choices=("month_first", "day_first"))
    parser.add_argument("--feed-lines", choices=("same", "separate"))
    parser.add_argument("--known-lines", choices=("same", "separate"))
    parser.add_argument("--currency", default="USD", help="of a preview without a client")


def _run(options: argparse.Namespace, attach: Callable[[argparse.Namespace], Any]) -> int:
    content = content_of(options.file)
    if content is None:
        return FAILED
    if options.client is None:
        return preview_here(content, options.file.name, options.currency, print)
    return with_target(options, attach, lambda target: import_file(target, options, content))


def preview_here(content: bytes, name: str, currency: str, say: Print) -> int:
    """What a file says, read by this process alone: nothing leaves the machine."""
    outcome = read_statement(content, Hints(currency, file_name=name))
    if isinstance(outcome, Rejected):
        where = f" (line {outcome.line})" if outcome.line else ""
        say(f"it cannot be imported: {outcome.code.value}: {outcome.message}{where}")
        _say_problems(outcome.bad_rows, say)
        return FAILED
    if isinstance(outcome, Question):
        say(f"asked: {outcome.message}")
        for answer, meaning in outcome.choices.items():
            say(f"  {answer}: {meaning}")
        if outcome.headers:
            say(f"  columns: {plain(', '.join(outcome.headers))}")
        return ASKED
    _say_reading(outcome, say)
    return DONE


def _say_reading(reading: Reading, say: Print) -> None:
    say(f"{reading.format.value}, {reading.profile or 'as the format says'}")
    for statement in reading.statements:
        currency, lines = statement.currency, statement.lines
        days = f"{lines[0].posted_on} to {lines[-1].posted_on}" if lines else "no entries"
        ending = f" …{statement.account.ending}" if statement.account.ending else ""
        say(
            f"account{ending}: {len(lines)} lines, {days}; in "
            f"{major_text(statement.credits_minor, currency)}, out "
            f"{major_text(statement.debits_minor, currency)} {currency}"
        )
        gap = closing_gap(statement)
        if gap is not None:
            say("balances agree" if not gap else f"balances differ by {major_text(gap, currency)}")
        for line in lines[:5]:
            amount = major_text(line.amount_minor, currency)
            say(f"  {line.posted_on} {amount:>12} {plain(line.description[:60])}")
    _say_problems(reading.warnings, say)
    _say_problems(reading.notes, say)
    if reading.bad_row_count:
        say(f"{reading.bad_row_count} rows cannot be read:")
        _say_problems(reading.bad_rows, say)


def _say_problems(problems: tuple[Problem, ...], say: Print) -> None:
    say_problems([(each.line, each.message) for each in problems], say)


def import_file(
    target: Target, options: argparse.Namespace, content: bytes, say: Print = print
) -> int:
    """Send a file, answer with what the options say, and apply it if that is asked for."""
    base = f"/clients/{options.client}/statements"
    file = sent(target, base, options.file.name, content, {})
    file = _answered(target, base, file, options)
    _say_file(file, say)
    if file["state"] == "rejected":
        return FAILED
    if file["questions"]:
        for question in file["questions"]:
            say(f"asked: {question['message']}")
            for answer, meaning in question["choices"].items():
                say(f"  {answer}: {meaning}")
        return ASKED
    if not options.is_apply:
        return DONE
    one = f"{base}/{file['id']}"
    file = until(target, f"{one}?limit=1", target.call("POST", f"{one}/apply"), "applying")
    counts = file["counts"]
    say(f"{file['state']}: {counts['added']} added, {counts['linked']} linked with the feed's, "
        f"{counts['known']} known already")  # fmt: skip
    return DONE if file["state"] == "applied" else FAILED


def _answered(target: Target, base: str, file: Json, options: argparse.Namespace) -> Json:
    kinds = {question["kind"] for question in file["questions"]}
    answers: Json = {}
    if options.account and "bank_account" in kinds:
        answers["accounts"] = [
            {"account": question["account"], "bank_account_id": options.account}
            for question in file["questions"]
            if question["kind"] == "bank_account"
        ]
    if options.date_order and kinds & {"date_order", "locale"}:
        answers["date_order"] = options.date_order
    for kind in ("feed_lines", "known_lines"):
        if kind in kinds and getattr(options, kind):
            answers[kind] = getattr(options, kind)
    if not answers:
        return file
    again = target.call("POST", f"{base}/{file['id']}/answers", answers)
    # An answer may lead to the next question: of the account, once the columns are known.
    return again if again["questions"] == file["questions"] else _answered(
        target, base, again, options
    )  # fmt: skip


def _say_file(file: Json, say: Print) -> None:
    if file["rejection"]:
        say(f"it cannot be imported: {file['rejection']['message']}")
        return
    counts = file["counts"]
    say(f"{file['id']}: {file['state']}, {file['format'] or '?'}, {file['dialect'] or '-'}")
    for account in file["accounts"]:
        ending = f" …{account['ending']}" if account["ending"] else ""
        name = account["bank_account_id"] or "?"
        days = f"{account['from_on']} to {account['to_on']}"
        say(f"account{ending} is {name}: {account['lines']} lines, {days}")
    if file["is_balanced"] is not None:
        say("balances agree" if file["is_balanced"] else "balances do not agree with the lines")
    say(
        f"{counts['lines']} lines: {counts['added']} to add, {counts['linked']} the feed has too, "
        f"{counts['known']} known; {counts['bad']} rows cannot be read"
    )
    if file["same_file_as"]:
        say(f"this very file was imported before: {file['same_file_as']}")
