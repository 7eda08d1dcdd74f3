"""Wiring: the checks' options and plugin."""

pytest_plugins = ["checks.plugin"]
