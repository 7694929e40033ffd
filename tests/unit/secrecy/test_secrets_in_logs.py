"""Secrets are found in what tests leave behind, and plain ids are not taken for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.demo import firm
from local.engine.settings import REPOSITORY
from tests.support.secrecy import secrets_in


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "ramp_business_tok_f00dfeed0123456789"}',
        "ramp_tok_0123456789abcdef",
        f"secret {firm.CLIENTS[0].webhook_secret}",
        "access-production-2b4b8a2e-1c1f-4c55-9a8e-0d4b5b6f7a10",
        "public-sandbox-2b4b8a2e-1c1f-4c55-9a8e-0d4b5b6f7a10",
        "refresh AB11765432100abcdefGHIJKL",
        "whsec_sample_9f2b7c41d8e64a0d",
        "eyJhbGciOiJFUzI1NiIsImtpZCI6IjBi.eyJpYXQiOjE3OTM5OTE1OTAsInJl.wqdFxup92Ud7",
        "Authorization: Bearer 0123456789abcdef",
        "Authorization: Basic cmFtcF9hcHA6c2VjcmV0",
        "-----BEGIN PRIVATE KEY-----",
        "qbo_secret_local",
        "paid to DE89370400440532013000 today",
    ],
)
def test_a_secret_is_found(text: str) -> None:
    assert len(secrets_in(f"a line before\n{text}\na line after")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "payment pay_01M7Z9Y88GWNJ2QHCV2E3B9BJM of bill 20b5b751-29e2-50a7-ba50-e58333f71ca0",
        "bank reference 021000077132066, head 17ceeb97e745adfa, chain of 44 entries",
        "ramp:payment:099cafcd-5d1a-47cc-8f72-2964e1307f73 plaid:transaction:BI24eupYLr9P2zvS3gfn4",
        "the bearer of this note; basic arithmetic; access-production is an environment",
        "DE00370400440532013000 has wrong check digits",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert secrets_in(text) == []


def test_a_passing_test_that_prints_a_secret_fails(tmp_path: Path) -> None:
    (tmp_path / "test_leak.py").write_text(
        "def test_leak():\n    print('token ramp_tok_0123456789abcdef')\n"
        "def test_quiet():\n    print('token kept')\n",
        encoding="utf-8",
    )
    run = subprocess.run(  # our own interpreter and file
        [
            *(
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "tests.conftest",
                "-p",
                "no:cacheprovider",
            ),
            *("--rootdir", str(REPOSITORY), str(tmp_path)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1, run.stdout
    assert "1 failed, 1 passed" in run.stdout
    assert "a secret stands in the captured log" in run.stdout
    assert "0123456789abcdef" not in run.stdout.split("a secret stands")[1].splitlines()[1]
