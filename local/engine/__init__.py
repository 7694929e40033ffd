"""The local engine: deploys the real template into a pinned AWS emulator and keeps its state.

Use `local.engine.stack.Stack` from Python, or `python -m local.engine` from a shell.
"""
