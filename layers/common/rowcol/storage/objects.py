"""What calls of S3 share: which failures pass, and waiting for none of them here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.storage.calls import code_of

T = TypeVar("T")
MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
PRESENT = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


def called(call: Callable[[], T], unavailable: type[Exception], expected: frozenset[str]) -> T:
    """The answer of a call. Raises ClientError for a code that is expected, else `unavailable`."""
    try:
        return call()
    except ClientError as error:
        if code_of(error) in expected:
            raise
        raise unavailable(f"s3: {code_of(error)}") from error
    except BotoCoreError as error:
        raise unavailable(f"s3: {type(error).__name__}") from error
