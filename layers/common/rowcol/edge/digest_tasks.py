"""The function of digests: the API's routes, a sending that the minute sweep asked for, and what
SES reports of mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.domain.scope import valid_id
from rowcol.edge.digest import written
from rowcol.edge.digest_operations import OPERATIONS
from rowcol.edge.digest_reports import report_of
from rowcol.edge.http import guarded
from rowcol.edge.observability import count, line
from rowcol.edge.task import BadTaskInput
from rowcol.service.digest.delivery import Told, take_report
from rowcol.service.digest.sending import STOPPED, send_due
from rowcol.service.environment import Environment

SES = "aws.ses"


class DigestNotConfigured(Exception):
    """This function was not given what it sends with: a defect of its wiring."""


def run(environment: Environment, event: Mapping[str, Any]) -> dict[str, Any]:
    """`{"step": "send", "firm", "member"}` or an event of SES, neither of which the API ever makes;
    else an API event."""
    if event.get("source") == SES:
        return _reported(environment, event)
    if "step" not in event:
        return guarded(event, OPERATIONS, environment)
    firm, member = event.get("firm"), event.get("member")
    if not (isinstance(firm, str) and isinstance(member, str)):
        raise BadTaskInput("firm and member are needed")
    if not (valid_id(firm) and valid_id(member)):
        raise BadTaskInput("firm and member are ids")
    if environment.digests is None:
        raise DigestNotConfigured
    outcome = send_due(environment, environment.digests, firm, member, written)
    line("digest", firm=firm, member=member, outcome=outcome)
    if outcome == STOPPED:
        count("DigestNotSent", 1)
    return {"outcome": outcome}


def _reported(environment: Environment, event: Mapping[str, Any]) -> dict[str, Any]:
    report = report_of(event.get("detail"))
    if report is None:
        return {"outcome": "not_ours"}
    changed = take_report(environment, report)
    line("mail_report", firm=report.firm, member=report.member_id, told=report.told.value,
         changed=changed)  # fmt: skip
    if changed and report.told is not Told.TAKEN:
        count("DigestNotSent", 1)
    return {"outcome": report.told.value if changed else "known"}
