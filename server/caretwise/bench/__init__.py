"""Comparing models on code that is there: what is taken out, how an answer is scored, which difference is real. No IO."""
