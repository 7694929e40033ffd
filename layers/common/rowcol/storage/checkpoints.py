"""Checkpoints in a bucket with Object Lock (port: service/checkpoint_ports.py).

A version in a locked bucket cannot be deleted or changed before its time, by nobody; but a newer
one can be laid over it, and a delete marker, which a lifecycle rule sets whatever a bucket's policy
says. So a put is refused where there is one, only versions are looked for, and of several the
oldest is read (S3 user guide, "Object Lock considerations").
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, cast

from botocore.exceptions import ClientError

from rowcol.service.checkpoint_ports import CheckpointsUnavailable
from rowcol.storage.objects import PRESENT, called

FOLDER = "checkpoints/"
# How far back the last one is looked for first: a thousand days fit into one page.
RECENT = timedelta(days=900)
NONE: frozenset[str] = frozenset()


class LockedCheckpoints:
    """One bucket. `connect` gives the client at the first call."""

    def __init__(self, bucket: str, connect: Callable[[], Any]) -> None:
        self._bucket = bucket
        self._connect = connect

    def put(self, day: date, text: bytes) -> bool:
        """One conditional put; the bucket's default retention locks it."""
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        try:
            called(
                lambda: self._connect().put_object(
                    Bucket=self._bucket,
                    Key=_key(day),
                    Body=text,
                    ContentType="application/json",
                    # A put into a locked bucket must say how it is checked.
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=digest,
                    IfNoneMatch="*",
                ),
                CheckpointsUnavailable,
                PRESENT,
            )
        except ClientError:
            return False
        return True

    def read(self, day: date) -> bytes | None:
        """The oldest version of a day's object: versions are listed the latest first."""
        first: str | None = None
        for one in self._versions(_key(day)):
            first = one["VersionId"] if one["Key"] == _key(day) else first
        if first is None:
            return None
        answer = self._called("get_object", Key=_key(day), VersionId=first)
        return cast("bytes", answer["Body"].read())

    def latest(self, until: date | None = None) -> date | None:
        """The greatest key up to a day; keys are days."""
        last = until or date.max
        recent = _key(last - RECENT) if until is not None else ""
        return self._last(recent, last) or (self._last("", last) if recent else None)

    def _last(self, after: str, until: date) -> date | None:
        days = (_day(one["Key"]) for one in self._versions(FOLDER, after))
        return max((day for day in days if day is not None and day <= until), default=None)

    def _versions(self, prefix: str, after: str = "") -> Iterator[Any]:
        """Versions of the keys after one, also of what a delete marker hides."""
        asked: dict[str, Any] = {"Prefix": prefix} | ({"KeyMarker": after} if after else {})
        while True:
            listed = self._called("list_object_versions", **asked)
            yield from listed.get("Versions", ())
            if not listed.get("IsTruncated"):
                return
            asked["KeyMarker"] = listed["NextKeyMarker"]
            if listed.get("NextVersionIdMarker"):
                asked["VersionIdMarker"] = listed["NextVersionIdMarker"]
            else:
                asked.pop("VersionIdMarker", None)

    def _called(self, name: str, **asked: Any) -> Any:
        call = getattr(self._connect(), name)
        return called(lambda: call(Bucket=self._bucket, **asked), CheckpointsUnavailable, NONE)


def _key(day: date) -> str:
    return f"{FOLDER}{day.isoformat()}.json"


def _day(key: str) -> date | None:
    try:
        return date.fromisoformat(key.removeprefix(FOLDER).removesuffix(".json"))
    except ValueError:
        return None
