"""What people send about statement files: the file, its mapping, answers to its questions."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from rowcol.domain.date_order import DateOrder
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.statements.file import AccountAnswer, Answers, StatementFile
from rowcol.domain.statements.mapping import SavedColumns, covering
from rowcol.domain.statements.profile import ColumnRole, Sign, header_word
from rowcol.edge.operation import Body
from rowcol.service.statements.accounts import ACCOUNTS_MAX, LEAVE_OUT
from rowcol.service.statements.planned import SAME, SEPARATE

FILE_BYTES_MAX = 4_000_000
# The file in base64, and what is around it.
BODY_CHARACTERS_MAX = 6_000_000
COLUMNS_MAX = 100
_HEADER = Annotated[str, Field(min_length=1, max_length=200)]
_ID = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_SAME_OR_NOT = Annotated[str | None, Field(pattern=f"^({SAME}|{SEPARATE})$")]
_NAME = Annotated[str, Field(min_length=1, max_length=200)]


class StatementMappingBody(Body):
    """Which column is what. `columns`: header (or position from 0, with `headerless`) to role.

    `ignored`: the header's other columns. `sign`: how money out is told when there is one amount.
    """

    columns: Annotated[dict[_HEADER, ColumnRole], Field(min_length=1, max_length=COLUMNS_MAX)]
    ignored: Annotated[tuple[_HEADER, ...], Field(max_length=COLUMNS_MAX)] = ()
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    decimal: Annotated[str, Field(min_length=1, max_length=1)] = "."
    date_order: DateOrder | None = None
    sign: Sign = Sign.SIGNED
    headerless: bool = False

    @property
    def saved(self) -> SavedColumns:
        """As it is kept: names as they are compared."""
        return SavedColumns(
            {header_word(name): role for name, role in self.columns.items()},
            tuple(sorted({header_word(name) for name in self.ignored})),
            self.delimiter,
            self.decimal,
            self.date_order,
            self.sign,
            self.headerless,
        )


class StatementFileBody(Body):
    """`content`: the file in base64, up to 4 MB. `bank_account_id`: which account it is of.

    `mapping`: how its columns are read; `mapping_id`: one that was saved.
    """

    file_name: _NAME
    content: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
    bank_account_id: _ID | None = None
    mapping: StatementMappingBody | None = None
    mapping_id: _ID | None = None


class StatementUploadBody(Body):
    """A file up to 20 MB that is put where the answer says. `size_bytes` is its exact size."""

    file_name: _NAME
    size_bytes: Annotated[int, Field(ge=1, le=1_000_000_000)]
    bank_account_id: _ID | None = None
    mapping: StatementMappingBody | None = None
    mapping_id: _ID | None = None


class StatementAccountBody(Body):
    """`account`: its place in the file, from 0. `bank_account_id`: the client's, `new` or `leave`.

    `new` makes one that is not connected, `leave` leaves its lines out.
    """

    account: Annotated[int, Field(ge=0, le=20_000)] = 0
    bank_account_id: _ID


class StatementAnswersBody(Body):
    """Answers to the questions of a file; what was answered before stays.

    `date_order`, `decimal`, `sign`, `delimiter` complete the suggested mapping; `mapping` takes its
    place. `feed_lines`, `known_lines`: whether lines that only may be those of the bank's feed, or
    of an earlier file, are the `same` or `separate`. `save_mapping_as`: keep the mapping under this
    name for files with this header.
    """

    date_order: DateOrder | None = None
    decimal: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    sign: Sign | None = None
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1)] = None
    mapping: StatementMappingBody | None = None
    accounts: Annotated[tuple[StatementAccountBody, ...], Field(max_length=ACCOUNTS_MAX)] = ()
    feed_lines: _SAME_OR_NOT = None
    known_lines: _SAME_OR_NOT = None
    save_mapping_as: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class NamedMappingBody(StatementMappingBody):
    """A mapping with a name; it is chosen by itself for files with this header."""

    name: Annotated[str, Field(min_length=1, max_length=100)]


class StatementUndoBody(Body):
    """`free_matches`: free matches made without a person; else matched lines keep the import."""

    free_matches: bool = False


def decoded(text: str) -> bytes | Refusal:
    """The file. Refused `import_unreadable` when it is none, or too large for a request."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return _unreadable("not_base64", "content is not base64")
    if len(content) > FILE_BYTES_MAX:
        return replace(
            _unreadable("file_too_large", f"more than {FILE_BYTES_MAX} bytes"),
            remedy="send it by POST /clients/{client}/statements/uploads",
        )
    return content


def _unreadable(problem: str, detail: str) -> Refusal:
    return Refusal(Code.IMPORT_UNREADABLE, detail, {"problem": problem, "line": None})


def completed(file: StatementFile, body: StatementAnswersBody) -> Answers | Refusal:
    """All that was answered by now. Refused `invalid_input` for what answers no question."""
    columns = _columns(file, body)
    if isinstance(columns, Refusal):
        return columns
    given = {each.account: each.bank_account_id for each in body.accounts}
    strange = [name for name in given.values() if not valid_id(name)]
    if strange:
        return Refusal(Code.INVALID_INPUT, "no id of an account", {"field": "bank_account_id"})
    kept = [each for each in file.answers.accounts if each.account not in given]
    accounts = (
        *kept,
        *(
            AccountAnswer(place, None if name == LEAVE_OUT else name)
            for place, name in given.items()
        ),
    )
    return replace(
        file.answers,
        columns=columns,
        accounts=accounts,
        same_as_feed=_same(body.feed_lines, file.answers.same_as_feed),
        same_as_known=_same(body.known_lines, file.answers.same_as_known),
    )


def _same(said: str | None, before: bool | None) -> bool | None:
    return before if said is None else said == SAME


def _columns(file: StatementFile, body: StatementAnswersBody) -> SavedColumns | Refusal | None:
    asked = next((each for each in file.asks if each.suggestion is not None), None)
    known = body.mapping.saved if body.mapping is not None else None
    known = known or (asked.suggestion if asked is not None else None) or file.answers.columns
    single = (body.date_order, body.decimal, body.sign, body.delimiter)
    if known is None:
        if any(each is not None for each in single):
            return Refusal(
                Code.INVALID_INPUT,
                "nothing was asked about this file's columns",
                {"field": "date_order"},
                remedy="send a mapping, if it is to be read in another way",
            )
        return None
    if body.mapping is None and all(each is None for each in single):
        return file.answers.columns
    headers = asked.headers if asked is not None else ()
    answered = replace(
        known,
        date_order=body.date_order or known.date_order,
        decimal=body.decimal or known.decimal,
        sign=body.sign or known.sign,
        delimiter=body.delimiter or known.delimiter,
    )
    if not answered.headerless and headers:
        answered = replace(answered, ignored=covering(answered, headers), is_open=False)
    problem = answered.profile("answer").problem()
    if problem is not None:
        return Refusal(Code.INVALID_INPUT, f"it is no mapping: {problem}", {"field": "mapping"})
    return answered
