"""Runs on the bench's host, as `operator-terminal`, and nowhere else: types commands as its operator.

JSON on standard input: {"commands": [{"text", "limit_s"}], "bound_s", "keep_bytes", "user", "directory"}. JSON lines on
standard output: {"begin": N}, then {"end": N, ...}; at last {"done": true, "cut_short", "left"}. Imports the standard
library alone. The suite imports nothing from here: drills.terminal asks for it on the host.
"""
