"""Sample files of every format, and hostile ones, go through the API."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.statement_web import Office

SAMPLES = Path(__file__).parents[4] / "shared" / "rails" / "statements"


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
def test_every_sample_file_goes_through_the_api() -> None:
    files = [
        path
        for path in sorted(SAMPLES.rglob("*"))
        if path.is_file() and path.name != "expected.json" and "hostile" not in path.parts
    ]
    assert files
    for path in files:
        office = Office()
        sent = office.send(path.read_bytes(), file_name=path.name)
        assert sent.status in (201, 400), (path, sent.body)
        if sent.status == 400:
            assert sent.code == "import_unreadable", path
            continue
        places = range(len(sent.body["accounts"]))
        accounts = [{"account": at, "bank_account_id": "new"} for at in places]
        answered = office.do("answers", sent.body["id"], {"accounts": accounts})
        if answered.body["state"] != "previewed":
            assert {each["kind"] for each in answered.body["questions"]} <= {
                "columns", "date_order", "locale",
            }, path  # fmt: skip
            continue
        applied = office.do("apply", sent.body["id"])
        counts = applied.body["counts"]
        assert applied.body["state"] == "applied", (path, applied.body)
        assert counts["added"] + counts["known"] == counts["lines"], path
        undone = office.do("undo", sent.body["id"])
        assert undone.body["counts"]["taken_back"] == counts["added"], path


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
def test_every_hostile_file_is_refused_or_shown_for_what_it_is() -> None:
    office = Office()
    for path in sorted((SAMPLES / "hostile").rglob("*")):
        if path.is_file() and not path.name.endswith(".json"):
            content = path.read_bytes()
            if len(content) <= 4_000_000:
                sent = office.send(content, file_name=path.name)
                assert sent.status in (201, 400), path
                assert sent.status == 201 or sent.code == "import_unreadable", path
