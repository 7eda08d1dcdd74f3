"""Runbooks as data: what stands in one, what each of its lines is accounted for by, and what is wrong with its text.

Pure: it reads text and runs nothing.
"""
