"""Fixtures that more than one folder of tests uses."""

pytest_plugins = ["local.engine.pytest_plugin"]
