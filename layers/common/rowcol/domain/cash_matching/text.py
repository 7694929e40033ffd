"""What a bank's text says: words of its own, who may be named in it, and what kind of line it is.

Banks cut names off, run them together and put codes around them. So words are compared by their
beginnings too, and what every text holds (ACH, DEBIT, codes, dates) is no word of anybody's.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

FULL = 1000
NAMED_FROM = 500
# A name cut off after fewer letters than these may be anybody's.
_CUT_MIN = 4
_SQUEEZED_MIN = 7
# Of a name run together so much of the second word has to be there: many share the first.
_BEYOND_FIRST = 2
_WORDS_KEPT = 5
_TOKEN = re.compile(r"[a-z0-9]+")
_CODE = re.compile(r"\d")
_INITIALS_MIN = 3
_BARE_MIN = 3
_VOWEL = re.compile(r"[aeiou]")
_FORMS = frozenset(
    {"inc", "llc", "ltd", "llp", "lp", "plc", "corp", "corporation", "company", "co"}
)
RAIL = "ramp"
# What Ramp writes beside its own name.
RAIL_WORDS = frozenset(
    {RAIL, "business", "financial", "inc", "com", "card", "statement", "services"}
)
# Words of the transport: they tell how money moved, never whose it is.
_TRANSPORT_WORDS = """
ach a acct account achcredit orid amount and authorized auth autopay autopaym bank billpay bil bill
bnf book branch bt by ccd check checks chk chips co conf confirmation corp credit crd ctx cust
customer date deb debit dep deposit deposited des desc descr descriptive direct doc dr eed eft elec
electronic entry ext external fed fedwire financial for from funds gen id in inb incoming indn ind
individual inst inv invoice invc item memo merch misc miscellaneous mobile name net no number nbr of
on onl online org orig originator out outgoing own paid pay payable payables paym payment payments
pmt pmts pos ppd preauthorized processing purchase rcvd realtime recd received recurring ref
reference remote remittance rmt rtp sec seq sender sent serial settlement snd sq srf st the tfr to
trace trans transaction transfer trn trx tst txn type via vendor web wire withdrawal withdraw wt
ap ar xfer counter same day batch vendorpay eftpmt edi supplier
"""
# Forms of business and words so common in names that they tell nobody apart.
_COMMON_WORDS = """
inc llc ltd llp lp plc corp corporation company co group holdings partners associates svcs svc
services service solutions supply supplies systems usa us america american national intl
international the and of management consulting industries enterprises products
"""
_TRANSPORT = frozenset(_TRANSPORT_WORDS.split())
_COMMON = frozenset(_COMMON_WORDS.split())
_RETURN_WORD = re.compile(r"\b(returns?|returned|reversals?|reversed|rtn|reject(s|ed)?|nsf)\b")


class LineKind(StrEnum):
    """What a line is by its text, when that can be told; most lines are OTHER."""

    PAYROLL = "payroll"
    TAX = "tax"
    CARD = "card"
    TRANSFER = "transfer"
    FEE = "fee"
    INTEREST = "interest"
    LOAN = "loan"
    PAYOUT = "payout"
    OTHER = "other"


# Nobody's bill and nobody's invoice: a counterpart here is not looked for.
APART = frozenset(LineKind) - {LineKind.OTHER}
_TOLD_BY = {
    LineKind.PAYROLL: r"payroll|gusto|adp|paychex|paycom|salary|direct dep(osit)?",
    LineKind.TAX: r"irs|usataxpymt|eftps|franchise tax|dept of rev\w*|sales tax|tax",
    LineKind.CARD: (
        r"pos|debit card|card purchase|checkcard|visa|mastercard|amex|epayment|crcardpmt"
        r"|purchase authorized|dbt crd|card pur"
    ),
    LineKind.TRANSFER: r"online transfer|transfer (to|from)|xfer (to|from)|acct_xfer|own account",
    LineKind.FEE: (
        r"service (charge|fee)|monthly (maintenance )?fee|(wire|nsf) fee|analysis charge"
    ),
    LineKind.INTEREST: r"interest",
    LineKind.LOAN: r"loan|mortgage|lease pmt|sba",
    LineKind.PAYOUT: r"stripe",
}
_KINDS = tuple((kind, re.compile(rf"\b({told})\b")) for kind, told in _TOLD_BY.items())


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """The text's words and numbers in lower case, in order."""
    return tuple(_TOKEN.findall(text.lower()))


@lru_cache(maxsize=8192)
def own_words(text: str) -> tuple[str, ...]:
    """Words of a bank's text that may be somebody's: no transport, no code, no number."""
    found = (
        token
        for token in tokens(text)
        if len(token) > 1 and token not in _TRANSPORT and not _CODE.search(token)
    )
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8192)
def normalised(text: str) -> str:
    """What of a text stays the same from payment to payment; empty when it says nothing."""
    return " ".join(own_words(text)[:_WORDS_KEPT])


@lru_cache(maxsize=4096)
def name_words(name: str) -> tuple[str, ...]:
    """Words of a party's name that tell it apart; all of them when none does."""
    every = tokens(name)
    telling = tuple(word for word in every if word not in _COMMON and len(word) > 1)
    return telling or every


