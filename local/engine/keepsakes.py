"""Keeps encryption keys and configuration parameters across a crash.

Both are small and rarely written, so each write replaces one file atomically before it is
answered. Stored objects need nothing here: the emulator writes them through to `objects/`.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from local.engine import internals
from local.engine.journal import sync_directory

KEY_TYPE = "AWS::KMS::Key"


class Keepsakes:
    """Files of encryption keys and parameters in one directory."""

    def __init__(self, directory: Path) -> None:
        self._kms = internals.module("services.kms")
        self._ssm = internals.module("services.ssm")
        self._keys_file = directory / "keys.json"
        self._names_file = directory / "key-names.json"
        self._parameters_file = directory / "parameters.json"
        self._key_names: dict[str, str] = {}

    def install(self) -> None:
        """Bring the keys back and record writes; call before the template is deployed."""
        if (stored := _read(self._keys_file)) is not None:
            self._kms.load_persisted_state(stored)
        self._key_names = _read(self._names_file) or {}
        _write_through(self._kms, internals.KEY_WRITES, self.save_keys)
        handlers = internals.module("services.cloudformation.provisioners")._RESOURCE_HANDLERS
        handlers[KEY_TYPE] = {**handlers[KEY_TYPE], "create": self._create_or_find_key}

    def restore_parameters(self) -> None:
        """Bring parameters back after the deployment; what the template declares wins."""
        stored = _read(self._parameters_file) or {}
        for part, name in (
            ("parameters", "_parameters"),
            ("parameter_history", "_parameter_history"),
            ("tags", "_tags"),
        ):
            current = getattr(self._ssm, name)
            for scoped_name, record in getattr(stored.get(part), "_data", {}).items():
                current._data.setdefault(scoped_name, record)
        _write_through(self._ssm, internals.PARAMETER_WRITES, self.save_parameters)

    def save_keys(self) -> None:
        """Write the key file."""
        _write(self._keys_file, self._kms.get_state())

    def save_parameters(self) -> None:
        """Write the parameter file."""
        _write(self._parameters_file, self._ssm.get_state())

    def _create_or_find_key(
        self, logical_id: str, properties: Any, stack_name: str
    ) -> tuple[str, Any]:
        """The key made for this logical id in an earlier run, or a new one.

        A fresh key at every start could not read what the previous one encrypted.
        """
        provisioners = internals.module("services.cloudformation.provisioners")
        name = f"{stack_name}/{logical_id}"
        record = self._kms._resolve_key(self._key_names.get(name, ""))
        if record is None:
            key_id, attributes = provisioners._kms_key_create(logical_id, properties, stack_name)
            self._key_names[name] = key_id
            self.save_keys()
            _write(self._names_file, self._key_names)
            return key_id, attributes
        provisioners._kms_apply_key_props(record, properties)
        return record["KeyId"], provisioners._kms_key_attrs(record)


def _write_through(target: Any, names: Iterable[str], save: Callable[[], None]) -> None:
    """Make each named function save the state when it succeeds, before its answer leaves."""

    def saving(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def write(request: Any) -> Any:
            response = original(request)
            if response[0] == 200:
                save()
            return response

        return write

    for name in names:
        setattr(target, name, saving(getattr(target, name)))


def _read(path: Path) -> Any:
    if not path.exists():
        return None
    hook = internals.module("core.persistence")._json_object_hook
    with path.open(encoding="utf-8") as file:
        return json.load(file, object_hook=hook)


def _write(path: Path, state: Any) -> None:
    encoder = internals.module("core.persistence")._json_default
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(state, file, default=encoder)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)
