"""Builds the Lambda layer: the package `rowcol`, its pinned dependencies, hash-validated bytecode.

    build.py --target DIR                               for the local stack and this interpreter
    build.py --target DIR --platform arm64 --python 3.13
                                                        what is deployed (`sam build` calls it)
    build.py --target DIR --tree runtime --no-package --requirements FILE
                                                        what Lambda itself brings (boto3)

The result is DIR/python, or DIR/TREE. Dependencies are installed again only when their pinned list,
the platform or the interpreter changed; an unchanged build does nothing. Equal input gives equal
bytes. A new tree is complete before it takes the place of the old one.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE / "rowcol"

# Lambda's Python 3.13 runs on Amazon Linux 2023 (glibc 2.34).
ARM64_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")

# `importlib.metadata` reads METADATA and entry points; licences travel with the code they cover.
METADATA_KEPT = {"METADATA", "entry_points.txt", "licenses"}
FOLDERS_DROPPED = {"tests", "test", "__pycache__", "bin", "sboms"}
# Also the pages that only a documentation server would send (Powertools' Swagger UI, 1.7 MB).
SUFFIXES_DROPPED = {".pyi", ".pyc", ".c", ".h", ".pxd", ".pyx", ".js", ".css"}
# Powertools: the logger and metrics are used, and of its other parts what those two import.
POWERTOOLS = "aws_lambda_powertools"
POWERTOOLS_DROPPED = {"event_handler"}
POWERTOOLS_UTILITIES_KEPT = {"jmespath_utils", "typing"}

EPOCH_SECONDS = 315_619_200  # 1980-01-02: the first whole day a zip file can hold in every zone
TIMEOUT_SECONDS = 600


class BuildError(Exception):
    """The layer cannot be built; the message says what is missing."""


@dataclass(frozen=True)
class Plan:
    """What to build: where, from which pinned list, for which platform, compiled by whom."""

    target: Path
    tree_name: str
    requirements: Path
    platform: str
    python_version: str
    interpreter: Path
    with_package: bool

    def dependencies_digest(self) -> str:
        """Changes when the dependencies have to be installed again."""
        digest = hashlib.sha256(self.requirements.read_bytes())
        digest.update(Path(__file__).read_bytes())
        digest.update(f"{self.platform} {self.python_version} {self.interpreter}".encode())
        return digest.hexdigest()

    def package_digest(self) -> str:
        """Changes with any source of the package; empty without a package."""
        if not self.with_package:
            return ""
        digest = hashlib.sha256()
        for path in package_files():
            digest.update(f"{path.relative_to(PACKAGE)}\0".encode())
            digest.update(path.read_bytes() + b"\0")
        return digest.hexdigest()


def package_files() -> Iterator[Path]:
    """The package's sources and data, in a fixed order."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path


