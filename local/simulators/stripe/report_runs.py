"""Reports asked for through the API: a run, its end as an event, its file (stripe contract, 1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from local.simulators.messages import ControlError, Json, SimRequest, SimResponse, json_response
from local.simulators.stripe.columns import REPORT_TYPES
from local.simulators.stripe.errors import missing, refuse
from local.simulators.stripe.reports import Options, write_report

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

_FILE_DAYS = 365
_PARAMETERS = ("columns", "currency", "interval_end", "interval_start", "timezone")


class ReportRuns:
    """Tables report_runs and files."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def create(self, request: SimRequest) -> SimResponse:
        """Start a run; its file comes some time later."""
        core = self._core
        account = str((core.caller(request) or {})["account"])
        form = request.form()
        kind = form.get("report_type", "")
        if kind not in REPORT_TYPES:
            raise refuse(f"Invalid report type: {kind}", param="report_type")
        parameters = _parameters(form)
        options = _options(parameters)
        try:
            write_report(core, account, kind, options)
        except ControlError as problem:
            raise refuse(str(problem), param="parameters[columns]") from None
        run: Json = {
            "id": core.key("frr"),
            "object": "reporting.report_run",
            "created": core.unix(),
            "error": None,
            "livemode": core.account(account)["livemode"],
            "parameters": parameters,
            "report_type": kind,
            "result": None,
            "status": "pending",
            "succeeded_at": None,
        }
        row = {"account": account, "object": run, "base_url": request.base_url}
        core.document.put("report_runs", run["id"], row)
        at = core.now() + timedelta(seconds=float(core.setting("report_seconds")))
        core.timers.set("report", at, {"run": run["id"]})
        return json_response(200, run)

    def read(self, request: SimRequest, key: str) -> SimResponse:
        """A run and, when it is done, its file."""
        return json_response(200, self._own(request, "report_runs", key)["object"])

    def contents(self, request: SimRequest, key: str) -> SimResponse:
        """The file's bytes."""
        row = self._own(request, "files", key)
        return SimResponse(200, {"content-type": "text/csv"}, row["text"].encode())

    def finish(self, run_id: str) -> None:
        """The run ends, well or not, and says so."""
        core = self._core
        row = core.row("report_runs", run_id)
        run = row["object"]
        if core.faults.take("report_fails", report_type=run["report_type"]) is not None:
            run.update(status="failed", error="An error occurred while generating the report.")
            core.document.put("report_runs", run_id, row)
            core.notices.event(row["account"], "reporting.report_run.failed", run)
            return
        options = _options(run["parameters"])
        text = write_report(core, row["account"], run["report_type"], options)
        key = core.key("file")
        until = core.now() + timedelta(days=_FILE_DAYS)
        run["result"] = {
            "id": key,
            "object": "file",
            "created": core.unix(),
            "expires_at": int(until.timestamp()),
            "filename": f"{run_id}.csv",
            "links": {"object": "list", "data": [], "has_more": False, "url": "/v1/file_links"},
            "purpose": "finance_report_run",
            "size": len(text.encode()),
            "title": f"FinanceReportRun {run_id}",
            "type": "csv",
            "url": f"{row['base_url']}/v1/files/{key}/contents",
        }
        run.update(status="succeeded", succeeded_at=core.unix())
        core.document.put("files", key, {"account": row["account"], "text": text})
        core.document.put("report_runs", run_id, row)
        core.notices.event(row["account"], "reporting.report_run.succeeded", run)

    def _own(self, request: SimRequest, table: str, key: str) -> Json:
        row = self._core.document.get(table, key)
        caller = self._core.caller(request) or {}
        if row is None or row["account"] != caller["account"]:
            raise missing(table.removesuffix("s"), key)
        found: Json = row
        return found


def _parameters(form: dict[str, str]) -> Json:
    """`parameters[name]` and `parameters[columns][0]` as an object. Raises Refusal."""
    parameters: Json = {}
    for name, value in form.items():
        if not name.startswith("parameters["):
            continue
        inner = name.removeprefix("parameters[").partition("]")[0]
        if inner not in _PARAMETERS:
            raise refuse(f"Received unknown parameter: {name}", "parameter_unknown", name)
        if inner == "columns":
            parameters.setdefault("columns", []).append(value)
        else:
            parameters[inner] = int(value) if inner.startswith("interval") else value
    for name in ("interval_start", "interval_end"):
        if name not in parameters:
            path = f"parameters[{name}]"
            raise refuse(f"Missing required param: {path}.", "parameter_missing", path)
    return parameters


def _options(parameters: Json) -> Options:
    zone = parameters.get("timezone", "Etc/UTC")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise refuse(f"Invalid timezone: {zone}", param="parameters[timezone]") from None
    names = parameters.get("columns")
    return Options(
        columns=None if names is None else tuple(names),
        timezone=zone,
        start=datetime.fromtimestamp(parameters["interval_start"], UTC),
        end=datetime.fromtimestamp(parameters["interval_end"], UTC),
        currency=parameters.get("currency"),
    )
