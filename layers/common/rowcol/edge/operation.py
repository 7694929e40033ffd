"""One route of the API as data: what it takes, who may ask, what it answers, and what runs.

`edge/http.py` serves by it and the OpenAPI description is generated from it, so that they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.edge.caller import Caller
from rowcol.service.environment import Environment

M = TypeVar("M", bound=BaseModel)
# Of one payment's command. What takes many rows or a file says how much it takes.
BODY_CHARACTERS_MAX = 1_000_000


class Body(BaseModel):
    """A request body: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """Query parameters: unknown ones are refused; texts become what the field says."""

    model_config = ConfigDict(extra="forbid")


class NoBody(Body):
    """Nothing is expected."""


class NoQuery(Query):
    """Nothing is expected."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer."""

    body: object
    status: int = 200
    headers: Mapping[str, str] | None = None


class WrongModel(TypeError):
    """An operation asked for another model than the one it declared: a defect."""


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized, parsed call. `version` is that of If-Match, where the operation needs one.

    `deadline`: when the answer must be under way; None where nothing ends the process.
    """

    environment: Environment
    caller: Caller
    path: Mapping[str, str]
    body: BaseModel
    query: BaseModel
    key: str | None
    version: int | None
    deadline: datetime | None = None

    @property
    def scope(self) -> Scope:
        """The client in the path, or the firm as a whole."""
        return Scope(self.caller.firm, self.path.get("client", FIRM_WIDE))

    def visible_clients(self) -> tuple[str, ...]:
        """Clients of the firm that the caller may look at, in order."""
        return self.caller.rights.visible_clients(self.environment.store)

    def body_as(self, model: type[M]) -> M:
        """The parsed body. Raises WrongModel."""
        return _as(model, self.body)

    def query_as(self, model: type[M]) -> M:
        """The parsed query parameters. Raises WrongModel."""
        return _as(model, self.query)


def _as(model: type[M], value: BaseModel) -> M:
    if not isinstance(value, model):
        raise WrongModel(f"{type(value).__name__} is no {model.__name__}")
    return value


Run = Callable[[Call], "Reply | Refusal"]
ETAG: Mapping[str, str] = {"ETag": "The version shown, for If-Match."}
LOCATION: Mapping[str, str] = {"Location": "The path at which it can be read."}


@dataclass(frozen=True, slots=True)
class Operation:
    """A route. `answers`: status to the type of its body, of which the description shows a schema.

    `needs`: what must be permitted for the client in the path, or firm-wide where there is none;
    None leaves it to `run`. `refusals`: codes besides those that any call may meet. `example` is a
    valid body. `headers`: those an answer may have, with what they say.
    `body_characters_max`: a longer body is refused before it is parsed. `asks_only`: a question
    whose words need a body; it changes nothing, whatever its method.
    """

    method: str
    path: str
    name: str
    summary: str
    tag: str
    run: Run
    needs: Permission | None
    answers: Mapping[int, Any]
    body: type[Body] = NoBody
    query: type[Query] = NoQuery
    refusals: frozenset[Code] = frozenset()
    if_match: bool = False
    example: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body_characters_max: int = BODY_CHARACTERS_MAX
    asks_only: bool = False

    @property
    def needs_key(self) -> bool:
        """Every POST is idempotent by its key."""
        return self.method == "POST"


Operations = Mapping[tuple[str, str], Operation]


def table(operations: Iterable[Operation]) -> dict[tuple[str, str], Operation]:
    """Operations by method and path. Raises ValueError for two of the same."""
    found: dict[tuple[str, str], Operation] = {}
    for operation in operations:
        key = (operation.method, operation.path)
        if key in found:
            raise ValueError(f"two operations for {key}")
        found[key] = operation
    return found
