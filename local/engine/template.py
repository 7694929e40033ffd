"""Reads the deployed template and changes only what cannot be the same on one machine.

Those are `Runtime` (a custom runtime with our bootstrap) and where code, layer content and state
machine definitions come from. Everything else is deployed as written.
"""

import io
import json
import shlex
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]
FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
MACHINE = "AWS::Serverless::StateMachine"
API = "AWS::Serverless::Api"
LOCAL_RUNTIME = "provided.al2023"
BUNDLE_BUCKET = "rowcol-local-bundles"
BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
FIXED_TIMESTAMP = (2020, 1, 1, 0, 0, 0)


class TemplateError(Exception):
    """The template cannot be deployed locally; the text says where and why."""


@dataclass
class Bundle:
    """A template ready for the emulator, with the objects it refers to by key."""

    template: Template
    objects: dict[str, bytes] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    """Logical id of each function by its folder name."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms of intrinsic functions."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        return {"Fn::GetAtt": value.split(".", 1)}
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def read(path: Path) -> Template:
    """Parse a template file."""
    with path.open(encoding="utf-8") as file:
        template = yaml.load(file, _Loader)  # noqa: S506 - a SafeLoader with intrinsic tags
    if not isinstance(template, dict) or "Resources" not in template:
        raise TemplateError(f"{path} has no Resources")
    return template


def resources(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and properties of each resource of one type."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield logical_id, resource.setdefault("Properties", {})


def localise(path: Path, layer_directory: Path, runtime_directory: Path) -> Bundle:
    """The template at `path` with code, layers and definitions replaced by local ones."""
    bundle = Bundle(read(path))
    template = bundle.template
    defaults = template.get("Globals", {}).get("Function", {})
    defaults["Runtime"] = LOCAL_RUNTIME
    template.setdefault("Globals", {})["Function"] = defaults
    shared_code = defaults.pop("CodeUri", None)
    start = bootstrap_script(layer_directory, runtime_directory)
    for logical_id, properties in resources(template, FUNCTION):
        properties["Runtime"] = LOCAL_RUNTIME
        code = properties.get("CodeUri", shared_code)
        if not isinstance(code, str):
            raise TemplateError(f"{logical_id}: CodeUri must be a folder of this repository")
        folder = (path.parent / code).resolve()
        if not folder.is_dir():
            raise TemplateError(f"{logical_id}: the folder {code} does not exist")
        _replace(bundle, properties, "CodeUri", f"{logical_id}.zip", zip_folder(folder, start))
        bundle.functions[folder.name] = logical_id
    for logical_id, properties in resources(template, LAYER):
        # Workers import the built layer from its folder; the uploaded archive is a placeholder.
        _replace(bundle, properties, "ContentUri", f"{logical_id}.zip", zip_files({}))
    for logical_id, properties in resources(template, MACHINE):
        definition = properties.pop("DefinitionUri", None)
        if isinstance(definition, str):
            text = (path.parent / definition).read_text(encoding="utf-8")
            try:
                properties["Definition"] = json.loads(text)
            except ValueError as error:
                raise TemplateError(f"{logical_id}: {definition}: {error}") from error
    return bundle


def _replace(
    bundle: Bundle, properties: dict[str, Any], name: str, key: str, content: bytes
) -> None:
    bundle.objects[key] = content
    properties[name] = {"Bucket": BUNDLE_BUCKET, "Key": key}


def bootstrap_script(layer_directory: Path, runtime_directory: Path) -> bytes:
    """The `bootstrap` program of each function: this interpreter, without its site-packages."""
    words = [sys.executable, "-I", "-S", "-B", "-u", BOOTSTRAP, layer_directory, runtime_directory]
    return f"#!/bin/sh\nexec {shlex.join(map(str, words))}\n".encode()


def zip_folder(folder: Path, bootstrap: bytes) -> bytes:
    """Archive of one function's folder and nothing else, plus the bootstrap."""
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return zip_files({**files, "bootstrap": bootstrap})


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """An archive with fixed times, so that equal content gives equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, FIXED_TIMESTAMP)
            entry.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
