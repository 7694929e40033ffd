"""What one client's answer sets must not travel with the call of another."""

from __future__ import annotations

import httpx

from rowcol.rails.http import make_client


def test_a_cookie_is_not_sent_back_and_a_redirect_is_not_followed() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(
            302, headers={"set-cookie": "session=of-one-client", "location": "https://evil.example"}
        )

    client = make_client(httpx.MockTransport(answer))
    for _ in range(2):
        response = client.send(httpx.Request("GET", "https://api.ramp.com/developer/v1/bills"))
        response.close()
        assert response.status_code == 302
    assert [str(request.url) for request in seen] == ["https://api.ramp.com/developer/v1/bills"] * 2
    assert all("cookie" not in request.headers for request in seen)
    assert not client.cookies
