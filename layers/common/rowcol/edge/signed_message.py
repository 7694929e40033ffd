"""A request as its sender saw it, from API Gateway's event; and what of it must be signed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from rowcol.edge.message_signature import Message, component, query_component
from rowcol.edge.structured_fields import Item

NEEDED = tuple(map(component, ("@method", "@authority", "@path", "content-digest")))
# Needed when they are sent, and the token always is.
NEEDED_IF_SENT = ("authorization", "idempotency-key", "if-match")


def needed_of(message: Message) -> tuple[Item, ...]:
    """What a signature of this request must cover."""
    sent = tuple(component(name) for name in NEEDED_IF_SENT if name in message.fields)
    return (*NEEDED, *sent, *map(query_component, message.query))


def messages_of(event: Mapping[str, Any]) -> Iterator[Message]:
    """The request as its sender saw it: once for each path that may have been asked for.

    `requestContext.path` has the stage or base path that API Gateway takes away for `path`. Which
    of the two was sent, the event does not say: something before the gateway may have added it.
    """
    fields = fields_of(event)
    query = {
        str(name): [str(value) for value in values or ("",)]
        for name, values in (
            event.get("multiValueQueryStringParameters")
            or {name: [value] for name, value in _mapping(event, "queryStringParameters")}
        ).items()
    }
    context = event.get("requestContext") or {}
    paths = (context.get("path"), event.get("path"))
    for path in dict.fromkeys(str(one) for one in paths if one) or ("/",):
        yield Message(_derived(event, fields, path, not query), fields, query)


def _derived(
    event: Mapping[str, Any], fields: Mapping[str, str], path: str, whole: bool
) -> dict[str, str]:
    """`whole`: there is no query, which API Gateway hands on without its order and spelling."""
    authority = fields.get("host", "").lower().removesuffix(":443").removesuffix(":80")
    found = {
        "@method": str(event.get("httpMethod", "")),
        "@authority": authority,
        "@path": path,
        "@scheme": fields.get("x-forwarded-proto", "http").lower(),
    }
    if whole:
        uri = f"{found['@scheme']}://{authority}{path}"
        found |= {"@query": "?", "@request-target": path, "@target-uri": uri}
    return found


def fields_of(event: Mapping[str, Any]) -> dict[str, str]:
    """Header fields by lower-case name; of one that was sent several times all, in order."""
    found: dict[str, list[str]] = {}
    lines = event.get("multiValueHeaders")
    pairs = (
        [(name, value) for name, values in lines.items() for value in values or ()]
        if lines
        else list(_mapping(event, "headers"))
    )
    for name, value in pairs:
        found.setdefault(str(name).lower(), []).append(str(value).strip(" \t"))
    return {name: ", ".join(values) for name, values in found.items()}


def _mapping(event: Mapping[str, Any], name: str) -> Iterator[tuple[Any, Any]]:
    yield from (event.get(name) or {}).items()


def content_of(event: Mapping[str, Any]) -> bytes | None:
    """The body's bytes as API Gateway hands them over; None when they cannot be had."""
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return text.encode(errors="surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
