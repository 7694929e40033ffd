"""What the engine is started with, shared by the command line and `Stack`."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STACK_NAME = "rowcol-local"
DEFAULT_PARAMETERS: Mapping[str, str] = {"Stage": "local", "DeletionProtection": "false"}


@dataclass(frozen=True)
class Settings:
    """One run of the engine. Ports are TCP ports on 127.0.0.1; waits are in seconds."""

    data_directory: Path
    engine_port: int = 4566
    api_port: int = 8080
    template: Path = REPOSITORY / "template.yaml"
    layer_directory: Path = REPOSITORY / "build" / "layer" / "python"
    runtime_directory: Path = REPOSITORY / "build" / "runtime"
    parameters: Mapping[str, str] = field(default_factory=dict)
    wait_scale: float = 1.0
    workers_per_function: int = 3
    workers_total: int = 24
    worker_wait_seconds: float = 30.0
    follow_parent: int = 0
    enforce_policies: bool = False
    """Refuse what a function's role does not allow. State machines' roles are not enforced."""

    @property
    def endpoint(self) -> str:
        """Address of the emulated AWS services."""
        return f"http://127.0.0.1:{self.engine_port}"

    @property
    def api_url(self) -> str:
        """Stable address of the deployed API, without a stage in the path."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def status_file(self) -> Path:
        """Written atomically when the engine is ready, or when it failed to start."""
        return self.data_directory / "status.json"

    def arguments(self) -> list[str]:
        """The command line that `parse` turns back into equal settings."""
        flags = {
            "--data": self.data_directory,
            "--port": self.engine_port,
            "--api-port": self.api_port,
            "--template": self.template,
            "--layer": self.layer_directory,
            "--runtime": self.runtime_directory,
            "--wait-scale": self.wait_scale,
            "--workers-per-function": self.workers_per_function,
            "--workers-total": self.workers_total,
            "--worker-wait-seconds": self.worker_wait_seconds,
            "--follow-parent": self.follow_parent,
        }
        words = [word for flag, setting in flags.items() for word in (flag, str(setting))]
        words += ["--enforce-policies"] if self.enforce_policies else []
        pairs = (("--parameter", f"{name}={text}") for name, text in self.parameters.items())
        return words + [word for pair in pairs for word in pair]


def parse(arguments: Sequence[str]) -> Settings:
    """Settings from a command line; exits with usage text when it is wrong."""
    defaults = Settings(data_directory=REPOSITORY / ".local")
    parser = argparse.ArgumentParser(
        prog="python -m local.engine", description="Run the deployed product on this machine."
    )
    add = parser.add_argument
    add("--data", type=Path, default=defaults.data_directory, help="folder of state and logs")
    add("--port", type=int, default=defaults.engine_port, help="port of the AWS endpoint")
    add("--api-port", type=int, default=defaults.api_port, help="port of the product's API")
    add("--template", type=Path, default=defaults.template)
    add("--layer", type=Path, default=defaults.layer_directory, help="built layer (its python/)")
    add("--runtime", type=Path, default=defaults.runtime_directory, help="folder holding boto3")
    add("--wait-scale", type=float, default=1.0, help="factor on state machine waits")
    add("--workers-per-function", type=int, default=defaults.workers_per_function)
    add("--workers-total", type=int, default=defaults.workers_total)
    add("--worker-wait-seconds", type=float, default=defaults.worker_wait_seconds)
    add("--follow-parent", type=int, default=0, metavar="PID", help="stop when this process ends")
    add("--enforce-policies", action="store_true", help="enforce the roles of functions")
    add("--parameter", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    pairs = [text.partition("=") for text in given.parameter]
    if any(not separator for _, separator, _ in pairs):
        parser.error("--parameter takes NAME=VALUE")
    return Settings(
        data_directory=given.data.resolve(),
        engine_port=given.port,
        api_port=given.api_port,
        template=given.template.resolve(),
        layer_directory=given.layer.resolve(),
        runtime_directory=given.runtime.resolve(),
        parameters={name: text for name, _, text in pairs},
        wait_scale=given.wait_scale,
        workers_per_function=given.workers_per_function,
        workers_total=given.workers_total,
        worker_wait_seconds=given.worker_wait_seconds,
        follow_parent=given.follow_parent,
        enforce_policies=given.enforce_policies,
    )
