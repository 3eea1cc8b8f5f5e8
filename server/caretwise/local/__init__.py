"""The embedded engine: completes from the user's own project when no model is configured. Values in, values out."""
