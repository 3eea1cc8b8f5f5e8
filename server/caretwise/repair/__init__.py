"""Fixes: from a diagnostic to a checked edit. A model's answer is data here; an edit comes out, or a refusal."""
