"""Checkpoints and files of exports in S3, as moto plays it: conditional, locked and linked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from rowcol.service.checkpoint_ports import CheckpointsUnavailable
from rowcol.service.exports.ports import ExportFilesUnavailable
from rowcol.storage.checkpoints import LockedCheckpoints
from rowcol.storage.export_files import BucketOfExports

DAY = date(2026, 11, 20)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="checkpoints", ObjectLockEnabledForBucket=True)
        client.put_object_lock_configuration(
            Bucket="checkpoints",
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}},
            },
        )
        client.create_bucket(Bucket="exports")
        yield client


def test_a_day_is_kept_once_and_read_as_it_was(s3: Any) -> None:
    kept = LockedCheckpoints("checkpoints", lambda: s3)
    assert (kept.latest(), kept.read(DAY)) == (None, None)
    assert kept.put(DAY, b"first") is True
    assert kept.put(DAY, b"second") is False
    assert kept.read(DAY) == b"first"
    s3.put_object(Bucket="checkpoints", Key=f"checkpoints/{DAY}.json", Body=b"laid over it")
    assert kept.read(DAY) == b"first"


def test_the_last_day_is_found_among_many_and_of_long_ago(s3: Any) -> None:
    kept = LockedCheckpoints("checkpoints", lambda: s3)
    for days in range(40):
        kept.put(DAY + timedelta(days), b"x")
    s3.put_object(Bucket="checkpoints", Key="checkpoints/readme.txt", Body=b"no day")
    assert kept.latest() == DAY + timedelta(39)
    assert kept.latest(DAY + timedelta(5)) == DAY + timedelta(5)
    assert kept.latest(DAY + timedelta(4_000)) == DAY + timedelta(39)
    assert kept.latest(DAY - timedelta(1)) is None


def test_a_kept_day_cannot_be_deleted(s3: Any) -> None:
    LockedCheckpoints("checkpoints", lambda: s3).put(DAY, b"first")
    key = f"checkpoints/{DAY}.json"
    [version] = s3.list_object_versions(Bucket="checkpoints", Prefix=key)["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="checkpoints", Key=key, VersionId=version["VersionId"])


def test_a_delete_marker_hides_no_day(s3: Any) -> None:
    """As a lifecycle rule sets one, whatever the bucket's policy denies."""
    kept = LockedCheckpoints("checkpoints", lambda: s3)
    for days in range(3):
        kept.put(DAY + timedelta(days), b"first")
    s3.delete_object(Bucket="checkpoints", Key=f"checkpoints/{DAY + timedelta(2)}.json")
    assert kept.latest() == kept.latest(DAY + timedelta(9)) == DAY + timedelta(2)
    kept.put(DAY + timedelta(2), b"made anew")
    assert kept.read(DAY + timedelta(2)) == b"first"


def test_what_is_put_is_locked_for_the_buckets_time_and_no_shorter(s3: Any) -> None:
    LockedCheckpoints("checkpoints", lambda: s3).put(DAY, b"first")
    key = f"checkpoints/{DAY}.json"
    [version] = s3.list_object_versions(Bucket="checkpoints", Prefix=key)["Versions"]
    which = {"Bucket": "checkpoints", "Key": key, "VersionId": version["VersionId"]}
    kept = s3.head_object(**which)
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    days = (kept["ObjectLockRetainUntilDate"] - datetime.now(UTC)).total_seconds() / 86_400
    assert 29.9 < days < 30.1


class Away:
    """S3 does not answer, or says no."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def call(**_: object) -> None:
            raise self._error

        return call


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://s3"),
        ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "PutObject"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "PutObject"),
    ],
)
def test_a_place_that_does_not_answer_is_no_empty_place(error: Exception, tmp_path: Path) -> None:
    kept = LockedCheckpoints("checkpoints", lambda: Away(error))
    for call in (lambda: kept.put(DAY, b"x"), lambda: kept.read(DAY), kept.latest):
        with pytest.raises(CheckpointsUnavailable):
            call()
    (tmp_path / "list").write_bytes(b"x")
    with pytest.raises(ExportFilesUnavailable):
        BucketOfExports("exports", lambda: Away(error)).put("k", tmp_path / "list", "t", "00" * 32)


def test_a_file_is_stored_whole_and_linked_for_minutes(s3: Any, tmp_path: Path) -> None:
    files = BucketOfExports("exports", lambda: s3)
    place = tmp_path / "list.csv"
    place.write_bytes(b"a,b\r\n")
    digest = hashlib.sha256(b"a,b\r\n").hexdigest()
    files.put("maple/bluebird/exp_1/1", place, "text/csv", digest)
    stored = s3.get_object(Bucket="exports", Key="exports/maple/bluebird/exp_1/1")
    assert stored["Body"].read() == b"a,b\r\n"
    assert stored["ContentType"] == "text/csv"
    link = files.link("maple/bluebird/exp_1/1", "listBills.csv", 300)
    assert "exp_1" in link
    assert "Expires" in link
    assert "listBills.csv" in link
