"""Finished files of exports in a bucket (port: service/exports/ports.py). They expire there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rowcol.service.exports.ports import ExportFilesUnavailable
from rowcol.storage.objects import called

FOLDER = "exports/"


class BucketOfExports:
    """One bucket. `connect` gives the client at the first call."""

    def __init__(self, bucket: str, connect: Callable[[], Any]) -> None:
        self._bucket = bucket
        self._connect = connect

    def put(self, key: str, file: Path, media_type: str, sha256: str) -> None:
        """One put, read from the disk as it is sent; checked by its hash."""
        with file.open("rb") as content:
            called(
                lambda: self._connect().put_object(
                    Bucket=self._bucket,
                    Key=FOLDER + key,
                    Body=content,
                    ContentType=media_type,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                ),
                ExportFilesUnavailable,
                frozenset(),
            )

    def link(self, key: str, file_name: str, seconds: int) -> str:
        """A presigned GET: made here, without a call."""
        link: str = self._connect().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": FOLDER + key,
                "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            },
            ExpiresIn=seconds,
        )
        return link
