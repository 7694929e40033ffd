"""What a measurement says, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `bar` is what it must hold, empty for a figure that only informs."""

    name: str
    value: str
    bar: str = ""
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """Figures of one subject, with remarks on how they came about."""

    title: str
    figures: tuple[Figure, ...]
    remarks: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether every bar holds."""
        return all(figure.ok for figure in self.figures)


def under(name: str, value: float, bar: float, unit: str = "", digits: int = 2) -> Figure:
    """A figure that must not be above its bar."""
    shown = f"{value:.{digits}f}{unit}"
    return Figure(name, shown, f"at most {bar:g}{unit}", value <= bar)


def text(sections: Iterable[Section]) -> str:
    """All sections as a table of plain text."""
    lines: list[str] = []
    for section in sections:
        lines.append(f"\n{section.title}")
        width = max(len(figure.name) for figure in section.figures)
        for figure in section.figures:
            mark = "" if not figure.bar else "ok   " if figure.ok else "OVER "
            bar = f"   {mark}({figure.bar})" if figure.bar else ""
            lines.append(f"  {figure.name:<{width}}  {figure.value:>14}{bar}".rstrip())
        lines += [f"  - {remark}" for remark in section.remarks]
    return "\n".join(lines)
