"""layers/common/build.py: nothing is done twice, equal input gives equal bytes, bytecode is valid
by the hash of its source. Without network: one made-up library stands for the dependencies.
"""

from __future__ import annotations

import importlib.util
import os
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.template.document import ROOT

CHECKED_HASH = 0b11  # PEP 552


def load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("layer_build", ROOT / "layers/common/build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["layer_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with a small package and no dependencies."""
    module = load_build()
    package = tmp_path / "rowcol"
    (package / "domain").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "domain" / "money.py").write_text("KINDS = {'a', 'b', 'c'}\n")
    monkeypatch.setattr(module, "PACKAGE", package)
    monkeypatch.setattr(module, "install_dependencies", lambda _plan, into: fill(into))
    (tmp_path / "requirements.txt").write_text("")
    return module


def fill(into: Path) -> None:
    """Stands for pip."""
    (into / "library.py").write_text("VALUE = 1\n")


def run(build: ModuleType, tmp_path: Path, target: str = "layer") -> str:
    plan = build.plan_from(
        ["--target", str(tmp_path / target), "--requirements", str(tmp_path / "requirements.txt")]
    )
    done = build.build(plan)
    assert isinstance(done, str)
    return done


def contents(tree: Path) -> dict[str, tuple[bytes, float]]:
    return {
        path.relative_to(tree).as_posix(): (path.read_bytes(), path.stat().st_mtime)
        for path in tree.rglob("*")
        if path.is_file()
    }


def test_the_second_build_does_nothing(build: ModuleType, tmp_path: Path) -> None:
    assert run(build, tmp_path) == "everything"
    assert run(build, tmp_path) == "unchanged"


def test_a_changed_source_renews_the_package_only(build: ModuleType, tmp_path: Path) -> None:
    run(build, tmp_path)
    (build.PACKAGE / "domain" / "money.py").write_text("KINDS = ()\n")
    (build.PACKAGE / "__init__.py").unlink()
    assert run(build, tmp_path) == "package"
    tree = tmp_path / "layer" / "python"
    assert (tree / "rowcol/domain/money.py").read_text() == "KINDS = ()\n"
    assert not (tree / "rowcol/__init__.py").exists()
    assert (tree / "library.py").exists()


def test_a_changed_list_renews_everything(build: ModuleType, tmp_path: Path) -> None:
    run(build, tmp_path)
    (tmp_path / "requirements.txt").write_text("# another\n")
    assert run(build, tmp_path) == "everything"


def test_equal_input_gives_equal_bytes_and_dates(build: ModuleType, tmp_path: Path) -> None:
    run(build, tmp_path, "one")
    run(build, tmp_path, "two")
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two
    assert any(name.endswith(".pyc") for name in one)


def test_bytecode_is_valid_by_the_hash_of_its_source(build: ModuleType, tmp_path: Path) -> None:
    run(build, tmp_path)
    compiled = list((tmp_path / "layer").rglob("*.pyc"))
    assert len(compiled) == 3
    for path in compiled:
        [flags] = struct.unpack("<I", path.read_bytes()[4:8])
        assert flags == CHECKED_HASH


def test_a_build_that_was_cut_off_is_made_again(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(build, tmp_path)
    (build.PACKAGE / "new.py").write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(build, "compile_tree", fail)
        with pytest.raises(build.BuildError):
            run(build, tmp_path)
    # The old tree still stands, whole.
    assert (tmp_path / "layer/python/rowcol/domain/money.py").exists()
    assert run(build, tmp_path) == "everything"
    assert (tmp_path / "layer/python/rowcol/new.py").exists()


def fail(*_: object) -> None:
    """Stands for a compiler that cannot."""
    module = sys.modules["layer_build"]
    raise module.BuildError("cut off")


def test_what_a_function_never_reads_is_dropped(tmp_path: Path) -> None:
    build = load_build()
    kept = ["a/__init__.py", "a/py.typed", "a-1.dist-info/METADATA", "a-1.dist-info/licenses/MIT"]
    dropped = ["a/tests/test_a.py", "a/x.pyi", "a-1.dist-info/RECORD", "bin/a", "a/x.c"]
    for name in kept + dropped:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    build.strip(tmp_path)
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == set(kept)


def test_what_is_left_out_of_powertools_is_not_imported() -> None:
    """In a process of its own: other tests may import anything."""
    build = load_build()
    script = "import rowcol.edge.observability, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "layers/common")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = [name.split(".") for name in done.stdout.split()]
    parts = [name[1:] for name in loaded if name[0] == build.POWERTOOLS and len(name) > 1]
    assert ["logging"] in parts
    assert not {part[0] for part in parts} & build.POWERTOOLS_DROPPED
    utilities = {part[1] for part in parts if part[0] == "utilities" and len(part) > 1}
    assert utilities <= build.POWERTOOLS_UTILITIES_KEPT


def test_unused_folders_are_dropped_and_files_beside_them_kept(tmp_path: Path) -> None:
    build = load_build()
    kept = ["logging/logger.py", "utilities/__init__.py", "utilities/typing/__init__.py"]
    dropped = ["event_handler/api.py", "utilities/parser/a/b.py"]
    for name in kept + dropped:
        path = tmp_path / build.POWERTOOLS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    build.strip(tmp_path)
    base = tmp_path / build.POWERTOOLS
    left = {path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()}
    assert left == set(kept)


def test_an_unknown_interpreter_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = load_build()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    arguments = ["--target", str(tmp_path / "x"), "--platform", "arm64", "--python", "3.99"]
    assert build.main(arguments) == 1
    assert "3.99" in capsys.readouterr().err
