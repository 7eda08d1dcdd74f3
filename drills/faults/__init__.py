"""Faults: one file each, a class that injects the fault, witnesses that it is in force, and cures it."""
