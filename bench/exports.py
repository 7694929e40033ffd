"""A list of 50,000 payments as text and as a workbook, each in a process of its own.

Memory is all that the process ever held, Python and the layer included, as the function would.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.apart import told_by
from bench.result import Section, under

ROWS = 50_000
PAGE = 200


def section(rows: int = ROWS) -> Section:
    """Peak memory and seconds of CPU of each format."""
    figures = []
    for format_ in ("csv", "xlsx"):
        found = told_by("exports", format_, rows)
        figures += [
            under(f"memory of the process, {format_}", found["peak_megabytes"], 256, " MB", 0),
            under(f"CPU, {format_}, {found['megabytes']:.0f} MB", found["seconds"], 300, " s"),
        ]
    return Section(
        f"A list of {rows:,} payments as a file",
        tuple(figures),
        ("Pages come from memory: what the table takes is not in it.",),
    )


def child(format_: str, rows: int) -> None:
    """One file; prints what it took."""
    import resource

    # What is measured is loaded here.
    from rowcol.domain.export import ExportAsked, ExportFormat
    from rowcol.domain.plain import to_plain
    from rowcol.domain.refusal import Refusal
    from rowcol.domain.scope import Actor, ActorKind, Member, Role, Scope
    from rowcol.edge.caller import Caller
    from rowcol.edge.exports.lists import all_lists
    from rowcol.edge.exports.write import write_list
    from rowcol.edge.operation import Call, NoBody, Reply
    from rowcol.edge.reading import PageQuery
    from rowcol.service.rights import rights_as
    from tests.support.desk import Desk
    from tests.support.domain import builders

    desk = Desk()
    payment = to_plain(builders.payment())

    def page(call: Call) -> Reply | Refusal:
        first = int(call.query_as(PageQuery).cursor or "0")
        last = min(first + PAGE, rows)
        found = [
            {"payment": {**payment, "id": f"pay_{place:06d}"}, "sequence": place}
            for place in range(first, last)
        ]
        return Reply({"items": found, "next_cursor": str(last) if last < rows else None})

    known = all_lists()["listPayments"]
    payments = replace(known, operation=replace(known.operation, run=page))
    member = Member("ada", 0, {"*": (Role.FIRM_ADMIN,)})
    caller = Caller(
        Actor(ActorKind.PERSON, "ada"), rights_as(desk.store.books(Scope("maple")), member)
    )
    call = Call(desk.environment, caller, {"client": "bluebird"}, NoBody(), PageQuery(), None, None)
    asked = ExportAsked("listPayments", ExportFormat(format_))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "list"
        began = time.process_time()
        written = write_list(payments, call, asked, place)
        seconds = time.process_time() - began
        assert not isinstance(written, Refusal), written
        assert written.rows == rows
        size = place.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak_megabytes": peak, "seconds": seconds, "megabytes": size / 1e6}))