@lru_cache(maxsize=8192)
def _beginnings(text: str) -> frozenset[str]:
    return frozenset(token[:_CUT_MIN] for token in tokens(text))


@lru_cache(maxsize=8192)
def squeezed(text: str) -> str:
    """Letters and digits of a text, run together in lower case."""
    return "".join(tokens(text))


@lru_cache(maxsize=4096)
def _beginnings_of_name(name: str) -> tuple[frozenset[str], str]:
    words = name_words(name)
    ways = (*words, *(_VOWEL.sub("", word) for word in words), "".join(word[0] for word in words))
    return frozenset(way[:_CUT_MIN] for way in ways), "".join(words)[:_SQUEEZED_MIN]


def may_name(name: str, text: str) -> bool:
    """Whether a text has any beginning of a name's words: quickly no for most of many pairs."""
    beginnings, run = _beginnings_of_name(name)
    return not beginnings.isdisjoint(_beginnings(text)) or run in squeezed(text)


@lru_cache(maxsize=65536)
def naming(name: str, text: str) -> int:
    """How far a text names a party, 0 to 1000: shares of the name's words found, the first most.

    A word cut off by the bank counts, and a name run together or given by its initials.
    """
    words = name_words(name)
    if not words:
        return 0
    said = tokens(text)
    together, whole = squeezed(text), "".join(words)
    cut = max(_SQUEEZED_MIN, len(whole) // 2, len(words[0]) + _BEYOND_FIRST)
    if len(whole) >= _SQUEEZED_MIN and whole[:cut] in together:
        return FULL
    weights = [len(word) * (2 if place == 0 else 1) for place, word in enumerate(words)]
    hit = sum(weight for word, weight in zip(words, weights, strict=True) if _said(word, said))
    if hit == 0 and len(words) >= _INITIALS_MIN:
        return FULL * 7 // 10 if "".join(word[0] for word in words) in said else 0
    return FULL * hit // sum(weights)


@lru_cache(maxsize=65536)
def letters_said(name: str, text: str) -> int:
    """How many letters of a name a text says, legal form aside: of two names the one is meant of
    which it says more.
    """
    whole = [word for word in tokens(name) if word not in _FORMS]
    said = tokens(text)
    apart = sum(len(word) for word in whole if _said(word, said))
    run, every = "".join(whole), squeezed(text)
    together = next((length for length in range(len(run), apart, -1) if run[:length] in every), 0)
    return max(apart, together)


def says_enough(name: str, text: str) -> bool:
    """Whether a text says more of a name than its first word, which many share."""
    whole = [word for word in tokens(name) if word not in _FORMS]
    least = len(whole[0]) + _BEYOND_FIRST if len(whole) > 1 else 1
    return letters_said(name, text) >= min(least, sum(len(word) for word in whole))


def _said(word: str, said: tuple[str, ...]) -> bool:
    return any(_same(word, token) for token in said)


def _same(word: str, token: str) -> bool:
    """Whether a bank's word is a name's: whole, cut off, or without its vowels."""
    if token == word:
        return True
    if token in _TRANSPORT:
        return False
    shorter, longer = sorted((token, word), key=len)
    if len(shorter) >= _CUT_MIN and longer.startswith(shorter):
        return True
    return len(token) >= _BARE_MIN and token == _VOWEL.sub("", word)


def names(name: str, text: str) -> bool:
    """Whether a text may name a party: much of the name is said."""
    return naming(name, text) >= NAMED_FROM


@lru_cache(maxsize=65536)
def names_clearly(name: str, text: str) -> bool:
    """Whether a text names this party and not one whose name begins alike.

    All of the name is said, legal form aside; or what is said of it is all that the text says of
    anybody: "LAKESIDE CATER" is Lakeside Catering, "LAKESIDE PRINTING" is not.
    """
    if not names(name, text):
        return False
    whole = [word for word in tokens(name) if word not in _FORMS]
    said = tokens(text)
    if all(_said(word, said) for word in whole):
        return True
    every, run = squeezed(text), "".join(whole)
    for token in said:
        # Longer than the first word alone, which many names share.
        together = len(token) > max(_SQUEEZED_MIN, len(whole[0]))
        if together and (run.startswith(token) or token.startswith(run)):
            return True
    if len(run) > _SQUEEZED_MIN and run in every:
        return True
    rails = RAIL_WORDS if RAIL in said else frozenset()
    left = [word for word in own_words(text) if word not in _FORMS and word not in rails]
    return all(any(_same(word, token) or _begins(word, token) for word in whole) for token in left)


def _begins(word: str, token: str) -> bool:
    """Whether a text was cut off in the middle of a short word."""
    return len(token) > 1 and word.startswith(token)


@lru_cache(maxsize=8192)
def line_kind(text: str) -> LineKind:
    """What kind of line a text tells of."""
    lowered = text.lower()
    return next((kind for kind, told in _KINDS if told.search(lowered)), LineKind.OTHER)


def tells_return(text: str) -> bool:
    """Whether a text speaks of money coming back. Whole words: "rtn" is also inside "partners"."""
    return _RETURN_WORD.search(text.lower()) is not None
