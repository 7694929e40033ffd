"""Secrets of a simulated run: parameters and the vault, in memory."""

from __future__ import annotations

import base64
import json
from typing import Any

from botocore.exceptions import ClientError

from rowcol.storage.parameters import Parameters

PREFIX = "/rowcol/simulation"


class MemoryParameterStore:
    """The one call of the SSM client that is used."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def put(self, name: str, value: object) -> None:
        """Set a value below the prefix."""
        self._values[f"{PREFIX}/{name}"] = json.dumps(value)

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """As SSM answers."""
        if Name not in self._values:
            missing: Any = {"Error": {"Code": "ParameterNotFound", "Message": Name}}
            raise ClientError(missing, "GetParameter")
        return {"Parameter": {"Value": self._values[Name]}}


def parameters_over(values: MemoryParameterStore) -> Parameters:
    """The product's own reader over these values."""
    client: Any = values
    return Parameters(PREFIX, lambda: client)


class WrongContext(Exception):
    """A secret was opened for another connection than it was sealed for."""


class MemorySealer:
    """Binds secrets to one context."""

    def __init__(self, context: dict[str, str]) -> None:
        self._context = context

    def seal(self, secret: str) -> str:
        """Text that opens only under this context."""
        return base64.b64encode(json.dumps([self._context, secret]).encode()).decode()


class MemoryVault:
    """Seals nothing, but holds every secret to its context, as KMS does."""

    def sealer(self, context: dict[str, str]) -> MemorySealer:
        """What seals for one owner."""
        return MemorySealer(context)

    def open(self, sealed: str, context: dict[str, str]) -> str:
        """The secret. Raises WrongContext."""
        bound, secret = json.loads(base64.b64decode(sealed))
        if bound != context:
            raise WrongContext(f"sealed for {bound}, opened for {context}")
        return str(secret)