def find_interpreter(version: str) -> Path:
    """The interpreter of a version such as "3.13": this one, on the path, or one of pyenv's."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = shutil.which(f"python{version}")
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True)
    for candidate in candidates:
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    raise BuildError(f"Python {version} is needed to compile for it, and none was found.")


def install_dependencies(plan: Plan, into: Path) -> None:
    """Installs exactly the pinned and hashed list; never builds from source."""
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-input", "--no-compile", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--target", str(into), "--requirement", str(plan.requirements)),
    ]
    if plan.platform == "arm64":
        command += ["--implementation", "cp", "--python-version", plan.python_version]
        for platform in ARM64_PLATFORMS:
            command += ["--platform", platform]
    run(command)
    strip(into)


def strip(tree: Path) -> None:
    """Removes what a running function never reads."""
    for path in unused(tree / POWERTOOLS):
        shutil.rmtree(path)
    for path in sorted(tree.rglob("*"), reverse=True):  # children before their parents
        in_metadata = path.parent.suffix == ".dist-info"
        unread = in_metadata and path.name not in METADATA_KEPT
        if path.is_dir():
            if unread or path.name in FOLDERS_DROPPED:
                shutil.rmtree(path)
        elif unread or path.suffix in SUFFIXES_DROPPED:
            path.unlink()


def unused(powertools: Path) -> list[Path]:
    """Folders of Powertools that nothing here imports, three megabytes with their bytecode."""
    utilities = powertools / "utilities"
    inside = sorted(utilities.iterdir()) if utilities.is_dir() else []
    dropped = [path for path in inside if path.name not in POWERTOOLS_UTILITIES_KEPT]
    dropped += [powertools / name for name in sorted(POWERTOOLS_DROPPED)]
    return [path for path in dropped if path.is_dir()]


def copy_package(into: Path) -> None:
    """Copies the sources of the package."""
    for source in package_files():
        destination = into / source.relative_to(PACKAGE)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, destination)


def compile_tree(plan: Plan, tree: Path, shown_as: str) -> None:
    """Writes bytecode that is valid as long as the source has the same bytes, whatever its date."""
    command = [
        *(str(plan.interpreter), "-m", "compileall", "-q", "-f"),
        *("--invalidation-mode", "checked-hash", "-s", str(tree), "-p", shown_as, str(tree)),
    ]
    run(command, environment={**os.environ, "PYTHONHASHSEED": "0"})
    for path in [tree, *tree.rglob("*")]:
        os.utime(path, (EPOCH_SECONDS, EPOCH_SECONDS))


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Runs a command; its own words explain a failure."""
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def replace(tree: Path, old: Path) -> None:
    """Puts a complete new tree where the old one was."""
    aside = old.with_name(f"{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    tree.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One build per target at a time; the lock goes with the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside its destination, removed if it was not moved there."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def build(plan: Plan) -> str:
    """Brings the target up to date; says what it did: unchanged, package or everything."""
    plan.target.mkdir(parents=True, exist_ok=True)
    with locked(plan.target):
        tree = plan.target / plan.tree_name
        state_path = plan.target / f".{plan.tree_name}.json"
        wanted = {"dependencies": plan.dependencies_digest(), "package": plan.package_digest()}
        state = json.loads(state_path.read_text()) if state_path.exists() else {}
        if not tree.is_dir():
            state = {}
        if state == wanted:
            return "unchanged"
        same_dependencies = state.get("dependencies") == wanted["dependencies"]
        state_path.unlink(missing_ok=True)  # a build that is cut off is made again
        if not same_dependencies:
            with fresh_folder(tree.with_name(f"{tree.name}.new")) as new:
                install_dependencies(plan, new)
                if plan.with_package:
                    copy_package(new / PACKAGE.name)
                compile_tree(plan, new, "/opt/python")
                replace(new, tree)
        elif plan.with_package:
            with fresh_folder(tree.with_name(f"{tree.name}.package")) as new:
                copy_package(new)
                compile_tree(plan, new, f"/opt/python/{PACKAGE.name}")
                replace(new, tree / PACKAGE.name)
        state_path.write_text(json.dumps(wanted, indent=2, sort_keys=True) + "\n")
        os.utime(state_path, (EPOCH_SECONDS, EPOCH_SECONDS))
        return "package" if same_dependencies else "everything"


def plan_from(arguments: list[str]) -> Plan:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Builds the Lambda layer.")
    add = parser.add_argument
    add("--target", type=Path, required=True, help="folder that receives the tree")
    add("--tree", default="python", help="name of the tree; a Lambda layer's is python")
    add("--platform", choices=("native", "arm64"), default="native")
    add("--python", default=None, help="version that will run it; arm64: 3.13, native: this one")
    add("--requirements", type=Path, default=HERE / "requirements.txt")
    add("--no-package", action="store_true", help="dependencies only")
    chosen = parser.parse_args(arguments)
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    version = chosen.python or ("3.13" if chosen.platform == "arm64" else running)
    if chosen.platform == "native" and version != running:
        parser.error(f"native is built for the interpreter that runs this, {running}")
    return Plan(
        target=chosen.target.resolve(),
        tree_name=chosen.tree,
        requirements=chosen.requirements.resolve(),
        platform=chosen.platform,
        python_version=version,
        interpreter=find_interpreter(version),
        with_package=not chosen.no_package,
    )


def main(arguments: list[str]) -> int:
    """Builds and says so in one line."""
    try:
        plan = plan_from(arguments)
        tree = f"{plan.target.name}/{plan.tree_name}"
        print(f"{tree} ({plan.platform}, {plan.python_version}): {build(plan)}")
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
