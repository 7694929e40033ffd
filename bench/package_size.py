"""Unpacked size of every function and of the layer, without what the bar leaves out."""

from __future__ import annotations

from pathlib import Path

from bench.result import Figure, Section, under

ROOT = Path(__file__).resolve().parents[1]
LAYER = ROOT / "build" / "layer" / "python"
BAR_MB = 20.0
# cryptography and what only it brings; the SDK comes with Lambda and is not in the layer at all.
LEFT_OUT = ("cryptography", "cffi", "_cffi_backend", "pycparser")
MEGABYTE = 1_000_000


def size_bytes(folder: Path) -> int:
    """Sum of the bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def parts(layer: Path) -> dict[str, int]:
    """Bytes by top-level name of the layer: `pydantic`, `rowcol`, ..."""
    found: dict[str, int] = {}
    for path in layer.iterdir():
        name = path.name.partition("-")[0].partition(".")[0]
        found[name] = found.get(name, 0) + (
            size_bytes(path) if path.is_dir() else path.stat().st_size
        )
    return found


def section(layer: Path = LAYER) -> Section:
    """The layer as built for this machine, and the largest function with it."""
    if not layer.is_dir():
        missing = Figure("layer", "not built", "run `make layer`", ok=False)
        return Section("Package size", (missing,))
    by_part = parts(layer)
    counted = sum(size for name, size in by_part.items() if not name.startswith(LEFT_OUT))
    functions = {
        folder.name: sum(path.stat().st_size for path in folder.glob("*.py"))
        for folder in sorted((ROOT / "functions").iterdir())
        if folder.is_dir()
    }
    largest = max(functions, key=lambda name: functions[name])
    whole = (counted + functions[largest]) / MEGABYTE
    figures = [
        Figure("layer, everything", f"{sum(by_part.values()) / MEGABYTE:.1f} MB"),
        Figure("layer without cryptography", f"{counted / MEGABYTE:.1f} MB"),
        under(f"largest function ({largest}) with it", whole, BAR_MB, " MB", digits=1),
        Figure("functions, all handlers", f"{sum(functions.values()) / 1000:.1f} kB"),
    ]
    biggest = sorted(by_part.items(), key=lambda pair: -pair[1])[:6]
    shown = ", ".join(f"{name} {size / MEGABYTE:.1f}" for name, size in biggest)
    return Section("Package size, unpacked with bytecode", tuple(figures), (f"MB: {shown}",))
