"""What reading a file came to: statements, a question, or a rejection; each is a value.

A rejected file imports nothing, nor does one with an open question. Codes are those of the contract
(bank-statements.md section 7) and a few of our own; they are published and never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rowcol.domain.statements.profile import MappingProfile
from rowcol.domain.statements.statement import Statement, StatementFormat

FOUND_CHARACTERS_MAX = 80


class ProblemCode(StrEnum):
    """What can be wrong with a file, with one row of it, or look wrong in what was read."""

    UNDECODABLE_TEXT = "undecodable_text"
    NUL_BYTE = "nul_byte"
    AMBIGUOUS_DATE_ORDER = "ambiguous_date_order"
    LOCALE_MAPPING_REQUIRED = "locale_mapping_required"
    UNKNOWN_DIALECT = "unknown_dialect"
    UNBALANCED_QUOTE = "unbalanced_quote"
    DUPLICATE_HEADER = "duplicate_header"
    ACCOUNT_MISMATCH = "account_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    BAD_AMOUNT = "bad_amount"
    BAD_DATE = "bad_date"
    BAD_ROW = "bad_row"
    EMPTY_FILE = "empty_file"
    NOT_A_STATEMENT = "not_a_statement"
    FIELD_TOO_LONG = "field_too_long"
    TRUNCATED = "truncated"
    NESTED_TOO_DEEP = "nested_too_deep"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_ROWS = "too_many_rows"
    XML_DOCTYPE_FORBIDDEN = "xml_doctype_forbidden"
    CONTROL_TOTAL_MISMATCH = "control_total_mismatch"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    ENCRYPTED_OR_LEGACY_EXCEL = "encrypted_or_legacy_excel"
    INFLATED_SIZE_LIMIT = "inflated_size_limit"
    ENCODING_GUESSED = "encoding_guessed"
    BALANCE_CHAIN_BROKEN = "balance_chain_broken"
    CLOSING_BALANCE_MISMATCH = "closing_balance_mismatch"
    NO_TRANSACTIONS = "no_transactions"
    FITID_REUSED = "fitid_reused"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DATE_FROM_SERIAL = "date_from_serial"
    EXTENSION_MISMATCH = "extension_mismatch"
    ZIP_ENTRY_IGNORED = "zip_entry_ignored"
    OTHER_ACCOUNT_IGNORED = "other_account_ignored"
    # Of Stripe's files (stripe contract, section 1).
    NET_MISMATCH = "net_mismatch"
    SCALE_SUSPECT = "scale_suspect"
    UNKNOWN_REPORTING_CATEGORY = "unknown_reporting_category"
    PAYOUT_SUM_MISMATCH = "payout_sum_mismatch"
    DUPLICATE_BALANCE_TRANSACTION = "duplicate_balance_transaction"
    TEST_MODE_SKIPPED = "test_mode_skipped"
    CONTRADICTS_ITSELF = "contradicts_itself"
    # Notes: how the file was read, for whoever looks at the preview.
    COLUMNS_BY_NAME = "columns_by_name"
    DATE_ORDER_INFERRED = "date_order_inferred"
    NOT_BOOKED_SKIPPED = "not_booked_skipped"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (line or row of the file, from 1), why, and what stood there.

    `found` is cut to 80 characters and is the file's own text: treat it as such.
    """

    code: ProblemCode
    message: str
    line: int | None = None
    found: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "found", self.found[:FOUND_CHARACTERS_MAX])


@dataclass(frozen=True, slots=True)
class Reading:
    """Statements by account, and beside them the rows that could not be read.

    `bad_rows` are at most 1,000; `bad_row_count` counts all. `warnings` are for the hygiene tray,
    `notes` say how it was read. `profile` is the name of the dialect or saved profile used.
    """

    format: StatementFormat
    statements: tuple[Statement, ...]
    bad_rows: tuple[Problem, ...] = ()
    bad_row_count: int = 0
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The file imports nothing; `bad_rows` are given when no row of it could be read."""

    code: ProblemCode
    message: str
    line: int | None = None
    bad_rows: tuple[Problem, ...] = ()


class QuestionKind(StrEnum):
    """What only a person can say of a file."""

    DATE_ORDER = "date_order"
    LOCALE = "locale"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Question:
    """Which is it? The file reads in more than one way; nothing is guessed.

    `choices` names each answer with what the file would then say. `suggestion` is the mapping as
    far as it is known: completed by a person, it is handed in with the file and may be saved.
    """

    kind: QuestionKind
    code: ProblemCode
    message: str
    suggestion: MappingProfile
    choices: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    examples: tuple[tuple[str, ...], ...] = ()


Outcome = Reading | Question | Rejected
