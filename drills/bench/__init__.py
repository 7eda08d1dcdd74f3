"""The machinery that a drill runs on."""
