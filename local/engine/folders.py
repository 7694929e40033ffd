"""Folders that stand for what AWS provides around a function."""

import compileall
import importlib.metadata
import re
import shutil
from pathlib import Path


def runtime_from_environment(target: Path) -> Path:
    """Link boto3 and everything it requires into `target`, from the installed packages.

    Stands in for `pip install --target build/runtime -r requirements/runtime.txt` where tests
    must not use the network. Nothing else of the environment becomes importable through it.
    """
    for name in closure("boto3"):
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or ()}:
            # Metadata folders have a dot in their name, scripts start with "..".
            if (top.endswith(".py") or "." not in top) and not (target / top).exists():
                (target / top).symlink_to(Path(str(distribution.locate_file(top))))
    return target


def layer_from_sources(built: Path, package: Path, target: Path) -> Path:
    """The dependencies of a built layer with the package's sources as they are now.

    A copy of its own: neither a stale build nor a build in the meantime changes what a run tests.
    """
    for dependency in built.resolve().iterdir():
        if dependency.name != package.name:
            (target / dependency.name).symlink_to(dependency)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, target / package.name, ignore=ignored)
    compileall.compile_dir(target / package.name, quiet=2)
    return target


def closure(package: str) -> set[str]:
    """Names of `package` and of everything it requires, extras left out."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in importlib.metadata.requires(name) or ():
            if "extra ==" not in requirement:
                match = re.match(r"[A-Za-z0-9._-]+", requirement)
                if match:
                    waiting.append(match.group())
    return found
