"""Webhook endpoints and app credentials in SSM SecureString parameters.

Values are never logged or shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.intake_ports import Endpoint, IntakeUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class Parameters:
    """Reads below one prefix, such as /rowcol/<stage>.

    Raises IntakeUnavailable when a value cannot be had or read.
    """

    def __init__(self, prefix: str, client: Callable[[], SSMClient]) -> None:
        self._prefix = prefix
        self._client = client

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """`{prefix}/endpoints/{rail}/{endpoint_key}`, or None when there is none."""
        name = f"endpoints/{rail}/{endpoint_key}"
        settings = self._value(name)
        return None if settings is None else _endpoint(rail, endpoint_key, settings, name)

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
    )
