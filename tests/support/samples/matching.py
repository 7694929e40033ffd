"""Samples of bank lines, matches, bank names and the tolerance."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, BEN, VERA, Sample, answered, proxy

_CLIENT = "/clients/{client}"
_MATCH = "mat_" + "0" * 40


def matching_samples() -> list[Sample]:
    """Of the function that serves them."""

    def read(case: str, path: str, status: int = 200, **how: Any) -> Sample:
        event = proxy("GET", f"{_CLIENT}{path}", **how)
        return Sample("cash_matching", case, event, answered(status))

    def ask(case: str, path: str, expected: dict[str, Any], body: object, **how: Any) -> Sample:
        event = proxy("POST", f"{_CLIENT}{path}", body=body, **how)
        return Sample("cash_matching", case, event, expected)

    unknown, match, line = answered(404, "not_found"), {"match": _MATCH}, {"line": "no-line"}
    wish = {"line_ids": ["no-line"], "items": [{"kind": "bill", "id": "bill-1"}]}
    tolerance = {"basis_points": 50, "floor_minor": 500}
    put = proxy("PUT", f"{_CLIENT}/cash-tolerance", sub=BEN, body=tolerance, version=0, key=None)
    return [
        read("bank_lines", "/bank-lines", query={"state": "unmatched"}, sub=VERA),
        read("bank_line_unknown", "/bank-lines/{line}", 404, **line),
        read("matches", "/matches", query={"state": "confirmed"}),
        read("match_unknown", "/matches/{match}", 404, **match),
        read("bank_aliases", "/bank-aliases", sub=VERA),
        read("cash_tolerance", "/cash-tolerance", sub=VERA),
        ask("match_unknown_line", "/matches", unknown, wish, key="sample-key-match-1"),
        ask("match_nothing", "/matches", answered(400, "invalid_input"), {}, sub=ANN),
        ask("match_by_viewer", "/matches", answered(403, "forbidden"), wish, sub=VERA),
        ask("match_dry_run", "/matches/run", answered(200), {"dry_run": True}),
        ask("match_reject_unknown", "/matches/{match}/reject", unknown, {},
            key="sample-key-match-2", **match),
        ask("match_undo_unknown", "/matches/{match}/undo", unknown, {},
            key="sample-key-match-3", **match),
        ask("bank_line_release_unknown", "/bank-lines/{line}/release", unknown, {},
            key="sample-key-match-4", **line),
        Sample("cash_matching", "bank_alias_unknown",
               proxy("DELETE", f"{_CLIENT}/bank-aliases/{{alias}}", alias="alias_0"), unknown),
        Sample("cash_matching", "cash_tolerance_without_second_factor", put,
               answered(401, "step_up_required")),
    ]  # fmt: skip
