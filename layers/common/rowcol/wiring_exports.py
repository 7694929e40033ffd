"""Builds what exports need besides the rest, lazily and once per process."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from typing import Any

from botocore.config import Config

from rowcol import wiring
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.exports.ports import ExportDesk
from rowcol.storage.executions import invoke_later
from rowcol.storage.export_files import BucketOfExports

# Links are signed by version 4 for the region's own address: others are not good everywhere.
_S3 = Config(
    connect_timeout=2,
    read_timeout=60,
    retries={"total_max_attempts": 4, "mode": "standard"},
    signature_version="s3v4",
    s3={"us_east_1_regional_endpoint": "regional"},
)


@cache
def _s3() -> Any:
    return wiring.session().create_client("s3", config=_S3)


@cache
def environment() -> Environment:
    """What the use cases are handed, with the place of files and the writer of lists."""
    from rowcol.edge.exports.write import writer

    bare = wiring.environment()
    return replace(bare, exports=replace(desk(), write=writer(bare)))


@cache
def desk() -> ExportDesk:
    """The bucket, where this function has it, and the worker. KeyError names what is missing."""
    function, bucket = os.environ["EXPORT_WORK_FUNCTION"], os.environ.get("EXPORTS_BUCKET", "")

    def carry_on(scope: Scope, name: str) -> None:
        event = {"firm": scope.firm, "client": scope.client, "export": name}
        invoke_later(wiring.client("lambda"), function, event)

    return ExportDesk(carry_on, BucketOfExports(bucket, _s3) if bucket else None)
