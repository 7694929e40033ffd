"""Functions run against the layer alone and fail as they fail on AWS."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from local.engine.stack import Stack


def test_error_class_names_survive(app: Stack) -> None:
    answer = app.invoke("echo", {"raise": "because"})
    assert (answer["errorType"], answer["errorMessage"]) == ("Wanted", "because")
    assert "raise Wanted" in "".join(answer["stackTrace"])


def test_a_package_missing_from_the_layer_is_missing_here(app: Stack) -> None:
    for _ in range(3):  # every time, not only when the worker is new
        answer = app.invoke("leaker", {})
        assert answer["errorType"] == "Runtime.ImportModuleError"
        assert "No module named 'pytest'" in answer["errorMessage"]


def test_only_what_aws_sets_reaches_a_function(app: Stack) -> None:
    answer = app.invoke("echo", {})
    assert answer["greeting"] == "hello"
    assert "PYTEST_CURRENT_TEST" not in answer["variables"]
    assert "AWS_PROFILE" not in answer["variables"]


def test_context_knows_deadline_and_request(app: Stack) -> None:
    first, second = app.invoke("echo", {}), app.invoke("echo", {})
    assert 5_000 < first["remaining_milliseconds"] <= 10_000
    assert first["request"] != second["request"]
    assert first["process"] == second["process"]


def test_lines_printed_by_functions_are_kept(app: Stack) -> None:
    app.invoke("echo", {"say": "a line to find"})
    give_up_at = time.monotonic() + 2
    while "echo a line to find" not in app.log() and time.monotonic() < give_up_at:
        time.sleep(0.01)
    assert f"{app.functions['echo']} echo a line to find" in app.log()


@pytest.mark.parametrize(("text", "expected"), [('{"offset_seconds": 90}', 90), ("{torn", 0)])
def test_clock_offset_is_handed_in(app: Stack, clock_file: Path, text: str, expected: int) -> None:
    clock_file.write_text(text)
    assert app.invoke("echo", {"clock": True})["offset"] == expected


def test_no_more_workers_than_the_bound(app: Stack) -> None:
    processes: list[int] = []

    def call() -> None:
        processes.append(app.invoke("echo", {"sleep_seconds": 0.15})["process"])

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(processes) == 6
    assert len(set(processes)) <= 2


def test_api_passes_bytes_and_headers_through(app: Stack) -> None:
    body = '{"a" :  1,\n\t"ü": "€"}'.encode()
    answer = httpx.post(
        f"{app.api_url}/echo/bob?x=1", content=body, headers={"X-Signature": "sig=1,v1=abc"}
    )
    assert answer.content == b"/echo/bob|" + body
    assert answer.headers["x-echo-signature"] == "sig=1,v1=abc"


def test_a_foreign_host_header_is_refused(app: Stack) -> None:
    for address in (app.api_url, app.endpoint):
        answer = httpx.get(f"{address}/x", headers={"Host": "evil.example"})
        assert answer.status_code == 403


def test_a_reset_needs_the_control_header(app: Stack) -> None:
    assert httpx.post(f"{app.endpoint}/_rowcol/reset").status_code == 403


def test_unknown_function_is_an_aws_error(app: Stack) -> None:
    with pytest.raises(ClientError) as missing:
        app.client("lambda").invoke(FunctionName="none", Payload=json.dumps({}).encode())
    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_roles_are_enforced_on_request(tmp_path: Path, start_app: Callable[..., Stack]) -> None:
    with start_app(tmp_path, enforce_policies=True) as strict:
        denied = strict.invoke("echo", {"encrypt": "no policy allows this"})
        assert "AccessDeniedException" in denied["errorMessage"]
        assert "kms:Encrypt" in denied["errorMessage"]
        assert strict.invoke("due_work", {}) is None  # its policy allows the write it makes
