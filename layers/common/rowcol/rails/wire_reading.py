"""From an answer's bytes to a vendor's model, with Decimal for every fraction."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from rowcol.rails.http import Answer
from rowcol.service.ports import RailProtocolError


class Wire(BaseModel):
    """A vendor's object: what we do not use is ignored, what we use is typed, enums are text (they
    grow).
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


_JSON = re.compile(r"(?:application|text)/(?:json|[a-z0-9.+-]{1,60}\+json)\Z")
Model = TypeVar("Model", bound=Wire)


def parse(rail: str, answer: Answer) -> object:
    """The JSON of an answer. Raises RailProtocolError, which never carries content.

    A success says that it is JSON, or nothing of its type; what refuses may say anything.
    """
    told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status < 400 and told and not _JSON.match(told):
        raise RailProtocolError(rail, f"answer {answer.status} is of another type than JSON")
    try:
        return json.loads(
            answer.content.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise RailProtocolError(rail, f"answer {answer.status} is not JSON") from None


def model(rail: str, kind: type[Model], value: object) -> Model:
    """A checked vendor object. Raises RailProtocolError naming the fields, not their values."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        places = sorted({".".join(map(str, problem["loc"])) for problem in error.errors()})
        raise RailProtocolError(rail, f"{kind.__name__}: odd {', '.join(places[:5])}") from None


def _refuse(name: str) -> object:
    raise ValueError(name)
