"""Samples of connections."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import ANN, BEN, VERA, Sample, answered, proxy


def connection_samples() -> list[Sample]:
    """Reads, refusals, and a browser that brings back what nobody gave it."""
    route = "/clients/{client}/connections"

    def asked(case: str, path: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy("POST", f"{route}{path}", **{"sub": BEN, **how})
        return Sample("connections_admin", case, event, expected)

    callback = proxy("GET", "/connections/{rail}/callback", rail="ramp")
    callback["queryStringParameters"] = {"state": "s" * 43, "code": "made-up"}
    callback["requestContext"].pop("authorizer")
    secret = {"secret": "whsec_made_up_for_tests_only"}
    one = "/{connection}"
    return [
        Sample("connections_admin", "list", proxy("GET", route, sub=VERA), answered(200)),
        Sample("connections_admin", "callback_unknown_state", callback, {"status": 400}),
        asked("authorize_by_advisor", f"{one}/authorize", answered(403, "forbidden"),
              sub=ANN, connection="ramp"),
        asked("authorize_unknown_rail", f"{one}/authorize", answered(404, "not_found"),
              connection="paypal"),
        asked("stripe_secret", "/stripe/secrets", answered(200), body=secret),
        asked("stripe_test", f"{one}/test", answered(200), connection="stripe", key="sample-key-2"),
        asked("disconnect_without_factor", f"{one}/disconnect", answered(401, "step_up_required"),
              connection="stripe", key="sample-key-3"),
        asked("test_unknown", f"{one}/test", answered(404, "not_found"), connection="plaid-nobody"),
    ]  # fmt: skip
