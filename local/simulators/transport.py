"""An httpx transport that answers from simulator cores in the same process, by host."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from local.simulators.control import PREFIX, control
from local.simulators.core import SimulatorCore
from local.simulators.messages import SimRequest, SimResponse

RAMP_HOSTS = ("api.ramp.com", "demo-api.ramp.com", "app.ramp.com", "demo.ramp.com")
PLAID_HOSTS = ("production.plaid.com", "sandbox.plaid.com")
QBO_HOSTS = (
    "quickbooks.api.intuit.com",
    "sandbox-quickbooks.api.intuit.com",
    "oauth.platform.intuit.com",
    "developer.api.intuit.com",
    "appcenter.intuit.com",
    "developer.intuit.com",
)
STRIPE_HOSTS = ("api.stripe.com", "files.stripe.com")
_READ_TIMEOUT_DEFAULT_SECONDS = 5.0


def rail_hosts(
    *,
    ramp: SimulatorCore | None = None,
    plaid: SimulatorCore | None = None,
    qbo: SimulatorCore | None = None,
    oidc: SimulatorCore | None = None,
    stripe: SimulatorCore | None = None,
) -> dict[str, SimulatorCore]:
    """The vendors' host names, plus `ramp.test`, `plaid.test` and so on for each rail."""
    hosts: dict[str, SimulatorCore] = {}
    groups = (
        (ramp, (*RAMP_HOSTS, "ramp.test")),
        (plaid, (*PLAID_HOSTS, "plaid.test")),
        (qbo, (*QBO_HOSTS, "qbo.test")),
        (oidc, ("oidc.test",)),
        (stripe, (*STRIPE_HOSTS, "stripe.test")),
    )
    for core, names in groups:
        if core is not None:
            hosts.update(dict.fromkeys(names, core))
    return hosts


class SimulatorTransport(httpx.BaseTransport):
    """Routes requests by host. A delay longer than the client's read time-out becomes ReadTimeout,
    a dropped connection ConnectError or RemoteProtocolError; shorter delays go to `pause`."""

    def __init__(
        self,
        hosts: Mapping[str, SimulatorCore],
        pause: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._hosts = dict(hosts)
        self._pause = pause

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        core = self._hosts.get(request.url.host)
        if core is None:
            raise httpx.ConnectError(f"no simulator for {request.url.host}", request=request)
        # Header values as the server sees them on the wire: latin-1 text.
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw
        }
        sim_request = SimRequest.of(request.method, str(request.url), headers, request.read())
        if sim_request.path.startswith(f"{PREFIX}/"):
            return _to_httpx(control(core, sim_request), request)
        response = core.handle(sim_request)
        self._wait(response, request)
        return _to_httpx(response, request)

    def _wait(self, response: SimResponse, request: httpx.Request) -> None:
        timeouts = request.extensions.get("timeout", {})
        read = timeouts.get("read", _READ_TIMEOUT_DEFAULT_SECONDS)
        if read is not None and response.delay_seconds > read:
            self._pause(float(read))
            raise httpx.ReadTimeout("the simulated rail did not answer in time", request=request)
        if response.delay_seconds:
            self._pause(response.delay_seconds)
        if response.disconnect:
            raise httpx.RemoteProtocolError("the simulated rail hung up", request=request)


def _to_httpx(response: SimResponse, request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        response.status, headers=dict(response.headers), content=response.body, request=request
    )
