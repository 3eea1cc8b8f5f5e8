"""caretwise: ghost text and checked bug fixes in any LSP editor, from the model of your choice."""

__version__ = "0.1.0"
