"""Uploaded files in memory and on moto; links that cannot be used for more; a bucket that fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError
from moto import mock_aws

from local.memory_files import MemoryFiles
from rowcol.domain.scope import Scope, ScopeError
from rowcol.service.statements.ports import Files, FilesUnavailable
from rowcol.service.store import StoreUnavailable
from rowcol.storage.files import S3Files, object_key
from tests.conformance.files import HERE, FilesSuite
from tests.conformance.world import MovableClock
from tests.support.storage.scripted import Scripted, fails


class TestMemory(FilesSuite):
    @pytest.fixture
    def files(self) -> Files:
        return MemoryFiles(MovableClock().now)


class TestMoto(FilesSuite):
    @pytest.fixture
    def files(self) -> Iterator[Files]:
        with mock_aws():
            made: Any = botocore.session.get_session().create_client(
                "s3",
                "us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(signature_version="s3v4"),
            )
            made.create_bucket(Bucket="files")
            yield S3Files("files", lambda: made, MovableClock().now)

    def test_a_link_is_for_one_size_and_a_quarter_of_an_hour(self, files: Files) -> None:
        parts = urlsplit(files.upload_link(HERE, "stm_1", 11).url)
        asked = parse_qs(parts.query)
        assert parts.path.endswith("uploads/maple/bluebird/stm_1")
        assert asked["X-Amz-Expires"] == ["900"]
        assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
        assert "content-length" in asked["X-Amz-SignedHeaders"][0].split(";")


@pytest.mark.parametrize("name", ["../other", "a/b", "", "a b"])
def test_a_name_cannot_leave_its_place(name: str) -> None:
    with pytest.raises(ScopeError):
        object_key(HERE, name)
    with pytest.raises(ScopeError):
        object_key(Scope("maple"), "stm_1")


def test_what_came_in_a_request_is_not_told_of_as_an_upload() -> None:
    assert object_key(HERE, "stm_1") == "uploads/maple/bluebird/stm_1"
    assert object_key(HERE, "stm_1-0123") == "posted/maple/bluebird/stm_1-0123"


def times_out(_given: dict[str, Any]) -> Any:
    raise ConnectTimeoutError(endpoint_url="https://s3")


@pytest.mark.parametrize("answer", [fails("AccessDenied"), fails("SlowDown"), times_out])
def test_a_bucket_that_fails_is_asked_again_later(answer: Any) -> None:
    client: Any = Scripted(answer)
    files = S3Files("files", lambda: client, MovableClock().now)
    with pytest.raises(FilesUnavailable):
        files.has(HERE, "stm_1")
    assert issubclass(FilesUnavailable, StoreUnavailable)
