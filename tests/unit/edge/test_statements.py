"""Statement files over the API: what is asked, shown, refused, and whose it is."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

from rowcol.domain.client import Client
from rowcol.edge.statement_worker import run
from tests.support.desk import SCOPE
from tests.support.statement_files import chase, ofx
from tests.support.statement_web import LINES, MAPPINGS, ODD, ONE, STATEMENTS, Office


def test_a_file_is_sent_answered_applied_and_undone() -> None:
    office = Office()
    sent = office.send(chase(LINES))
    assert (sent.status, sent.body["state"]) == (201, "asking")
    name = sent.body["id"]
    assert sent.headers["Location"] == f"/clients/{SCOPE.client}/statements/{name}"
    (question,) = sent.body["questions"]
    assert question["kind"] == "bank_account"
    assert set(question["choices"]) == {"checking", "savings", "new", "leave"}
    refused = office.do("apply", name)
    assert (refused.status, refused.code) == (409, "wrong_state")
    answered = office.do("answers", name, {"accounts": [{"bank_account_id": "checking"}]})
    assert (answered.body["state"], answered.body["counts"]["added"]) == ("previewed", 60)
    applied = office.do("apply", name)
    assert (applied.status, applied.body["state"]) == (200, "applied")
    assert (applied.body["counts"]["added"], applied.body["counts"]["done"]) == (60, 60)
    again = office.do("apply", name)
    assert (again.status, again.body["counts"]) == (200, applied.body["counts"])
    undone = office.do("undo", name)
    assert (undone.status, undone.body["state"]) == (200, "undone")
    assert undone.body["counts"]["taken_back"] == 60
    assert office.do("apply", name).code == "wrong_state"


def test_rows_are_read_page_by_page_before_and_after() -> None:
    office = Office()
    content = chase(LINES).replace(b"11/02/2026", b"13/02/2026", 1)
    name = office.send(content, bank_account_id="checking").body["id"]
    for applied in (False, True):
        if applied:
            assert office.do("apply", name).status == 200
        rows, cursor = [], None
        while True:
            query = {"limit": "25"} | ({"cursor": cursor} if cursor else {})
            page = office.ask("GET", ONE, query=query, statement=name, person="vera").body
            rows += page["rows"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(rows) == 59
        assert all((row["line_id"] is not None) is applied for row in rows)
    bad = office.ask("GET", ONE, query={"rows": "bad"}, statement=name).body
    assert bad["counts"]["bad"] == 1
    assert [row["code"] for row in bad["bad_rows"]] == ["bad_date"]
    assert bad["bad_rows"][0]["line"] > 1


def test_a_cursor_of_another_question_is_refused() -> None:
    office = Office()
    name = office.send(chase(LINES), bank_account_id="checking").body["id"]
    cursor = office.ask("GET", ONE, query={"limit": "5"}, statement=name).body["next_cursor"]
    wrong = office.ask("GET", ONE, query={"rows": "bad", "cursor": cursor}, statement=name)
    assert (wrong.status, wrong.code) == (400, "invalid_input")


def test_what_nobody_knows_is_asked_and_remembered() -> None:
    office = Office()
    sent = office.send(ODD, bank_account_id="checking")
    (question,) = sent.body["questions"]
    assert (question["kind"], question["headers"]) == (
        "columns", ["Wann", "Was", "Wieviel", "Kasse"],
    )  # fmt: skip
    mapping = {
        "columns": {"Wann": "date", "Was": "description", "Wieviel": "amount"},
        "delimiter": ";", "decimal": ",", "date_order": "day_first",
    }  # fmt: skip
    answers = {"mapping": mapping, "save_mapping_as": "Kasse"}
    answered = office.do("answers", sent.body["id"], answers)
    assert (answered.status, answered.body["state"]) == (200, "previewed"), answered.body
    assert [row["posted_on"] for row in answered.body["first_rows"]] == ["2026-04-03", "2026-04-05"]
    (saved,) = office.ask("GET", MAPPINGS).body["mappings"]
    assert (saved["name"], saved["mapping"]["ignored"]) == ("Kasse", ["kasse"])
    again = office.send(ODD + b"06.04.2026;Wasser;-9,99;A\n", bank_account_id="checking")
    assert (again.body["state"], again.body["dialect"]) == ("previewed", "Kasse")
    gone = office.ask("DELETE", MAPPINGS + "/{mapping}", mapping=saved["id"])
    assert gone.status == 200
    assert office.ask("DELETE", MAPPINGS + "/{mapping}", mapping=saved["id"]).status == 404
    assert office.send(ODD, bank_account_id="checking").body["state"] == "asking"


def test_the_order_of_dates_is_asked() -> None:
    office = Office()
    content = b"Date,Description,Amount\n03/04/2026,RENT,-1.00\n05/06/2026,POWER,-2.00\n"
    sent = office.send(content, bank_account_id="checking")
    (question,) = sent.body["questions"]
    assert question["choices"] == {"month_first": "2026-03-04", "day_first": "2026-04-03"}
    name = sent.body["id"]
    answered = office.do("answers", name, {"date_order": "day_first"})
    assert [row["posted_on"] for row in answered.body["first_rows"]] == ["2026-04-03", "2026-06-05"]
    assert office.do("answers", name, {"decimal": "x"}).code == "invalid_input"


def test_movements_in_other_words_are_asked_about() -> None:
    office = Office()
    known = office.send(chase(LINES), bank_account_id="checking").body["id"]
    assert office.do("apply", known).status == 200
    otherwise = [replace(each, text=f"POS {at}") for at, each in enumerate(LINES)]
    sent = office.send(ofx(otherwise), bank_account_id="checking").body
    assert [question["kind"] for question in sent["questions"]] == ["known_lines"]
    assert set(sent["questions"][0]["choices"]) == {"same", "separate"}
    refused = office.do("answers", sent["id"], {"known_lines": "perhaps"})
    assert (refused.status, refused.code) == (400, "invalid_input")
    answered = office.do("answers", sent["id"], {"known_lines": "same"}).body
    assert (answered["state"], answered["counts"]["known"]) == ("previewed", 60)
    assert office.do("apply", sent["id"]).body["counts"]["added"] == 0


def test_an_account_is_remembered_and_another_one_is_asked_about() -> None:
    office = Office()
    first = office.send(ofx(LINES[:10])).body
    assert first["accounts"][0]["ending"] == "5678"
    office.do("answers", first["id"], {"accounts": [{"bank_account_id": "checking"}]})
    office.do("apply", first["id"])
    second = office.send(ofx(LINES[10:20])).body
    assert (second["state"], second["accounts"][0]["bank_account_id"]) == ("previewed", "checking")
    wrong = office.send(ofx(LINES[20:30]), bank_account_id="savings").body
    assert wrong["state"] == "asking"
    assert "so far of checking" in wrong["questions"][0]["message"]


def test_an_account_that_is_not_connected_comes_with_its_file() -> None:
    office = Office()
    name = office.send(chase(LINES)).body["id"]
    office.do("answers", name, {"accounts": [{"bank_account_id": "new"}]})
    applied = office.do("apply", name)
    (account,) = applied.body["accounts"]
    known = office.books.get(Client, SCOPE.client)
    assert known is not None
    assert account["bank_account_id"] in known.other_account_ids
    assert account["bank_account_id"] not in known.operating_account_ids
    more = office.send(chase(LINES, opening=1), bank_account_id=account["bank_account_id"])
    assert more.body["counts"]["known"] == 60


def test_somebody_elses_account_is_no_answer() -> None:
    office = Office()
    name = office.send(chase(LINES)).body["id"]
    answered = office.do("answers", name, {"accounts": [{"bank_account_id": "not-ours"}]})
    assert (answered.status, answered.code) == (400, "unknown_value")
    assert office.send(chase(LINES), bank_account_id="not-ours").body["state"] == "asking"


def test_a_larger_file_is_uploaded() -> None:
    office = Office()
    content = chase(LINES)
    body = {"file_name": "year.csv", "size_bytes": len(content), "bank_account_id": "checking"}
    asked = office.ask("POST", f"{STATEMENTS}/uploads", body, key="upload-0001")
    assert (asked.status, asked.body["state"]) == (202, "uploading")
    assert asked.body["upload"]["method"] == "PUT"
    name = asked.body["id"]
    assert office.do("read", name).code == "wrong_state"
    office.files.keep(SCOPE, name, content)
    assert office.do("read", name).status == 202
    office.work()
    read = office.ask("GET", ONE, statement=name).body
    assert (read["state"], read["counts"]["added"], len(read["rows"])) == ("previewed", 60, 50)
    repeated = office.ask("POST", f"{STATEMENTS}/uploads", body, key="upload-0001")
    assert (repeated.body["id"], repeated.body["state"]) == (name, "previewed")
    assert repeated.body["upload"] is None


def test_the_bucket_tells_of_an_upload() -> None:
    office = Office()
    body = {"file_name": "bad.csv", "size_bytes": 4}
    name = office.ask("POST", f"{STATEMENTS}/uploads", body).body["id"]
    office.files.keep(SCOPE, name, b"\0\0\0\0")
    key = f"uploads/{SCOPE.firm}/{SCOPE.client}/{name}"
    notice = {"source": "aws.s3", "detail": {"bucket": {"name": "b"}, "object": {"key": key}}}
    run(office.environment, notice, office.clock.now() + timedelta(seconds=60))
    read = office.ask("GET", ONE, statement=name).body
    assert (read["state"], read["rejection"]["code"]) == ("rejected", "empty_file")


def test_what_is_too_large_is_refused_before_it_is_sent() -> None:
    office = Office()
    body = {"file_name": "huge.csv", "size_bytes": 20_000_001}
    refused = office.ask("POST", f"{STATEMENTS}/uploads", body)
    assert (refused.status, refused.code) == (400, "too_many_items")
    large = office.send(b"x" * 4_000_001)
    assert (large.status, large.code) == (400, "import_unreadable")
    assert large.body["numbers"]["problem"] == "file_too_large"
    assert "uploads" in large.body["remedy"]


def test_a_file_that_cannot_be_read_is_a_clear_problem_and_is_not_kept() -> None:
    office = Office()
    refused = office.send(b"Date,Description,Amount\n2026-11-02,RENT,lots\n")
    assert (refused.status, refused.code) == (400, "import_unreadable")
    assert (refused.body["numbers"]["problem"], refused.body["numbers"]["line"]) == (
        "bad_amount",
        2,
    )
    assert office.files.contents == {}
    assert office.ask("GET", STATEMENTS).body["items"] == []
    assert office.send(b"").code == "import_unreadable"
    body = {"file_name": "f", "content": "!"}
    assert office.ask("POST", STATEMENTS, body).code == "import_unreadable"


def test_a_preview_can_be_forgotten_and_an_import_cannot() -> None:
    office = Office()
    name = office.send(chase(LINES), bank_account_id="checking").body["id"]
    assert office.ask("DELETE", ONE, statement=name).body["state"] == "deleted"
    assert office.files.contents == {}
    assert office.ask("GET", ONE, statement=name).status == 404
    assert office.ask("DELETE", ONE, statement=name).status == 404
    assert office.do("apply", name).status == 404
    name = office.send(chase(LINES), bank_account_id="checking").body["id"]
    office.do("apply", name)
    assert office.ask("DELETE", ONE, statement=name).code == "wrong_state"


def test_nobody_else_sees_it_and_viewers_only_look() -> None:
    office = Office()
    name = office.send(chase(LINES), bank_account_id="checking").body["id"]
    assert office.ask("GET", ONE, person="otto", statement=name).status == 404
    assert office.ask("GET", ONE, person="otto", of="cedar", statement=name).status == 404
    for verb in ("apply", "undo", "answers", "read"):
        assert office.do(verb, name, person="otto", of="cedar").status == 404
        assert office.do(verb, name, person="vera").status == 403
    assert office.ask("GET", STATEMENTS, person="vera").status == 200


def test_the_same_key_is_the_same_file() -> None:
    office = Office()
    content = base64.b64encode(chase(LINES)).decode()
    body = {"file_name": "f.csv", "content": content, "bank_account_id": "checking"}
    first = office.ask("POST", STATEMENTS, body, key="statement-1")
    office.do("apply", first.body["id"])
    again = office.ask("POST", STATEMENTS, body, key="statement-1")
    assert (again.body["id"], again.body["state"]) == (first.body["id"], "applied")
    other = office.ask("POST", STATEMENTS, {**body, "file_name": "g.csv"}, key="statement-1")
    assert (other.status, other.code) == (409, "idempotency_key_reused")


def test_numbers_of_accounts_are_masked_and_never_logged() -> None:
    office = Office()
    number = "123456789012"
    content = f"Konto;Wann;Was\n{number};03.04.2026;x\n".encode()
    sent = office.send(content, file_name=f"export-{number}.csv")
    assert sent.status == 201
    assert number not in json.dumps(sent.body)
    assert "…9012" in json.dumps(sent.body, ensure_ascii=False)
    office.send(f"Date,Description,Amount\n{number},x,1\n".encode())
    name = office.send(ofx(LINES)).body["id"]
    office.do("answers", name, {"accounts": [{"bank_account_id": "checking"}]})
    office.do("apply", name)
    log = json.dumps([entry.data for entry in office.books.entries(limit=1000)])
    for secret in (number, "000912345678", "SHOP"):
        assert secret not in log
    assert name in log


def test_files_are_listed_the_latest_first() -> None:
    office = Office()
    names = []
    for at in range(3):
        names.append(office.send(chase(LINES, opening=at)).body["id"])
        office.clock.pause(1)
    page = office.ask("GET", STATEMENTS, query={"limit": "2"}).body
    assert [each["id"] for each in page["items"]] == names[:0:-1]
    rest = office.ask("GET", STATEMENTS, query={"cursor": page["next_cursor"]}).body
    assert [each["id"] for each in rest["items"]] == names[:1]


def test_a_preview_that_nobody_applies_goes_by_itself() -> None:
    office = Office()
    name = office.send(chase(LINES)).body["id"]
    office.clock.pause(31 * 86_400)
    office.sweep()
    assert office.ask("GET", ONE, statement=name).status == 404
