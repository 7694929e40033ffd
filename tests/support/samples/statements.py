"""Samples of statement files: previewed, asked about, and what the worker is told of."""

from __future__ import annotations

from typing import Any

from local.demo.firm import FIRM
from rowcol.edge.statement_examples import MAPPING, STATEMENT, UPLOAD
from tests.support.samples.shapes import ANN, CLIENT, VERA, Sample, answered, proxy

_STATEMENTS = "/clients/{client}/statements"
_ONE = f"{_STATEMENTS}/{{statement}}"


def statement_samples() -> list[Sample]:
    """Of the function that answers and of the one that goes on."""

    def sample(case: str, event: dict[str, Any], expected: dict[str, Any]) -> Sample:
        return Sample("statement_imports", case, event, expected)

    def asked(case: str, expected: dict[str, Any], route: str, body: object, **how: Any) -> Sample:
        key = f"sample-key-statement-{case}"
        return sample(case, proxy("POST", route, body=body, key=key, **how), expected)

    unknown = answered(404, "not_found")
    name = "stm_unknown"
    work = {"firm": FIRM, "client": CLIENT.id}
    key = f"uploads/{FIRM}/{CLIENT.id}/stm_unknown"
    notice = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": "files"}, "object": {"key": key, "size": 1}},
    }
    strange = {**notice, "detail": {"bucket": {"name": "files"}, "object": {"key": "other"}}}
    bad = {"error": "BadTaskInput"}
    return [
        asked("preview", answered(201), _STATEMENTS, STATEMENT, sub=ANN),
        asked("preview_by_viewer", answered(403, "forbidden"), _STATEMENTS, STATEMENT, sub=VERA),
        asked(
            "no_file",
            answered(400, "import_unreadable"),
            _STATEMENTS,
            {"file_name": "empty.csv", "content": ""},
        ),
        asked("upload", answered(202), f"{_STATEMENTS}/uploads", UPLOAD),
        asked("apply_unknown", unknown, f"{_ONE}/apply", {}, statement=name),
        asked("undo_unknown", unknown, f"{_ONE}/undo", {}, statement=name),
        asked("mapping", answered(201), "/clients/{client}/statement-mappings", MAPPING),
        sample("list", proxy("GET", _STATEMENTS, sub=VERA), answered(200)),
        sample("unknown", proxy("GET", _ONE, sub=VERA, statement=name), unknown),
        Sample("statement_work", "unknown", {**work, "statement": name}, bad),
        Sample("statement_work", "no_statement", work, bad),
        Sample("statement_work", "upload_of_nothing_known", notice, bad),
        Sample("statement_work", "strange_key", strange, bad),
    ]
