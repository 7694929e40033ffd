"""Webhook endpoints and app credentials in SSM SecureString parameters.

Values are never logged or shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.intake_ports import Endpoint, IntakeUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class Parameters:
    """Reads below one prefix, such as /rowcol/<stage>.

    Raises IntakeUnavailable when a value cannot be had or read. `key_id`: of KMS, for who writes.
    """

    def __init__(
        self, prefix: str, client: Callable[[], SSMClient], key_id: str | None = None
    ) -> None:
        self._prefix = prefix
        self._client = client
        self._key_id = key_id

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """`{prefix}/endpoints/{rail}/{endpoint_key}`, or None when there is none."""
        name = f"endpoints/{rail}/{endpoint_key}"
        settings = self._value(name)
        return None if settings is None else _endpoint(rail, endpoint_key, settings, name)

    def write(self, endpoint: Endpoint) -> None:
        """Store an endpoint as a whole, encrypted by `key_id`."""
        settings: dict[str, Any] = {
            "firm": endpoint.firm,
            "client": endpoint.client,
            "secrets": list(endpoint.secrets),
            "business_id": endpoint.business_id,
            "environment": endpoint.environment,
            "livemode": endpoint.livemode,
            "pending": endpoint.pending,
            "pending_until": endpoint.pending_until and endpoint.pending_until.isoformat(),
        }
        told = {key: value for key, value in settings.items() if value is not None}
        request: dict[str, Any] = {
            "Name": f"{self._prefix}/endpoints/{endpoint.rail}/{endpoint.endpoint_key}",
            "Value": json.dumps(told),
            "Type": "SecureString",
            "Overwrite": True,
        }
        if self._key_id is not None:
            request["KeyId"] = self._key_id
        self._guarded(lambda: self._client().put_parameter(**request))

    def delete(self, rail: str, endpoint_key: str) -> None:
        """Forget an endpoint; one that is not there is forgotten already."""
        name = f"{self._prefix}/endpoints/{rail}/{endpoint_key}"
        self._guarded(lambda: self._client().delete_parameter(Name=name))

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "Unknown")
            if code != "ParameterNotFound":
                raise IntakeUnavailable(f"parameters: {code}") from None
        except BotoCoreError as error:
            raise IntakeUnavailable(f"parameters: {type(error).__name__}") from None

    def app(self, rail: str) -> Mapping[str, str]:
        """`{prefix}/apps/{rail}`: the product's own credentials at a rail."""
        settings = self._value(f"apps/{rail}")
        if settings is None or not all(isinstance(value, str) for value in settings.values()):
            raise IntakeUnavailable(f"parameter apps/{rail} is missing or odd")
        return settings

    def _value(self, name: str) -> dict[str, Any] | None:
        try:
            answer = self._client().get_parameter(
                Name=f"{self._prefix}/{name}", WithDecryption=True
            )
            value = json.loads(answer["Parameter"].get("Value", ""))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "Unknown")
            if code == "ParameterNotFound":
                return None
            raise IntakeUnavailable(f"parameters: {code}") from error
        except BotoCoreError as error:
            raise IntakeUnavailable(f"parameters: {type(error).__name__}") from error
        except ValueError:
            raise IntakeUnavailable(f"parameter {name} is not JSON") from None
        if not isinstance(value, dict):
            raise IntakeUnavailable(f"parameter {name} is not an object")
        return value


def _endpoint(rail: str, endpoint_key: str, settings: dict[str, Any], name: str) -> Endpoint:
    firm, secrets = settings.get("firm"), settings.get("secrets", [])
    texts_ok = isinstance(firm, str) and firm and isinstance(secrets, list)
    if not texts_ok or not all(isinstance(secret, str) and secret for secret in secrets):
        raise IntakeUnavailable(f"parameter {name} lacks a firm or has odd secrets")
    return Endpoint(
        rail=rail,
        endpoint_key=endpoint_key,
        firm=str(firm),
        client=settings.get("client"),
        secrets=tuple(secrets),
        business_id=settings.get("business_id"),
        environment=settings.get("environment"),
        livemode=settings.get("livemode"),
        pending=settings.get("pending") is True,
        pending_until=_instant(settings.get("pending_until")),
    )


def _instant(value: object) -> datetime | None:
    """What `write` wrote; anything else is an instant long past, so that nothing stays open."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
