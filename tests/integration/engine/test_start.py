"""A start that cannot work says why in one line."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from local.engine import internals
from local.engine.deploy import client
from local.engine.limitations import notices
from local.engine.safety import NotLoopback, clean_environment, require_loopback
from local.engine.self_check import EngineMismatch, check_installation
from local.engine.settings import Settings, parse
from local.engine.stack import EngineFailed, Stack
from local.engine.template import LOCAL_RUNTIME, TemplateError, localise, read, zip_folder

FIXTURES = Path(__file__).with_name("fixtures")


@pytest.mark.parametrize(
    ("option", "flag"), [("engine_port", "--port"), ("api_port", "--api-port")]
)
def test_a_taken_port_is_named(
    tmp_path: Path, start_app: Callable[..., Stack], option: str, flag: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"port {port} on 127.0.0.1 is taken; choose another with {flag}$"
        with pytest.raises(EngineFailed, match=expected):
            start_app(tmp_path, **{option: port})


def test_a_folder_has_one_engine(session_app: Stack, start_app: Callable[..., Stack]) -> None:
    with pytest.raises(EngineFailed, match="is used by another engine; stop it or choose another"):
        start_app(session_app.settings.data_directory)
    assert session_app.invoke("steps", {"fail": "", "execution": "x"}) == {"calls": 0}


def test_an_undeclared_parameter_stops_the_start(
    tmp_path: Path, start_app: Callable[..., Stack]
) -> None:
    with pytest.raises(EngineFailed, match="declares no parameter Grreting"):
        start_app(tmp_path, parameters={"Grreting": "hi"})


@pytest.mark.parametrize(
    "url", ["https://dynamodb.us-east-1.amazonaws.com", "http://10.0.0.1:4566", "127.0.0.1"]
)
def test_other_machines_are_refused(url: str) -> None:
    with pytest.raises(NotLoopback):
        require_loopback(url)
    with pytest.raises(NotLoopback):
        client("dynamodb", url)


def test_real_credentials_never_reach_the_engine() -> None:
    given = {"AWS_PROFILE": "prod", "AWS_SECRET_ACCESS_KEY": "real", "PATH": "/bin", "TOKEN": "x"}
    cleaned = clean_environment(given)
    assert cleaned["AWS_SECRET_ACCESS_KEY"] == "test"
    assert cleaned["PATH"] == "/bin"
    assert not {"AWS_PROFILE", "TOKEN"} & cleaned.keys()


def test_settings_survive_the_command_line(tmp_path: Path) -> None:
    settings = Settings(tmp_path.resolve(), 1, 2, parameters={"A": "x=y"}, wait_scale=0.5)
    assert parse(settings.arguments()) == settings


def test_the_installed_emulator_is_the_expected_one() -> None:
    check_installation()


def test_another_version_is_named_with_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "PINNED_VERSION", "9.9.9")
    monkeypatch.setattr(internals, "USED_NAMES", {"core.responses": ("gone",)})
    with pytest.raises(
        EngineMismatch, match=r"expected 9\.9\.9; .*core\.responses\.gone is missing"
    ):
        check_installation()


def test_only_runtime_and_locations_change(tmp_path: Path) -> None:
    original = read(FIXTURES / "template.yaml")
    bundle = localise(FIXTURES / "template.yaml", tmp_path, tmp_path)
    for logical_id, resource in original["Resources"].items():
        deployed = bundle.template["Resources"][logical_id]
        for section in (resource.get("Properties", {}), deployed.get("Properties", {})):
            for name in ("CodeUri", "ContentUri", "DefinitionUri", "Definition", "Runtime"):
                section.pop(name, None)
        assert deployed == resource
    assert original["Globals"]["Function"].pop("Runtime") == "python3.13"
    assert bundle.template["Globals"]["Function"].pop("Runtime") == LOCAL_RUNTIME
    assert bundle.template["Globals"] == original["Globals"]
    assert set(bundle.functions) == {"echo", "recorder", "leaker", "due_work", "steps"}


def test_a_function_archive_is_reproducible(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "handler.pyc").write_bytes(b"x")
    (tmp_path / "handler.py").write_text("x = 1\n")
    first = zip_folder(tmp_path, b"start")
    assert first == zip_folder(tmp_path, b"start")
    assert b"__pycache__" not in first


def test_what_the_emulator_ignores_is_named() -> None:
    state = {"Type": "Task", "HeartbeatSeconds": 5}
    inner = {"Type": "Map", "ItemProcessor": {"States": {"Beat": state}}}
    machine = {"TimeoutSeconds": 9, "States": {"Each": inner, "Pick": {"Type": "Choice"}}}
    properties = {"Definition": machine}
    template = {
        "Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties": properties}}
    }
    found = notices(template)
    assert [text.split(": ")[1].split()[0] for text in found] == ["the", "Beat", "Pick"]


def test_an_http_api_is_refused() -> None:
    template = {"Resources": {"Api": {"Type": "AWS::Serverless::HttpApi"}}}
    with pytest.raises(TemplateError, match=r"Api: .*AWS::Serverless::Api"):
        notices(template)
