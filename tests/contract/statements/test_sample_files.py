"""The sample files of the contract, where they lie beside this repository: each to its truth."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rowcol.domain.date_order import DateOrder
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.identity import keys_of
from rowcol.domain.statements.importing import Known, preview
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.profile import MappingProfile
from rowcol.domain.statements.reading import Outcome, ProblemCode, Question, Reading, Rejected
from rowcol.edge.statements.read import read_statement

SAMPLES = Path(__file__).resolve().parents[4] / "shared/rails/statements"
if not SAMPLES.is_dir():
    pytest.skip("the samples are not beside the repository", allow_module_level=True)

TRUTH: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text())
HOSTILE: dict[str, Any] = json.loads((SAMPLES / "hostile/manifest.json").read_text())["files"]
GOOD = sorted(
    path
    for folder in ("bai2", "camt053", "csv", "mt940", "ofx", "xlsx")
    for path in (SAMPLES / folder).iterdir()
)
# Formats of ASCII alone say an ampersand and accents otherwise, and have keys of their own.
OWN_WORDS = {"statement.sta", "statement.bai"}
EUROPEAN = MappingProfile(
    "",
    {
        "date": Role.DATE,
        "description": Role.DESCRIPTION,
        "amount": Role.AMOUNT,
        "balance": Role.BALANCE,
    },
    delimiter=";",
    decimal=",",
    date_order=DateOrder.DAY_FIRST,
)


def read(path: Path, profile: MappingProfile | None = None) -> Outcome:
    return read_statement(
        path.read_bytes(), Hints(ending="5678", file_name=path.name, profile=profile)
    )


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_a_sample_says_what_is_true(path: Path) -> None:
    outcome = read(path)
    assert isinstance(outcome, Reading), outcome
    assert (outcome.bad_rows, outcome.warnings) == ((), ())
    (statement,) = outcome.statements
    assert len(statement.lines) == len(TRUTH["transactions"])
    for line, truth in zip(statement.lines, TRUTH["transactions"], strict=True):
        assert line.posted_on == date.fromisoformat(truth["date"])
        assert line.amount_minor == cents(truth["amount"])
        assert line.check_number == truth["check_number"]
        assert line.occurrence == truth["occurrence"]
        assert line.reference in (None, truth["bank_reference"])
        if path.name not in OWN_WORDS:
            assert line.description == truth["description"]
            assert keys_of(line, "5678", "USD").content == truth["dedupe_key"]
        else:
            assert line.description.replace("+", "&") == truth["description_ascii"]
        if line.balance_minor is not None:
            assert line.balance_minor == cents(truth["balance"])
    told = TRUTH["statement"]
    assert statement.credits_minor == cents(told["total_credits"])
    assert statement.debits_minor == cents(told["total_debits"])
    if statement.opening is not None:
        assert statement.opening.minor == cents(told["opening_balance"])
    if statement.closing is not None:
        assert statement.closing.minor == cents(told["closing_balance"])


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_does_what_its_manifest_says(name: str) -> None:
    said = HOSTILE[name]
    outcome = read(SAMPLES / "hostile" / name)
    match said["expected"]:
        case "reject":
            assert isinstance(outcome, Rejected | Question), outcome
            assert outcome.code == said["code"]
            if "bad_rows" in said and isinstance(outcome, Rejected):
                assert [bad.line for bad in outcome.bad_rows] == said["bad_rows"]
            return
        case "accept_with_mapping":
            assert isinstance(outcome, Question), outcome
            assert outcome.code == said["code"]
            outcome = read(SAMPLES / "hostile" / name, EUROPEAN)
    assert isinstance(outcome, Reading), outcome
    lines = [line for statement in outcome.statements for line in statement.lines]
    warned = {problem.code for problem in outcome.warnings}
    if said["expected"] == "accept_with_warning":
        assert ProblemCode(said["code"]) in warned
    else:
        assert warned == set()
    if "transactions" in said:
        assert len(lines) == said["transactions"]
    if "amounts" in said:
        assert [line.amount_minor for line in lines] == [cents(each) for each in said["amounts"]]
    if "dates" in said:
        assert [line.posted_on.isoformat() for line in lines] == said["dates"]


def test_the_next_download_adds_only_what_is_new() -> None:
    first = read(SAMPLES / "csv/chase_business_checking.csv")
    second = read(SAMPLES / "hostile/csv_overlap_next_import.csv")
    assert isinstance(first, Reading)
    assert isinstance(second, Reading)
    known = Known.of(preview(first.statements[0], "5678", Known.nothing()).new)
    found = preview(second.statements[0], "5678", known)
    said = HOSTILE["csv_overlap_next_import.csv"]
    assert (len(found.new), len(found.duplicates)) == (said["new"], said["duplicates"])


@pytest.mark.parametrize(
    "path",
    [path for path in GOOD if path.name not in OWN_WORDS],
    ids=lambda path: path.name,
)
def test_the_same_month_in_another_format_adds_nothing(path: Path) -> None:
    first = read(SAMPLES / "csv/chase_business_checking.csv")
    second = read(path)
    assert isinstance(first, Reading)
    assert isinstance(second, Reading)
    known = Known.of(preview(first.statements[0], "5678", Known.nothing()).new)
    assert preview(second.statements[0], "5678", known).new == ()
