"""The two walks, a keystroke's and a diagnostic's, with what is under way and what is on screen."""
