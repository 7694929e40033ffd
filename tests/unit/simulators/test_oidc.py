"""The local issuer: tokens that verify, keys that rotate, step-up, a clock of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt

from rowcol.service.environment import MULTI_FACTOR
from tests.unit.simulators.conftest import Bench

ISSUER = "https://oidc.test"
LOOSE: jwt.types.Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}


def token(bench: Bench, **fields: Any) -> str:
    answer = bench.http.post(f"{ISSUER}/token", json={"sub": "advisor-1", **fields})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def claims(bench: Bench, text: str) -> dict[str, Any]:
    discovery = bench.http.get(f"{ISSUER}/.well-known/openid-configuration").json()
    keys = bench.http.get(discovery["jwks_uri"]).json()["keys"]
    kid = jwt.get_unverified_header(text)["kid"]
    key = jwt.PyJWK.from_dict(next(key for key in keys if key["kid"] == kid)).key
    decoded: dict[str, Any] = jwt.decode(
        text, key, algorithms=["RS256"], audience="rowcol", issuer=ISSUER, options=LOOSE
    )
    return decoded


def test_claims(bench: Bench) -> None:
    found = claims(bench, token(bench))
    assert (found["sub"], found["rowcol_firm"]) == ("advisor-1", "firm-1")
    assert found["auth_time"] == int(bench.base.at.timestamp())
    assert found["exp"] - found["iat"] == 3600
    stepped = claims(bench, token(bench, step_up=True))
    assert stepped["acr"] != found["acr"]


def test_what_a_challenge_asks_for_is_what_the_token_says(bench: Bench) -> None:
    discovery = bench.http.get(f"{ISSUER}/.well-known/openid-configuration").json()
    basic, step_up = discovery["acr_values_supported"]
    assert step_up == MULTI_FACTOR
    bench.oidc.advance(seconds=600)
    found = claims(bench, token(bench, acr_values=f"phrh {step_up} {basic}", max_age=60))
    assert found["acr"] == step_up
    assert found["auth_time"] == found["iat"] == int(bench.base.at.timestamp()) + 600
    asked = {"sub": "advisor-1", "acr_values": "phrh"}
    answer = bench.http.post(f"{ISSUER}/token", json=asked)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "unmet_authentication_requirements",
    )


def test_keys_rotate_and_old_tokens_live_on_for_one_rotation(bench: Bench) -> None:
    old = token(bench)
    bench.oidc.act("rotate_key")
    assert claims(bench, old)["sub"] == "advisor-1"
    assert jwt.get_unverified_header(token(bench))["kid"] == "local-2"
    bench.oidc.act("rotate_key", keep_old=False)
    keys = bench.http.get(f"{ISSUER}/jwks.json").json()["keys"]
    assert [key["kid"] for key in keys] == ["local-3"]


def test_its_own_clock(bench: Bench) -> None:
    bench.oidc.advance(seconds=timedelta(days=3).total_seconds())
    assert claims(bench, token(bench))["iat"] == int(bench.base.at.timestamp()) + 3 * 86_400


def test_strangers_and_clients(bench: Bench) -> None:
    answer = bench.http.post(f"{ISSUER}/token", json={"sub": "nobody"})
    assert answer.status_code == 400
    bench.oidc.seed({"clients": [{"client_id": "c", "client_secret": "s", "sub": "advisor-1"}]})
    form = {"grant_type": "client_credentials"}
    good = bench.http.post(f"{ISSUER}/token", data=form, auth=("c", "s"))
    assert claims(bench, good.json()["access_token"])["rowcol_firm"] == "firm-1"
    assert bench.http.post(f"{ISSUER}/token", data=form, auth=("c", "x")).status_code == 401
