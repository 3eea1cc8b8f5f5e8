"""Text without meaning: positions, snapshots, edits, indentation, language names. Standard library only."""
