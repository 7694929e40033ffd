"""Builds what importing statement files needs besides the rest, lazily and once per process."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from typing import Any

from botocore.config import Config

from rowcol import wiring
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.statements.ports import StatementDesk
from rowcol.storage.executions import invoke_later
from rowcol.storage.files import S3Files

# Links are signed by version 4 for the region's own address: others are not good everywhere.
_S3 = Config(
    connect_timeout=2,
    read_timeout=20,
    retries={"total_max_attempts": 4, "mode": "standard"},
    signature_version="s3v4",
    s3={"us_east_1_regional_endpoint": "regional"},
)


@cache
def signing_s3() -> Any:
    """A client of S3 whose links are good, made at its first use."""
    return wiring.session().create_client("s3", config=_S3)


@cache
def environment() -> Environment:
    """What the use cases are handed, with the place of files. KeyError names what is missing."""
    return replace(wiring.environment(), statements=desk())


@cache
def desk() -> StatementDesk:
    """The bucket of files, the readers, and the worker that goes on."""
    from rowcol.edge.statements.read import read_statement
    from rowcol.edge.stripe_files.read import read_stripe_file

    function = os.environ["STATEMENT_WORK_FUNCTION"]

    def carry_on(scope: Scope, name: str) -> None:
        event = {"firm": scope.firm, "client": scope.client, "statement": name}
        invoke_later(wiring.client("lambda"), function, event)

    # The minute sweep only calls the worker: it has no bucket, and no rights to it.
    files = S3Files(os.environ.get("FILES_BUCKET", ""), signing_s3, wiring.surroundings().clock.now)
    return StatementDesk(files, read_statement, carry_on, read_stripe_file)
