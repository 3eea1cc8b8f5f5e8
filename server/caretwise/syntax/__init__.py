"""What a parser knows of a document: scopes, outlines, health. tree-sitter is used here and nowhere else."""
