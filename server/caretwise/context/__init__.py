"""What a model gets to see: the window around the cursor, related code, recent edits, ranked and fitted to a budget."""
