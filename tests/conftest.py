"""Fixtures that more than one folder of tests uses, and how examples are drawn."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["local.engine.pytest_plugin"]

# On a person's machine every run draws other examples and remembers what failed. CI draws the same
# ones each time: what it says of a commit stays so.
settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
