"""Uploaded files on S3 (port: service/statements/ports.py Files). Objects expire after 30 days.

Keys: `uploads/<firm>/<client>/<name>` for what people put there by a link, which the bucket tells
of; `posted/...` for what came in a request. Names with a hash are posted ones.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError, valid_id
from rowcol.service.statements.ports import FilesUnavailable, FileTooLarge, UploadLink
from rowcol.storage.calls import code_of

logger = logging.getLogger(__name__)
LINK_LIVES = timedelta(minutes=15)
UPLOADS, POSTED = "uploads", "posted"
CONTENT_TYPE = "application/octet-stream"
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


def object_key(scope: Scope, name: str) -> str:
    """Where a file of a client is kept. ScopeError: a name that could leave its place."""
    if scope.client == FIRM_WIDE or not valid_id(name):
        raise ScopeError(f"no name of a file: {name[:80]!r}")
    kind = POSTED if "-" in name else UPLOADS
    return f"{kind}/{scope.firm}/{scope.client}/{name}"


class S3Files:
    """One bucket. `connect` gives the client at the first call; `clock` dates the links."""

    def __init__(
        self, bucket: str, connect: Callable[[], Any], clock: Callable[[], datetime]
    ) -> None:
        self._bucket = bucket
        self._connect = connect
        self._clock = clock

    def keep(self, scope: Scope, name: str, content: bytes) -> None:
        """Store a file. Raises FilesUnavailable."""
        key = object_key(scope, name)
        self._call(
            lambda client: client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=CONTENT_TYPE
            )
        )

    def read(self, scope: Scope, name: str, bytes_max: int) -> bytes | None:
        """A stored file, None when it is not there. Raises FilesUnavailable, FileTooLarge."""
        key = object_key(scope, name)

        def get(client: Any) -> bytes:
            answer = client.get_object(Bucket=self._bucket, Key=key)
            if answer["ContentLength"] > bytes_max:
                answer["Body"].close()
                raise FileTooLarge(name)
            content: bytes = answer["Body"].read()
            return content

        found = self._call(get)
        return found if isinstance(found, bytes) else None

    def has(self, scope: Scope, name: str) -> bool:
        """Whether it is there. Raises FilesUnavailable."""
        key = object_key(scope, name)
        found = self._call(lambda client: client.head_object(Bucket=self._bucket, Key=key))
        return found is not None

    def drop(self, scope: Scope, name: str) -> None:
        """Delete it; a repeat is harmless. Raises FilesUnavailable."""
        key = object_key(scope, name)
        self._call(lambda client: client.delete_object(Bucket=self._bucket, Key=key))

    def upload_link(self, scope: Scope, name: str, size_bytes: int) -> UploadLink:
        """A link for one file of exactly this size: S3 refuses any other length."""
        key = object_key(scope, name)
        seconds = int(LINK_LIVES.total_seconds())
        url = self._connect().generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ContentLength": size_bytes,
                "ContentType": CONTENT_TYPE,
            },
            ExpiresIn=seconds,
        )
        headers = {"Content-Length": str(size_bytes), "Content-Type": CONTENT_TYPE}
        return UploadLink(url, headers, self._clock() + LINK_LIVES)

    def _call(self, call: Callable[[Any], object]) -> object | None:
        """The answer, None where there is nothing."""
        try:
            return call(self._connect())
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            logger.warning("files not available: %s", code_of(error))
            raise FilesUnavailable(code_of(error)) from error
        except BotoCoreError as error:
            logger.warning("files not available: %s", type(error).__name__)
            raise FilesUnavailable(type(error).__name__) from error
