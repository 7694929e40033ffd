"""What a client's rules demand of a bill's payment, fixed at the moment it is staged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirements:
    """Rules that change later do not change it (design section 5: new items only).

    `second_person`: another person than who staged and decided approves. `step_up`: who decides has
    just shown a second factor. `call_back`: the vendor was called on a number known before.
    `because`: ids of the rules that demand it.
    """

    second_person: bool = False
    step_up: bool = False
    call_back: bool = False
    because: tuple[str, ...] = ()

    def joined(self, other: Requirements) -> Requirements:
        """All that either demands."""
        return Requirements(
            self.second_person or other.second_person,
            self.step_up or other.step_up,
            self.call_back or other.call_back,
            tuple(dict.fromkeys((*self.because, *other.because))),
        )
