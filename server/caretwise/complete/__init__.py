"""Completion: when to ask, what to ask, when to stop reading, and what to make of the answer. Pure."""
