"""A line of the review in words, from the data of its fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Data = Mapping[str, object]
WORDS_MAX = 500


def summary_of(fact_type: str, data: Data) -> str:
    """What happened, for people to read. Words of newer facts are their names."""
    words = _WORDS.get(fact_type)
    told = words(data) if words is not None else ""
    return (told or fact_type.replace(".", " ").replace("_", " "))[:WORDS_MAX]


def _signals(data: Data) -> str:
    signals = data.get("signals")
    told = []
    for signal in signals if isinstance(signals, list) else []:
        answer = signal.get("answered_by")
        became = f"answered by {answer}" if answer else str(signal.get("effect"))
        told.append(f"{signal.get('kind')} ({became}): {signal.get('detail')}")
    return "; ".join(told)


def _held(data: Data) -> str:
    return f"{data.get('reason')}: {data.get('detail')}"


def _lifted(data: Data) -> str:
    return f"from {data.get('source')} to {data.get('target')}"


def _called(data: Data) -> str:
    call, vendor = _part(data, "call_back"), _part(data, "vendor")
    known = "confirmed" if call.get("confirmed") else "denied"
    number = call.get("number_from")
    told = [f"{vendor.get('name')} {known} account {call.get('account_id')}"]
    told += [f"number from {number}"] if number else []
    told += [f"spoken to {call.get('spoken_to')}"] if call.get("spoken_to") else []
    return "; ".join([*told, f"reference {call.get('reference')}"])


def _account(data: Data) -> str:
    name = _part(data, "vendor").get("name")
    return f"{name}: account {data.get('account_id')} after {data.get('account_id_before')}"


def _denied(data: Data) -> str:
    refusal = _part(data, "refusal")
    return f"{refusal.get('code')}: {refusal.get('detail')}"


def _part(data: Data, name: str) -> Mapping[str, object]:
    part = data.get(name)
    return part if isinstance(part, Mapping) else {}


_WORDS: dict[str, Callable[[Data], str]] = {
    "fraud.signalled": _signals,
    "guardrail.passed": _signals,
    "payment.held": _held,
    "payment.lifted": _lifted,
    "vendor.called_back": _called,
    "vendor.account_seen": _account,
    "command.denied": _denied,
}
