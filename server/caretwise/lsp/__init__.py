"""The language server protocol: frames, messages, documents and positions. Converts, calls the engine, converts back."""
