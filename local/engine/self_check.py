"""Checks at start that the pinned emulator is the one this package was written for."""

import importlib.metadata
from typing import Any

from local.engine import internals


class EngineMismatch(Exception):
    """The installed emulator differs from the pinned one; the text names every difference."""


def check_installation() -> None:
    """Raise EngineMismatch when the version or a patched name is not as expected.

    Call before patching. Behaviour is checked separately, on a running emulator.
    """
    found = importlib.metadata.version("ministack")
    problems = []
    if found != internals.PINNED_VERSION:
        problems.append(f"ministack is {found}, expected {internals.PINNED_VERSION}")
    for name, attributes in internals.USED_NAMES.items():
        try:
            module = internals.module(name)
        except ImportError as error:
            problems.append(f"ministack.{name} cannot be imported: {error}")
            continue
        missing = [attribute for attribute in attributes if not _has(module, attribute)]
        problems += [f"ministack.{name}.{attribute} is missing" for attribute in missing]
    if problems:
        raise EngineMismatch(
            "the local engine cannot start: "
            + "; ".join(problems)
            + ". Install the pinned requirements, or adapt local/engine to the new version."
        )


def _has(module: Any, dotted: str) -> bool:
    for part in dotted.split("."):
        if not hasattr(module, part):
            return False
        module = getattr(module, part)
    return True
